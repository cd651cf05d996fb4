//! What libvirt asks.

use super::rows;
use anyhow::{Context, Result};
use qga_lab::domain::Domain;
use serde_json::json;
use std::collections::BTreeMap;

/// What a guest of the layout tells, but for what differs from kernel to kernel and from time to time.
const TOLD: &[(&str, &str)] = &[
    ("user.count", "1"),
    ("user.0.name", "amy"),
    ("user.0.login-time", "1677721624000"),
    ("os.id", "lab"),
    ("os.name", "QGA lab"),
    ("os.version-id", "1"),
    ("os.machine", "x86_64"),
    ("timezone.name", "UTC"),
    ("timezone.offset", "0"),
    ("hostname", "guest.example.org"),
    ("fs.count", "2"),
    ("fs.0.name", "vdb"),
    ("fs.0.mountpoint", "/mnt/ext4"),
    ("fs.0.fstype", "ext4"),
    ("fs.0.disk.count", "1"),
    ("fs.0.disk.0.alias", "vdb"),
    ("fs.0.disk.0.device", "/dev/vdb"),
    ("fs.1.mountpoint", "/mnt/xfs"),
    ("disk.count", "3"),
    ("disk.0.partition", "no"),
    ("if.count", "2"),
    ("if.0.name", "lo"),
    ("if.1.name", "eth0"),
    ("if.1.hwaddr", "52:54:00:00:00:01"),
    ("if.1.addr.0.type", "ipv4"),
    ("if.1.addr.0.addr", "10.0.2.15"),
    ("if.1.addr.0.prefix", "24"),
];

pub(super) fn guestinfo(domain: &mut Domain) -> Result<()> {
    let text = domain.virsh("guestinfo", &[])?;
    let told: BTreeMap<&str, &str> = text.lines().filter_map(pair).collect();
    for (name, value) in TOLD {
        assert_eq!(told.get(name), Some(value), "{name}: {text}");
    }
    assert_eq!(told.get("os.kernel-release"), Some(&&*domain.sh("uname -r")?), "{text}");
    // Disks come in no certain order.
    let mut disks: Vec<_> = (0..3)
        .map(|number| ["name", "alias"].map(|part| told.get(&*format!("disk.{number}.{part}")).copied()))
        .collect();
    disks.sort_unstable();
    let expected = [["/dev/vda", "vda"], ["/dev/vdb", "vdb"], ["/dev/vdc", "vdc"]];
    assert_eq!(disks, expected.map(|disk| disk.map(Some)), "{text}");
    for (name, path) in [("fs.0.total-bytes", "/mnt/ext4"), ("fs.1.total-bytes", "/mnt/xfs")] {
        let size: u64 = domain.sh(&format!("echo $(($(stat -f -c '%b * %S' {path})))"))?.parse()?;
        let told: u64 = told.get(name).context(name)?.parse()?;
        assert!(told <= size && told > size / 2, "{name}: {told} of {size}");
    }
    Ok(())
}

/// `NAME : VALUE`, as guestinfo prints it.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim(), value.trim()))
}

pub(super) fn domfsinfo(domain: &mut Domain) -> Result<()> {
    let table = domain.virsh("domfsinfo", &[])?;
    let expected = ["Mountpoint Name Type Target", "/mnt/ext4 vdb ext4 vdb", "/mnt/xfs vdc xfs vdc"];
    assert_eq!(rows(&table), expected);
    Ok(())
}

pub(super) fn domifaddr(domain: &mut Domain) -> Result<()> {
    let rows = rows(&domain.virsh("domifaddr", &["--source", "agent"])?);
    for row in [
        "lo 00:00:00:00:00:00 ipv4 127.0.0.1/8",
        "- - ipv6 ::1/128",
        "eth0 52:54:00:00:00:01 ipv4 10.0.2.15/24",
    ] {
        assert!(rows.iter().any(|found| found == row), "{row}: {rows:?}");
    }
    Ok(())
}

pub(super) fn domhostname(domain: &mut Domain) -> Result<()> {
    assert_eq!(domain.virsh("domhostname", &["--source", "agent"])?, "guest.example.org");
    Ok(())
}

pub(super) fn qemu_agent_command(domain: &mut Domain) -> Result<()> {
    assert_eq!(domain.ask("guest-ping")?, json!({ "return": {} }));
    let cases = [
        (r#"{"execute": "guest-x"}"#, "'guest-x': The command guest-x has not been found"),
        (
            r#"{"execute": "guest-file-open", "arguments": {"path": "/none"}}"#,
            "'guest-file-open': failed to open file '/none' (mode: 'r'): No such file or directory",
        ),
        (
            r#"{"execute": "guest-file-open", "arguments": {}}"#,
            "'guest-file-open': Parameter 'path' is missing",
        ),
    ];
    for (request, words) in cases {
        let complaint = domain.complaint("qemu-agent-command", &[request])?;
        assert!(complaint.ends_with(&format!("unable to execute QEMU agent command {words}")), "{complaint}");
    }
    Ok(())
}

/// libvirt gives up on the agent, which answers after all; what is asked then gets its own answer.
pub(super) fn late_answers(domain: &mut Domain) -> Result<()> {
    domain.sh("kill -STOP $(cat /run/agent.pid)")?;
    let ping = r#"{"execute": "guest-ping"}"#;
    let complaint = domain.complaint("qemu-agent-command", &["--timeout", "1", ping])?;
    assert!(complaint.contains("Guest agent is not responding"), "{complaint}");
    domain.sh("kill -CONT $(cat /run/agent.pid)")?;
    assert_eq!(domain.ask("guest-get-host-name")?, json!({ "return": { "host-name": "guest.example.org" } }));
    assert_eq!(domain.ask("guest-ping")?, json!({ "return": {} }));
    Ok(())
}
