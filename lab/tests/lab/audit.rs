//! The record that is kept of what a host does, in a guest that is frozen.

use anyhow::Result;
use qga_lab::{Guest, layouts};
use qga_testkit::program::reference_is_under_test;
use serde_json::json;

#[test]
fn what_is_done_while_frozen_is_recorded_after_the_thaw() -> Result<()> {
    if reference_is_under_test() {
        return Ok(());
    }
    let mut guest = layouts::three_filesystems().start()?;
    guest.restart_agent("--audit-file=/mnt/ext4/audit --audit-chain")?;
    guest.wait_for("wc -l </mnt/ext4/audit", "1")?;
    assert_eq!(guest.call("guest-fsfreeze-freeze", json!({}))?, json!(3));
    guest.refusal("guest-get-time", json!({}))?;
    assert_eq!(guest.sh("wc -l </mnt/ext4/audit")?, "1", "only how the chain begins");
    assert_eq!(guest.call("guest-fsfreeze-thaw", json!({}))?, json!(3));
    let commands =
        r#"sed -n 's/.*"command": "\([a-z-]*\)".*"result": "\([a-z]*\)".*/\1 \2/p' /mnt/ext4/audit"#;
    let expected = "guest-fsfreeze-freeze ok\nguest-get-time refused\nguest-fsfreeze-thaw ok";
    guest.wait_for(commands, expected)?;
    guest.wait_for("qemu-ga audit verify /mnt/ext4/audit | cut -d, -f1", "ok: 3 records")?;
    Ok(())
}

/// A guest with systemd has the records in its journal, with their fields.
pub(crate) fn assert_the_journal_has_records(guest: &mut Guest) -> Result<()> {
    guest.call("guest-exec", json!({"path": "/bin/true", "env": ["TOKEN=secret"]}))?;
    let fields = "QGA_CHANNEL,QGA_ARGUMENTS,QGA_RESULT,PRIORITY";
    let entry = format!("journalctl QGA_COMMAND=guest-exec -o json --output-fields={fields}");
    let show = r#"sed -n 's/.*"QGA_RESULT":"\([a-z]*\)".*/\1/p'"#;
    guest.wait_for(&format!("{entry} | {show}"), "ok")?;
    let text = guest.sh(&entry)?;
    assert!(
        text.contains(r#""QGA_CHANNEL":"virtio-serial""#) && text.contains(r#""PRIORITY":"6""#),
        "{text}"
    );
    assert!(text.contains("TOKEN") && !text.contains("secret"), "{text}");
    Ok(())
}
