//! Files of the guest, checked with a shell.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};

#[test]
fn what_is_written_and_closed_is_in_the_file() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let handle = open(&mut guest, "/root/new", "w")?;
    let answer = guest.call("guest-file-write", json!({ "handle": handle, "buf-b64": "aGVsbG8K" }))?;
    assert_eq!(answer, json!({ "count": 6, "eof": false }));
    assert_eq!(guest.call("guest-file-close", json!({ "handle": handle }))?, json!({}));
    assert_eq!(guest.sh("cat /root/new")?, "hello");
    assert_eq!(guest.sh("stat -c %a /root/new")?, "666");
    Ok(())
}

#[test]
fn what_is_flushed_is_in_the_file_while_it_is_open() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let handle = open(&mut guest, "/root/new", "w")?;
    guest.call("guest-file-write", json!({ "handle": handle, "buf-b64": "aGVsbG8K" }))?;
    assert_eq!(guest.call("guest-file-flush", json!({ "handle": handle }))?, json!({}));
    assert_eq!(guest.sh("cat /root/new")?, "hello");
    Ok(())
}

#[test]
fn a_file_is_read_from_where_seek_leads_to_its_end() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.sh("printf 'one two three' >/root/words")?;
    let handle = open(&mut guest, "/root/words", "r")?;
    let seek = json!({ "handle": handle, "offset": -5, "whence": "end" });
    assert_eq!(guest.call("guest-file-seek", seek)?, json!({ "position": 8, "eof": false }));
    let answer = guest.call("guest-file-read", json!({ "handle": handle, "count": 100 }))?;
    assert_eq!(answer, json!({ "count": 5, "buf-b64": STANDARD.encode("three"), "eof": true }));
    Ok(())
}

#[test]
fn half_a_mebibyte_goes_there_and_back_whole() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let content: Vec<u8> = (0..1_u32 << 19).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    let handle = open(&mut guest, "/root/big", "w+")?;
    let write = json!({ "handle": handle, "buf-b64": STANDARD.encode(&content) });
    assert_eq!(guest.call("guest-file-write", write)?["count"], content.len());
    guest.call("guest-file-seek", json!({ "handle": handle, "offset": 0, "whence": 0 }))?;
    let answer = guest.call("guest-file-read", json!({ "handle": handle, "count": content.len() + 1 }))?;
    assert_eq!(answer["eof"], true);
    assert!(STANDARD.decode(answer["buf-b64"].as_str().context("no data")?)? == content);
    assert_eq!(guest.sh("stat -c %s /root/big")?, content.len().to_string());
    Ok(())
}

#[test]
fn a_handle_outlives_the_host_that_opened_it() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.sh("echo text >/root/file")?;
    let handle = open(&mut guest, "/root/file", "r")?;
    guest.reconnect()?;
    assert_eq!(guest.call("guest-file-read", json!({ "handle": handle }))?["count"], 5);
    Ok(())
}

#[test]
fn handles_are_not_given_twice_though_the_agent_restarts() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let before = open(&mut guest, "/etc/passwd", "r")?;
    guest.restart_agent("")?;
    let refusal = guest.refusal("guest-file-close", json!({ "handle": before }))?;
    assert_eq!(refusal.description, format!("handle '{before}' has not been found"));
    let after = open(&mut guest, "/etc/passwd", "r")?;
    assert!(after.as_i64() > before.as_i64());
    Ok(())
}

#[test]
fn a_file_that_is_not_there_is_an_error() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let refusal = guest.refusal("guest-file-open", json!({ "path": "/no/such" }))?;
    assert_eq!(refusal.description, "failed to open file '/no/such' (mode: 'r'): No such file or directory");
    Ok(())
}

fn open(guest: &mut Guest, path: &str, mode: &str) -> Result<Value> {
    guest.call("guest-file-open", json!({ "path": path, "mode": mode }))
}
