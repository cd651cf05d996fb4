//! The reference agent for comparison: a Debian root with its package, and a script that starts it from there.
//!
//! Its libraries come from that root, too, through the root's own loader; this machine's packages stay as
//! they are. The same root, booted, is the systemd guest of the lab.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, anyhow};
use nix::fcntl::{Flock, FlockArg};
use qga_testkit::cache;

use crate::{
    command::{as_root, run_quietly, say},
    packages,
};

const MIRROR: &str = "http://deb.debian.org/debian";
const SUITE: &str = "trixie";
/// What Debian's own keyring package has for all its releases.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// The smallest system that boots with systemd, finds its devices, and can suspend and shut down.
const PACKAGES: &str = "systemd,systemd-sysv,udev,dbus,kmod";

/// Makes the cached root unless it is there; complete or not at all.
pub(crate) fn provide() -> Result<()> {
    let directory = cache::directory()?;
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let _one_at_a_time = lock(&directory.join("lock"))?;
    if !cache::debian()?.exists() {
        build(&directory)?;
    }
    if !cache::debian_disk()?.exists() {
        make_disk(&directory)?;
    }
    if !cache::oracle_package()?.exists() {
        fetch_package(&directory)?;
    }
    say(&format!("the reference agent is {}", cache::oracle()?.display()));
    Ok(())
}

fn lock(path: &Path) -> Result<Flock<File>> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, error)| anyhow!("cannot lock {}: {error}", path.display()))
}

fn build(directory: &Path) -> Result<()> {
    packages::ensure(packages::ORACLE)?;
    let finished = cache::debian()?;
    let unfinished = tempfile::Builder::new().prefix("unfinished-").tempdir_in(directory)?.keep();
    let result = fill(&unfinished).and_then(|()| {
        fs::rename(&unfinished, &finished).with_context(|| format!("cannot create {}", finished.display()))
    });
    if result.is_err() {
        // What the root holds belongs to root, so an unprivileged removal would leave most of it.
        run_quietly(as_root("rm").arg("-rf").arg(&unfinished))?;
    }
    result
}

/// Makes everything below `unfinished`, which will be moved to where the cache has it.
fn fill(unfinished: &Path) -> Result<()> {
    let root = unfinished.join("root");
    say("making a Debian root for the reference agent; this takes a minute or two");
    run_quietly(
        as_root("debootstrap")
            .args(["--variant=minbase", &format!("--include={PACKAGES}"), SUITE])
            .args([&root, Path::new(MIRROR)]),
    )?;
    install_agent(&root)?;
    clean(&root)?;
    write_starter(&unfinished.join(cache::oracle()?.file_name().context("the agent has no name")?))?;
    fs::set_permissions(unfinished, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Makes the disk of a guest that boots the finished root.
fn make_disk(directory: &Path) -> Result<()> {
    packages::ensure(&["e2fsprogs"])?;
    let unfinished = directory.join("unfinished-disk.img");
    run_quietly(
        as_root("mkfs.ext4")
            .args(["-q", "-F", "-L", "system", "-d"])
            .arg(cache::debian_root()?)
            .arg(&unfinished)
            .arg("700M"),
    )?;
    run_quietly(as_root("chmod").arg("644").arg(&unfinished))?;
    run_quietly(as_root("mv").arg(&unfinished).arg(cache::debian_disk()?))
}

/// Fetches the reference agent's package, with lists and a configuration of apt's that are not this machine's.
fn fetch_package(directory: &Path) -> Result<()> {
    packages::ensure(packages::ORACLE)?;
    let place = tempfile::tempdir_in(directory)?;
    let path = |name: &str| place.path().join(name);
    for name in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(path(name))?;
    }
    let source = format!("deb [signed-by={KEYRING}] {MIRROR} {SUITE}-backports main\n");
    fs::write(path("sources.list"), source)?;
    fs::write(path("status"), "")?;
    let settings = [
        ("Dir::Etc::SourceList", path("sources.list")),
        ("Dir::Etc::SourceParts", "/dev/null".into()),
        ("Dir::State::Lists", path("lists")),
        ("Dir::State::Status", path("status")),
        ("Dir::Cache", path("cache")),
        ("APT::Architecture", "amd64".into()),
        ("APT::Sandbox::User", "root".into()),
    ];
    let apt_get = || {
        let mut command = Command::new("apt-get");
        let settings = settings.iter().map(|(name, value)| format!("-o{name}={}", value.display()));
        command.arg("-qq").args(settings).current_dir(place.path());
        command
    };
    run_quietly(apt_get().arg("update"))?;
    run_quietly(apt_get().args(["download", &package()]))?;
    let fetched = fs::read_dir(place.path())?.filter_map(|entry| Some(entry.ok()?.path()));
    let fetched = fetched.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "deb"));
    let fetched = fetched.context("apt-get downloaded no package")?;
    run_quietly(as_root("mv").arg(fetched).arg(cache::oracle_package()?))
}

/// The reference agent's package, as apt wants it named.
fn package() -> String {
    format!("qemu-guest-agent=1:{}*", cache::ORACLE_VERSION)
}

fn install_agent(root: &Path) -> Result<()> {
    // A package's services must not start on this machine, which is what installing does by default.
    write(root, "usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")?;
    run_quietly(as_root("chmod").arg("755").arg(root.join("usr/sbin/policy-rc.d")))?;
    let source = format!("deb {MIRROR} {SUITE}-backports main\n");
    write(root, "etc/apt/sources.list.d/backports.list", &source)?;
    apt_get(root, &["update", "-qq"])?;
    apt_get(root, &["install", "-y", "-qq", "--no-install-recommends", &package()])?;
    apt_get(root, &["clean"])
}

fn apt_get(root: &Path, arguments: &[&str]) -> Result<()> {
    run_quietly(
        as_root("chroot")
            .arg(root)
            .args(["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get"])
            .args(arguments),
    )
}

/// Removes what belongs to this machine or only to the installation.
fn clean(root: &Path) -> Result<()> {
    let leftovers = ["var/lib/apt/lists", "usr/sbin/policy-rc.d", "etc/resolv.conf"];
    run_quietly(as_root("rm").arg("-rf").args(leftovers.map(|path| root.join(path))))?;
    write(root, "etc/machine-id", "uninitialized\n")?;
    write(root, "etc/hostname", "guest\n")
}

/// Writes a file of the root, whose files belong to root.
fn write(root: &Path, path: &str, content: &str) -> Result<()> {
    let mut new = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut new, content.as_bytes())?;
    run_quietly(as_root("cp").arg(new.path()).arg(root.join(path)))?;
    run_quietly(as_root("chmod").arg("644").arg(root.join(path)))
}

fn write_starter(script: &Path) -> Result<()> {
    let (loader, leading) = cache::oracle_command()?;
    let quoted: Vec<_> = leading.iter().map(|word| format!("'{word}'")).collect();
    let text = format!("#!/bin/sh\nexec '{}' --argv0 \"$0\" {} \"$@\"\n", loader.display(), quoted.join(" "));
    fs::write(script, text).with_context(|| format!("cannot write {}", script.display()))?;
    fs::set_permissions(script, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
