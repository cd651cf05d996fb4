//! Makes the pictures and the sessions of the documents: `qga` of this host in a terminal, with a real guest.
//!
//! `cargo run -p qga-lab --example pictures` writes `docs/pictures/*.svg` and the sessions between the marks in
//! `README.md` and `docs/client.md`. Not done by tests, as no two runs have the same numbers.

mod picture;
mod terminal;

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use terminal::Terminal;

/// Leads to the guest's socket meanwhile: this is what is seen of it.
const SHOWN_SOCKET: &str = "/tmp/web1.sock";
const BEGIN: &str = "<!-- a real session: cargo run -p qga-lab --example pictures -->\n";
const END: &str = "<!-- end -->\n";

/// Pages, and the commands of the session that each shows.
const SESSIONS: &[(&str, &[&[&str]])] = &[
    (
        "README.md",
        &[
            &["ping"],
            &["exec", "--", "systemctl", "is-system-running"],
            &["cp", "/etc/hostname", "guest:/root/"],
            &["freeze", "--max", "30s", "--", "true"],
            &["fs"],
            &["call", "guest-get-load"],
        ],
    ),
    (
        "docs/client.md",
        &[
            &["os"],
            &["net"],
            &["disks"],
            &["cat", "/etc/debian_version"],
            &["exec", "--", "ls", "/nowhere"],
            &["cp", "-r", "/etc/default", "guest:/root/"],
            &["freeze", "/"],
            &["status"],
            &["thaw"],
            &["trim"],
            &["time"],
            &["schema", "guest-file-open"],
            &["doctor"],
        ],
    ),
];

fn main() -> Result<()> {
    let mut guest = start()?;
    guest.agent.hang_up()?;
    symlink(guest.socket("agent"), SHOWN_SOCKET).context(SHOWN_SOCKET)?;
    let made = make(&mut guest);
    fs::remove_file(SHOWN_SOCKET)?;
    made
}

fn make(guest: &mut Guest) -> Result<()> {
    // Its clock stood still while it was a saved state.
    qga(guest)?.args(["time", "--set", "now"]).output()?;
    for (page, commands) in SESSIONS {
        let session: Result<String> = commands.iter().map(|arguments| exchange(guest, arguments)).collect();
        write_session(page, &session?)?;
    }
    let info = Terminal::run(qga(guest)?.arg("info"), (24, 100), None)?;
    write("info.svg", &picture::svg(&info, "qga info"))?;
    guest.sh(
        "(cd /var/tmp; while :; do dd if=/dev/zero of=busy bs=64k count=400 conv=fsync; sleep 0.3; done) \
         >/dev/null 2>&1 &",
    )?;
    let mut top = qga(guest)?;
    top.args(["top", "--interval", "2"]);
    let top = Terminal::run(&mut top, (14, 100), Some(Duration::from_secs(9)))?;
    write("top.svg", &picture::svg(&top, "qga top"))
}

/// A Debian guest with a name and a network card.
fn start() -> Result<Guest> {
    let layout = layouts::debian()?.named("pictured").devices(
        &["-netdev", "user,id=outside,restrict=on", "-device", "virtio-net-pci,netdev=outside"],
        &["virtio_net"],
    );
    let mut guest = layout.start()?;
    guest.sh("hostname web1")?;
    Ok(guest)
}

fn qga(guest: &Guest) -> Result<Command> {
    let mut command = guest.client()?;
    command.env("QGA_CONNECT", SHOWN_SOCKET);
    Ok(command)
}

/// A command and what it said, as in a shell.
fn exchange(guest: &Guest, arguments: &[&str]) -> Result<String> {
    let ended = qga(guest)?.args(arguments).output()?;
    let said = String::from_utf8([ended.stdout, ended.stderr].concat())?;
    let lines = said.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n");
    Ok(format!("    $ qga {}\n{}", arguments.join(" "), lines.collect::<Vec<_>>().concat()))
}

fn write_session(page: &str, session: &str) -> Result<()> {
    let path = root().join(page);
    let text = fs::read_to_string(&path)?;
    let missing = || format!("{page} has no mark for the session or its end");
    let (before, rest) = text.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(fs::write(path, format!("{before}{BEGIN}\n{session}\n{END}{after}"))?)
}

fn write(name: &str, svg: &str) -> Result<()> {
    let directory = root().join("docs/pictures");
    fs::create_dir_all(&directory)?;
    Ok(fs::write(directory.join(name), svg)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
