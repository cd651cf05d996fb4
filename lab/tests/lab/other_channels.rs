//! Serial ports and virtual sockets.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use qga_lab::{channel::Channel, layouts};
use serde_json::json;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_serial_port_carries_any_byte() -> Result<()> {
    let mut guest = layouts::other_channels().start()?;
    guest.sh("mkdir /run/isa; for i in 0 1 2 3; do head -c 4096 /dev/urandom; done >/root/bytes")?;
    guest.sh("/lab/start-agent -m isa-serial -p /dev/ttyS2 -t /run/isa")?;
    let mut host = Channel::connect(&guest.socket("isa"))?;
    host.sync(PATIENCE)?;
    let handle = host.call("guest-file-open", json!({ "path": "/root/bytes" }), PATIENCE)?;
    let answer = host.call("guest-file-read", json!({ "handle": handle, "count": 16384 }), PATIENCE)?;
    assert_eq!(answer["count"], 16384);
    let encoded = guest.sh("base64 -w 0 /root/bytes")?;
    assert_eq!(answer["buf-b64"], encoded);
    assert_eq!(STANDARD.decode(encoded)?.len(), 16384);
    Ok(())
}

#[test]
fn a_virtual_socket_is_listened_on() -> Result<()> {
    let mut guest = layouts::other_channels().start()?;
    guest.sh("mkdir /run/vsock")?;
    guest.sh("/lab/start-agent -m vsock-listen -p 1:1234 -t /run/vsock")?;
    // Without a host socat would see an end of input on its port, and end.
    let mut host = Channel::connect(&guest.socket("relay"))?;
    guest.sh("socat VSOCK-CONNECT:1:1234,retry=20,interval=0.3 OPEN:/dev/virtio-ports/relay \
         </dev/null >/run/socat.log 2>&1 &")?;
    host.sync(PATIENCE)?;
    assert_eq!(host.call("guest-ping", json!({}), PATIENCE)?, json!({}));
    Ok(())
}
