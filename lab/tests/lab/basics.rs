//! The commands that tell the host that somebody is there.

use anyhow::Result;
use qga_lab::Layout;
use serde_json::json;

#[test]
fn ping_answers_with_nothing() -> Result<()> {
    let mut guest = Layout::new("plain").start()?;
    assert_eq!(guest.call("guest-ping", json!({}))?, json!({}));
    assert_eq!(guest.sh("echo hello")?, "hello");
    Ok(())
}
