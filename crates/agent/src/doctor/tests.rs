//! A guest in which all is well, and what the doctor says when one thing is changed.

use super::*;
use qga_testkit::fixture;
use qga_wire::Command;
use qga_wire::list::SetUserPassword;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const HEALTHY: &str = "\
/dev/vport1p1 =
/dev/virtio-ports/org.qemu.guest_agent.0 -> ../vport1p1
/sys/class/virtio-ports/vport1p1/name = org.qemu.guest_agent.0
/sys/bus/virtio/devices/virtio0/device = 0x0003
/sys/bus/virtio/devices/virtio0/driver -> ../../drivers/virtio_console
/sys/kernel/debug/virtio-ports/vport1p1 = host_connected: 1
/sys/class/rtc/rtc0/
/sys/class/tty/ttyS0/type = 4
/sys/class/tty/ttyS9/type = 0
/sys/class/tty/console/active = tty0
/dev/ttyS0 =
/dev/ttyS9 =
/proc/self/mountinfo = 22 1 8:1 / / rw - ext4 /dev/sda1 rw
/proc/7/comm = qemu-ga
/proc/7/status = CapEff:	000001ffffffffff
/proc/7/fd/
/proc/8/comm = cat
/proc/8/fd/
/var/run/
/etc/qemu/fsfreeze-hook = #!/bin/sh
";

const PROGRAMS: [&str; 4] = ["/sbin/poweroff", "/sbin/reboot", "/sbin/hwclock", "/usr/sbin/chpasswd"];
const HOOK: &str = "/etc/qemu/fsfreeze-hook";

struct Scene {
    tree: TempDir,
    config: Config,
    service: Option<Result<Service, Failure>>,
    is_root: bool,
}

impl Scene {
    fn healthy() -> Scene {
        let tree = fixture::unpack(&HEALTHY.replace(" =\n", " = x\n")).unwrap();
        let mut config = Config::default();
        config.complete_path().unwrap();
        config.file = tree.path().join("etc/qemu/qemu-ga.conf");
        let scene = Scene { tree, config, service: None, is_root: true };
        for program in PROGRAMS {
            scene.write(program, "");
            scene.set_mode(program, 0o755);
        }
        for (link, target) in [
            ("/proc/self/exe", "/usr/sbin/qemu-ga"),
            ("/proc/7/exe", "/usr/sbin/qemu-ga"),
            ("/proc/8/exe", "/bin/cat"),
            ("/proc/7/fd/3", "/dev/vport1p1"),
        ] {
            scene.link(link, target);
        }
        scene
    }

    fn place(&self, path: &str) -> PathBuf {
        self.tree.path().join(path.trim_start_matches('/'))
    }

    fn write(&self, path: &str, text: &str) {
        let place = self.place(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.place(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        symlink(target, self.place(path)).unwrap();
    }

    fn remove(&self, path: &str) {
        let place = self.place(path);
        if place.is_dir() && !place.is_symlink() {
            fs::remove_dir_all(place).unwrap();
        } else {
            fs::remove_file(place).unwrap();
        }
    }

    /// The port is gone, with its link.
    fn without_port(&self) {
        self.remove("/dev/virtio-ports");
        self.remove("/sys/class/virtio-ports/vport1p1");
        self.remove("/proc/7/fd/3");
    }

    /// Served by `path` of `method`, and not by process 7.
    fn served_by(&mut self, method: &str, path: &str) {
        self.config.method = method.into();
        self.config.path = Some(path.into());
        self.remove("/proc/7/fd/3");
    }

    fn with_service(&mut self, active: &str, file: &str) {
        let [load, active, sub, file, result] =
            ["loaded", active, "dead", file, "exit-code"].map(str::to_owned);
        self.service = Some(Ok(Service { load, active, sub, file, result }));
    }

    fn with_hook(&mut self, mode: u32) {
        self.config.freeze.hook = Some(HOOK.into());
        self.set_mode(HOOK, mode);
    }

    fn findings(self) -> Vec<Finding> {
        let root = Root::at(self.tree.path());
        Guest { root: &root, config: &self.config, service: self.service, is_root: self.is_root }.examine()
    }
}

#[test]
fn a_guest_in_which_all_is_well_has_nothing_to_complain_of() {
    let findings = Scene::healthy().findings();
    let shown: String = findings.iter().map(ToString::to_string).collect();
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Fine), "{shown}");
    assert!(findings.iter().all(|finding| finding.remedy.is_none()), "{shown}");
}

