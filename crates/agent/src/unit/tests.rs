use super::*;

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// The unit for a policy, where `options` are the agent's.
fn unit(profile: &str, options: &[&str]) -> String {
    let mut plan = plan(words(&[&["--profile", profile], options].concat())).unwrap().unwrap();
    plan.program = PROGRAM.into();
    text::unit(&plan)
}

/// The values of a setting.
fn values<'u>(unit: &'u str, name: &str) -> Vec<&'u str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

#[test]
fn the_unit_of_a_monitor_leaves_little() {
    let unit = unit("monitor", &[]);
    assert_eq!(values(&unit, "ExecStart"), ["/usr/sbin/qemu-ga"]);
    assert_eq!(values(&unit, "BindsTo"), ["dev-virtio\\x2dports-org.qemu.guest_agent.0.device"]);
    assert_eq!(values(&unit, "CapabilityBoundingSet"), ["CAP_DAC_READ_SEARCH"]);
    assert_eq!(values(&unit, "RestrictAddressFamilies"), ["AF_UNIX AF_NETLINK"]);
    assert_eq!(values(&unit, "DeviceAllow"), ["/dev/virtio-ports/org.qemu.guest_agent.0 rw"]);
    assert_eq!(values(&unit, "NoNewPrivileges"), ["yes"]);
    assert_eq!(values(&unit, "ReadWritePaths"), ["-/var/run"]);
}

#[test]
fn what_a_profile_needs_is_left() {
    for (profile, setting, expected) in [
        ("locked", "CapabilityBoundingSet", vec![""]),
        ("locked", "RestrictAddressFamilies", vec!["AF_UNIX"]),
        (
            "backup",
            "CapabilityBoundingSet",
            vec!["CAP_DAC_READ_SEARCH CAP_IPC_LOCK CAP_SYS_ADMIN CAP_SYS_RESOURCE"],
        ),
        ("backup", "ProtectKernelLogs", vec![]),
        ("backup", "ProtectSystem", vec!["strict"]),
        ("files", "ProtectSystem", vec![]),
        ("files", "DevicePolicy", vec![]),
        ("files", "SystemCallErrorNumber", vec!["EPERM"]),
        ("full", "CapabilityBoundingSet", vec![]),
        ("vendor-rhel", "NoNewPrivileges", vec![]),
    ] {
        assert_eq!(values(&unit(profile, &[]), setting), expected, "{profile}");
    }
}

#[test]
fn a_hook_takes_the_sandbox_away_only_where_it_may_be_run() {
    assert_eq!(values(&unit("backup", &["-F"]), "CapabilityBoundingSet"), Vec::<&str>::new());
    assert_eq!(values(&unit("monitor", &["-F"]), "CapabilityBoundingSet"), ["CAP_DAC_READ_SEARCH"]);
}

#[test]
fn a_channel_without_a_device_is_bound_to_none() {
    let unit = unit("locked", &["-m", "vsock-listen", "-p", "3:1234", "-l", "/var/log/qga/log"]);
    assert_eq!(
        values(&unit, "ExecStart"),
        ["/usr/sbin/qemu-ga -m vsock-listen -p 3:1234 -l /var/log/qga/log"]
    );
    assert!(values(&unit, "BindsTo").is_empty() && values(&unit, "DeviceAllow").is_empty(), "{unit}");
    assert_eq!(values(&unit, "RestrictAddressFamilies"), ["AF_UNIX AF_VSOCK"]);
    assert_eq!(values(&unit, "ReadWritePaths"), ["-/var/log/qga", "-/var/run"]);
    assert_eq!(values(&unit, "WantedBy"), ["multi-user.target"]);
}

#[test]
fn the_packaged_unit_is_made_like_the_printed_ones() {
    let (packaged, printed) = (packaged(), unit("locked", &[]));
    for name in ["BindsTo", "After", "Type", "WatchdogSec", "WatchdogSignal", "Restart", "RestartSec"] {
        assert_eq!(values(&packaged, name).len(), 1, "{name}");
        assert_eq!(values(&packaged, name), values(&printed, name));
    }
    assert_eq!(values(&packaged, "ExecStart"), ["/usr/sbin/qemu-ga $DAEMON_ARGS $FILTER_RPC_ARGS"]);
    assert!(values(&packaged, "WantedBy").is_empty());
}

#[test]
fn without_a_profile_the_configured_policy_counts() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("conf");
    let file_name = file.to_str().unwrap();
    std::fs::write(&file, "[policy]\nprofile=locked\nallow=guest-shutdown\n").unwrap();
    let unit = text::unit(&plan(words(&["-c", file_name])).unwrap().unwrap());
    assert_eq!(values(&unit, "CapabilityBoundingSet"), ["CAP_KILL CAP_SYS_BOOT"]);
    assert!(values(&unit, "SystemCallFilter").is_empty(), "{unit}");
    std::fs::write(&file, "[policy]\nprofile=nonsense\n").unwrap();
    assert!(plan(words(&["-c", file_name])).unwrap_err().contains("nonsense"));
}

#[test]
fn mistakes_are_told() {
    let problem = |arguments: &[&str]| plan(words(arguments)).unwrap_err();
    assert!(
        problem(&["--profile", "mon"]).starts_with("there is no profile 'mon'; there are full, monitor, ")
    );
    assert_eq!(problem(&["--profile"]), "option '--profile' requires an argument");
    assert_eq!(problem(&["monitor"]), "'monitor' is no option");
    assert!(plan(words(&["--profile=locked", "--help"])).unwrap().is_none());
}
