//! The commands by which a host finds out who is there.

use anyhow::{Context, Result};
use qga_lab::layouts;
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn sync_answers_with_its_number() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    assert_eq!(guest.call("guest-sync", json!({ "id": 1_234_567 }))?, json!(1_234_567));
    Ok(())
}

#[test]
fn a_delimited_sync_is_led_by_a_byte_that_no_json_has() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.tell("guest-sync-delimited", json!({ "id": 77 }))?;
    assert_eq!(guest.agent.line(PATIENCE)?, b"\xFF{\"return\": 77}");
    Ok(())
}

#[test]
fn ping_answers_with_nothing() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.tell("guest-ping", json!({}))?;
    assert_eq!(guest.agent.line(PATIENCE)?, b"{\"return\": {}}");
    Ok(())
}

#[test]
fn a_request_typed_by_hand_in_pieces_is_answered() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    for byte in b"{'execute':'guest-ping'}" {
        guest.agent.send(&[*byte])?;
    }
    assert_eq!(guest.agent.line(PATIENCE)?, b"{\"return\": {}}");
    Ok(())
}

#[test]
fn info_tells_which_commands_there_are_and_which_are_silent() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let info = guest.call("guest-info", json!({}))?;
    let commands = info["supported_commands"].as_array().context("no list")?;
    let named = |name: &str| commands.iter().find(|command| command["name"] == name);
    for declaration in qga_wire::list::COMMANDS {
        let expected =
            json!({ "name": declaration.name, "enabled": true, "success-response": !declaration.silent });
        assert_eq!(named(declaration.name), Some(&expected));
    }
    let version = info["version"].as_str().context("no version")?;
    assert!(version.split('.').all(|number| number.parse::<u32>().is_ok()), "{version}");
    assert_eq!(named("no-such-command"), None::<&Value>);
    Ok(())
}