type Fault = (fn(&mut Scene), Verdict, &'static str, &'static str, &'static str);

const NO_CHANNEL: &[Fault] = &[
    (
        |scene| scene.remove("/dev/virtio-ports"),
        Verdict::Problem,
        "channel",
        "udev has not made the link",
        "udevadm trigger",
    ),
    (
        |scene| {
            scene.without_port();
            scene.write("/sys/class/virtio-ports/vport1p2/name", "com.redhat.spice.0\n");
        },
        Verdict::Problem,
        "channel",
        "the host's ports are called com.redhat.spice.0",
        "--path=/dev/virtio-ports/com.redhat.spice.0",
    ),
    (|scene| scene.without_port(), Verdict::Problem, "channel", "no port with a name", "virtserialport"),
    (
        |scene| {
            scene.without_port();
            scene.remove("/sys/bus/virtio/devices/virtio0/driver");
        },
        Verdict::Problem,
        "channel",
        "nothing drives the virtio console",
        "modprobe virtio_console",
    ),
    (
        |scene| {
            scene.without_port();
            scene.remove("/sys/bus/virtio");
        },
        Verdict::Problem,
        "channel",
        "gives this guest no virtio console",
        "qm set",
    ),
    (
        |scene| scene.served_by("virtio-serial", "/dev/ttyS0"),
        Verdict::Problem,
        "channel",
        "/dev/ttyS0 is no virtio port",
        "--method",
    ),
    (
        |scene| scene.served_by("isa-serial", "/dev/ttyS9"),
        Verdict::Problem,
        "channel",
        "no hardware",
        "-serial",
    ),
    (
        |scene| {
            scene.served_by("isa-serial", "/dev/ttyS0");
            scene.write("/sys/class/tty/console/active", "tty0 ttyS0\n");
        },
        Verdict::Problem,
        "channel",
        "the kernel writes its messages",
        "console=ttyS0",
    ),
    (
        |scene| scene.served_by("vsock-listen", "3:1234"),
        Verdict::Problem,
        "channel",
        "/dev/vsock is missing",
        "vhost-vsock-pci",
    ),
    (
        |scene| scene.served_by("unix-listen", "/absent/socket"),
        Verdict::Problem,
        "channel",
        "/absent is missing",
        "mkdir -p /absent",
    ),
    (|scene| scene.served_by("pigeon", "x"), Verdict::Problem, "channel", "pigeon", "unix-listen"),
];

const NOT_SERVED: &[Fault] = &[
    (|scene| scene.remove("/proc/7/fd/3"), Verdict::Problem, "agent", "not running", "systemctl start"),
    (
        |scene| {
            scene.remove("/proc/7/fd/3");
            scene.is_root = false;
        },
        Verdict::Warning,
        "agent",
        "cannot be seen",
        "as root",
    ),
    (
        |scene| {
            scene.remove("/proc/7/fd/3");
            scene.link("/proc/8/fd/4", "/dev/vport1p1");
        },
        Verdict::Problem,
        "agent",
        "/bin/cat, process 8",
        "kill 8",
    ),
    (
        |scene| {
            scene.remove("/proc/7/exe");
            scene.link("/proc/7/exe", "/usr/sbin/qemu-ga (deleted)");
        },
        Verdict::Warning,
        "agent",
        "has been replaced",
        "restart",
    ),
    (
        |scene| scene.write("/sys/kernel/debug/virtio-ports/vport1p1", "host_connected: 0\n"),
        Verdict::Warning,
        "host",
        "nothing there has connected",
        "qga doctor",
    ),
    (|scene| scene.with_service("failed", "enabled"), Verdict::Problem, "service", "exit-code", "journalctl"),
    (
        |scene| scene.write("/var/run/qemu-ga.pid", "99\n"),
        Verdict::Warning,
        "pid file",
        "names process '99'",
        "rm /var/run/qemu-ga.pid",
    ),
];

const NOT_ALLOWED: &[Fault] = &[
    (
        |scene| scene.write("/etc/qemu/qemu-ga.conf", "[policy]\nprofile=monitr\n"),
        Verdict::Problem,
        "policy",
        "line 2",
        "policy check",
    ),
    (
        |scene| scene.write("/proc/7/status", "CapEff:\t0000000000000004\n"),
        Verdict::Problem,
        "capabilities",
        "freeze and trim",
        "CAP_SYS_ADMIN",
    ),
    (
        |scene| {
            scene.write("/sys/fs/selinux/enforce", "1");
            scene.write("/proc/7/attr/current", "system_u:system_r:virt_qemu_ga_t:s0\0");
        },
        Verdict::Warning,
        "confinement",
        "virt_qemu_ga_t",
        "semanage permissive",
    ),
    (|scene| scene.with_hook(0o644), Verdict::Problem, "hook", "not executable", "chmod 755"),
    (|scene| scene.with_hook(0o757), Verdict::Problem, "hook", "others than root", "chmod go-w"),
    (
        |scene| scene.config.freeze.hook = Some("/etc/absent".into()),
        Verdict::Problem,
        "hook",
        "/etc/absent is missing",
        "every freeze fails",
    ),
    (
        |scene| scene.write("/proc/self/mountinfo", "22 1 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n"),
        Verdict::Warning,
        "freeze",
        "/boot/efi (vfat)",
        "--freeze-exclude='/boot/efi'",
    ),
    (
        |scene| {
            scene.write("/var/run/qga.state.isfrozen", "");
            scene.remove("/proc/7/fd/3");
        },
        Verdict::Problem,
        "freeze",
        "has left",
        "guest-fsfreeze-thaw",
    ),
    (
        |scene| scene.write("/var/run/qga.state.isfrozen", ""),
        Verdict::Warning,
        "freeze",
        "frozen just now",
        "qga thaw",
    ),
    (
        |scene| scene.config.statedir = "/absent".into(),
        Verdict::Problem,
        "state",
        "/absent is missing",
        "mkdir -p /absent",
    ),
    (
        |scene| scene.write("/var/run/qga.state", "[global\n"),
        Verdict::Problem,
        "state",
        "error loading persistent state",
        "remove the file",
    ),
    (
        |scene| scene.config.logfile = Some("/var/log/absent/log".into()),
        Verdict::Problem,
        "log",
        "/var/log/absent/log cannot be written",
        "mkdir -p /var/log/absent",
    ),
    (|scene| scene.remove("/usr/sbin/chpasswd"), Verdict::Warning, "tools", "no chpasswd", "passwd"),
    (|scene| scene.remove("/sys/class/rtc"), Verdict::Warning, "tools", "no hardware clock", "rtc_cmos"),
    (|scene| scene.remove("/sbin/reboot"), Verdict::Warning, "tools", "/sbin/poweroff", "init"),
];

#[test]
fn each_fault_is_named_with_its_remedy() {
    for (change, verdict, topic, text, remedy) in [NO_CHANNEL, NOT_SERVED, NOT_ALLOWED].concat() {
        let mut scene = Scene::healthy();
        change(&mut scene);
        let findings = scene.findings();
        let shown: String = findings.iter().map(ToString::to_string).collect();
        let named = findings.iter().any(|finding| {
            finding.topic == topic
                && finding.verdict == verdict
                && finding.text.contains(text)
                && finding.remedy.as_deref().is_some_and(|words| words.contains(remedy))
        });
        assert!(named, "{topic}: {text}, {remedy} is not in\n{shown}");
    }
}

#[test]
fn what_the_owner_has_blocked_needs_no_tools() {
    let mut scene = Scene::healthy();
    scene.remove("/usr/sbin/chpasswd");
    scene.config.block_rpcs = vec![SetUserPassword::NAME.to_owned()];
    assert!(scene.findings().iter().all(|finding| finding.verdict == Verdict::Fine));
}

#[test]
fn an_excluded_filesystem_is_known_not_to_be_frozen() {
    let mut scene = Scene::healthy();
    scene.write("/proc/self/mountinfo", "22 1 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n");
    scene.config.freeze.exclude = vec![glob::Pattern::new("/boot/*").unwrap()];
    assert!(scene.findings().iter().all(|finding| finding.verdict == Verdict::Fine));
}

#[test]
fn findings_are_a_list_of_objects_for_programs() {
    let findings = [Finding::fine("state", "all \"is\" well"), Finding::warning("log", "full", "tidy up")];
    let line = String::from_utf8(report(&findings, Form::Json)).unwrap();
    let expected = "[{\"topic\": \"state\", \"verdict\": \"ok\", \"text\": \"all \\\"is\\\" well\"}, \
                    {\"topic\": \"log\", \"verdict\": \"warning\", \"text\": \"full\", \"remedy\": \"tidy up\"}]\n";
    assert_eq!(line, expected);
}

#[test]
fn a_path_that_is_no_text_is_shown_all_the_same() {
    let mut scene = Scene::healthy();
    scene.config.statedir = Path::new("/no\u{1b}[2J").into();
    assert!(scene.findings().iter().all(|finding| !finding.to_string().contains('\u{1b}')));
}
