//! What can be seen of a channel without using it.

use super::Finding;
use crate::target::{Target, pve_socket};
use qga_client::Address;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The kernel's list of unix sockets (proc(5)): state 01 listens, 03 is connected; the path is last.
const SOCKETS: &str = "/proc/net/unix";
const STATE: usize = 5;
const PATH: usize = 7;
const CONNECTED: &str = "03";

pub(super) fn look(target: &Target) -> Vec<Finding> {
    let guest = Finding::good("Guest", target);
    let more = match target {
        Target::Channel(Address::Unix(path)) => socket(path),
        Target::Pve(machine) => socket(&pve_socket(*machine)),
        Target::Channel(Address::Serial(path)) => vec![device(path)],
        Target::Channel(Address::Vsock(_)) | Target::Libvirt(_) => Vec::new(),
    };
    [guest].into_iter().chain(more).collect()
}

fn socket(path: &Path) -> Vec<Finding> {
    let file = match fs::metadata(path) {
        Ok(file) => file,
        Err(error) => return vec![missing("Socket", path, error.kind())],
    };
    if file.is_file() || file.is_dir() {
        let text = format!("{} is no socket", path.display());
        return vec![Finding::bad("Socket", text, "name the socket that QEMU's -chardev option names")];
    }
    let there = Finding::good("Socket", format!("{} is there", path.display()));
    let connected =
        fs::read_to_string(SOCKETS).map(|sockets| connections(&sockets, path)).unwrap_or_default();
    [there].into_iter().chain((connected > 0).then(|| taken(connected))).collect()
}

/// QEMU and the agents serve one client at a time, or so most do.
fn taken(connected: usize) -> Finding {
    let text = format!("{connected} connected already");
    Finding::odd(
        "Others",
        text,
        "where only one is served (QEMU's own sockets), end the other: libvirt, a backup, another qga",
    )
}

fn device(path: &Path) -> Finding {
    match fs::metadata(path) {
        Ok(_) => Finding::good("Device", format!("{} is there", path.display())),
        Err(error) => missing("Device", path, error.kind()),
    }
}

fn missing(step: &'static str, path: &Path, kind: ErrorKind) -> Finding {
    let shown = path.display();
    match kind {
        ErrorKind::PermissionDenied => Finding::bad(
            step,
            format!("{shown} is not for this user to see"),
            "run qga as root, or as the user that QEMU runs as",
        ),
        _ => Finding::bad(
            step,
            format!("{shown} is not there"),
            "start the guest; does it have an agent channel, and is this its path? qga list looks at the usual places",
        ),
    }
}

/// How many are connected to the socket at `path`.
fn connections(sockets: &str, path: &Path) -> usize {
    let path = path.to_string_lossy();
    let is_one = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        fields.get(STATE) == Some(&CONNECTED) && fields.get(PATH).is_some_and(|name| *name == path)
    };
    sockets.lines().filter(is_one).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_connected_is_counted() {
        let sockets = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 100 /run/a.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 101 /run/a.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 102 /run/b.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 103\n";
        assert_eq!(connections(sockets, Path::new("/run/a.sock")), 1);
        assert_eq!(connections(sockets, Path::new("/run/c.sock")), 0);
    }
}
