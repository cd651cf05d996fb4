//! Where guests are found, and many of them at once.

use crate::run::{Ended, Guest, ended, qga};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A `virsh` that knows the domain web1, and the agent in it that answers to ping, goes when the guest is to shut
/// down, and does nothing else.
const VIRSH: &str = r#"#!/bin/sh
case "$1" in -c) shift 2;; list) echo web1; echo; exit;; esac
case "$4" in web1) ;; *) echo "error: failed to get domain '$4'" >&2; exit 1;; esac
case "$5" in *guest-shutdown*) : >"$0.gone" ;; esac
if [ -e "$0.gone" ]; then
    echo "error: Guest agent is not responding: QEMU guest agent is not connected" >&2; exit 1
fi
case "$5" in
*'"guest-sync"'*) id=${5##*: }; echo "{\"return\":${id%%\}*}}";;
*guest-ping*) echo '{"return":{}}';;
*) echo "error: internal error: unable to execute QEMU agent command 'x': The command x has not been found" >&2; exit 1;;
esac
echo
"#;

/// A host of its own: a home with a configuration, and programs of its own before all others.
struct Host(TempDir);

impl Host {
    fn new(configuration: &str) -> Host {
        let host = Host(TempDir::new().unwrap());
        fs::create_dir_all(host.path("qga")).unwrap();
        fs::write(host.path("qga/config.toml"), configuration).unwrap();
        host
    }

    fn with_virsh(self) -> Host {
        fs::write(self.path("virsh"), VIRSH).unwrap();
        fs::set_permissions(self.path("virsh"), fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = qga();
        command.env("XDG_CONFIG_HOME", self.0.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().display()));
        command
    }

    fn qga(&self, arguments: &[&str]) -> Ended {
        ended(self.command().args(arguments))
    }
}

fn address(guest: &Guest) -> String {
    format!("unix:{}", guest.scratch().socket().display())
}

#[test]
fn a_name_of_the_configuration_is_a_guest() {
    let guest = Guest::new();
    let host = Host::new(&format!("[targets]\nweb1 = '{}'\n", address(&guest)));
    assert_eq!(host.qga(&["-c", "web1", "ping"]).code, Some(0));
    let unknown = host.qga(&["-c", "web2", "ping"]);
    assert!(unknown.errors.contains("no guest is called web2, qga list shows"), "{unknown:?}");
    assert_eq!(unknown.code, Some(2));
}

#[test]
fn every_name_that_list_shows_is_a_guest() {
    let guest = Guest::new();
    let host = Host::new("").with_virsh();
    assert_eq!(host.qga(&["-c", "web1", "ping"]).code, Some(0));
    let directory = guest.scratch().path().display().to_string();
    for words in [["--dir", &*directory, "-c", "ga", "ping"], ["--dir", &*directory, "-t", "g*", "ping"]] {
        let ended = host.qga(&words);
        assert!(ended.output.contains("/ga.sock answers in "), "{ended:?}");
    }
}

#[test]
fn the_environment_names_a_guest_unless_it_is_empty_or_many_are_meant() {
    let guest = Guest::new();
    let host = Host::new(&format!("[targets]\nmine = '{}'\n", address(&guest)));
    let with = |value: &str, words: &[&str]| ended(host.command().env("QGA_CONNECT", value).args(words));
    assert_eq!(with("mine", &["ping"]).code, Some(0));
    assert_eq!(with("mine", &["--all", "ping"]).code, Some(0));
    assert!(with("", &["ping"]).errors.starts_with("qga: which guest?"));
    let odd = with("tcp:x", &["ping"]);
    assert_eq!((odd.code, odd.errors.starts_with("qga: QGA_CONNECT: 'tcp:x' is no guest")), (Some(2), true));
}

#[test]
fn a_domain_of_libvirt_is_reached_through_virsh() {
    let host = Host::new("").with_virsh();
    for guest in ["libvirt:web1", "libvirt:qemu:///system/web1"] {
        let answered = host.qga(&["-c", guest, "ping"]);
        assert_eq!((answered.code, &*answered.errors), (Some(0), ""));
    }
    let unknown = host.qga(&["-c", "libvirt:web1", "call", "guest-x"]);
    assert!(unknown.errors.starts_with("qga: The command x has not been found; "), "{unknown:?}");
    assert_eq!(unknown.code, Some(1));
    let gone = host.qga(&["-c", "libvirt:web2", "ping"]);
    assert!(gone.errors.contains("failed to get domain 'web2'"), "{gone:?}");
    assert_eq!(gone.code, Some(3));
}

#[test]
fn a_guest_whose_agent_libvirt_saw_go_is_not_said_to_be_off() {
    let host = Host::new("").with_virsh();
    let ended = host.qga(&["-c", "libvirt:web1", "shutdown", "--wait"]);
    assert_eq!(
        (ended.code, &*ended.errors),
        (Some(0), "The agent is gone; the guest's channel is still there.\n")
    );
    let gone = host.qga(&["-c", "libvirt:web1", "ping"]);
    assert!(
        gone.errors.ends_with("QEMU guest agent is not connected; is the agent running in the guest?\n"),
        "{gone:?}"
    );
}

#[test]
fn without_virsh_that_is_what_is_missing() {
    let gone = ended(qga().env("PATH", "/nonexistent").args(["-c", "libvirt:web1", "ping"]));
    assert!(gone.errors.contains("virsh is not installed"), "{gone:?}");
    assert_eq!(gone.code, Some(3));
}

#[test]
fn list_tells_who_answers_and_who_does_not() {
    let guest = Guest::new();
    let directory = guest.scratch().path();
    // A socket with somebody who never says anything, and one that nobody listens on.
    let _silent = UnixListener::bind(directory.join("silent.sock")).unwrap();
    drop(UnixListener::bind(directory.join("dead.sock")).unwrap());
    let list = ["--timeout", "3", "list", "--dir", &directory.display().to_string()];
    let ended = guest.qga(&list);
    let line = |name| ended.output.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("  ga ").contains(" in "), "{ended:?}");
    assert!(line("  silent ").contains("no: nothing within 3 s "), "{ended:?}");
    assert!(line("  dead ").contains("no: Connection refused  "), "{ended:?}");
    assert_eq!(ended.code, Some(0));
}

#[test]
fn list_shows_those_that_are_meant_and_no_headings_over_nothing() {
    let host = Host::new("[targets]\nweb1 = 'unix:/nonexistent'\ndb = 'unix:/nonexistent'\n");
    let some = host.qga(&["list", "-t", "web*"]).output;
    assert!(some.contains("\n  web1  ") && !some.contains("db"), "{some}");
    assert!(host.qga(&["list", "--all"]).output.contains("\n  db  "));
    let none = host.qga(&["list", "-t", "x"]);
    assert!(none.errors.starts_with("no guests found; ") && none.output.is_empty(), "{none:?}");
}

#[test]
fn list_finds_what_the_host_knows() {
    let guest = Guest::new();
    let host = Host::new(&format!("[targets]\nmine = '{}'\n", address(&guest))).with_virsh();
    let listed = host.qga(&["list", "--json"]);
    for part in ["\"name\": \"mine\"", "\"guest\": \"libvirt:web1\"", "\"milliseconds\": "] {
        assert!(listed.output.contains(part), "{listed:?}");
    }
}

#[test]
fn many_guests_are_asked_at_once_and_a_dead_one_holds_up_nobody() {
    let guest = Guest::new();
    let silent = guest.scratch().path().join("silent.sock");
    let _silent = UnixListener::bind(&silent).unwrap();
    let lines = format!(
        "[targets]\na1 = '{address}'\na2 = '{address}'\na3 = 'unix:{}'\nb = 'unix:/nonexistent'\n",
        silent.display(),
        address = address(&guest)
    );
    let host = Host::new(&lines);
    let all = host.qga(&["-t", "a*", "--timeout", "2", "call", "guest-sync", "{'id': 7}"]);
    assert!(all.output.contains("a1:\n7\n") && all.output.contains("a2:\n7\n"), "{all:?}");
    assert!(all.errors.ends_with("3 guests: 2 ok, 1 failed: a3 with code 4\n"), "{all:?}");
    assert_eq!(all.code, Some(4));
    let json = host.qga(&["-t", "a1", "-t", "b", "--json", "call", "guest-sync", "{'id': 7}"]);
    assert!(json.output.contains("{\"guest\": \"a1\", \"code\": 0, \"output\": 7}"), "{json:?}");
    assert!(json.output.contains("{\"guest\": \"b\", \"code\": 3, \"output\": "), "{json:?}");
    assert_eq!(host.qga(&["-t", "c*", "ping"]).code, Some(2));
}

#[test]
fn what_makes_no_sense_on_many_guests_is_refused() {
    let host = Host::new("[targets]\na = 'unix:/nonexistent'\n");
    for verb in [
        &["demo"][..],
        &["edit", "/x"],
        &["write", "/x"],
        &["exec", "-i", "cat"],
        &["keys", "me", "add"],
        &["cp", "guest:/x", "."],
        &["tail", "-f", "/x"],
    ] {
        let words: Vec<_> = ["--all"].iter().chain(verb).copied().collect();
        let ended = host.qga(&words);
        assert!(ended.errors.starts_with("qga: this cannot be done on many guests at once: "), "{ended:?}");
        assert_eq!((ended.code, &*ended.output), (Some(2), ""));
    }
    for verb in [&["exec", "true"][..], &["keys", "me", "list"], &["cp", ".", "guest:/x"], &["tail", "/x"]] {
        let words: Vec<_> = ["--all"].iter().chain(verb).copied().collect();
        assert_eq!(host.qga(&words).code, Some(3), "{verb:?}");
    }
}

#[test]
fn guests_of_the_same_name_are_counted_each() {
    let guest = Guest::new();
    let other = TempDir::new().unwrap();
    drop(UnixListener::bind(other.path().join("ga.sock")).unwrap());
    let mut command = guest.command();
    command.args(["--all", "ping", "--dir"]).arg(guest.scratch().path()).arg("--dir").arg(other.path());
    let ended = ended(&mut command);
    assert!(ended.errors.ends_with("2 guests: 1 ok, 1 failed: ga with code 3\n"), "{ended:?}");
}

#[test]
fn libvirt_that_does_not_tell_its_domains_is_told() {
    let host = Host::new("[targets]\nmine = 'unix:/nonexistent'\n").with_virsh();
    fs::write(host.path("virsh"), "#!/bin/sh\necho 'error: authentication failed\x1b' >&2; exit 1\n")
        .unwrap();
    let listed = host.qga(&["list"]);
    assert!(
        listed.errors.starts_with("qga: libvirt does not tell its domains: authentication failed"),
        "{listed:?}"
    );
    assert!(listed.output.contains("  mine "), "{listed:?}");
    let alone = host.qga(&["-c", "mine", "ping"]);
    assert!(alone.errors.starts_with("qga: cannot reach the agent at unix:/nonexistent"), "{alone:?}");
}

#[test]
fn a_configuration_that_makes_no_sense_is_told_with_its_place() {
    let ended = Host::new("[targets]\nweb1 = 5\n").qga(&["-c", "web1", "ping"]);
    assert!(ended.errors.contains("qga/config.toml: ") && ended.errors.contains("line 2"), "{ended:?}");
    assert_eq!(ended.code, Some(2));
}
