//! Programs of this machine, and running them.

use anyhow::{Context, Result, bail};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// Where administrators' programs are, which the PATH of a user may lack.
const SYSTEM_DIRECTORIES: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/// The path of the program: in PATH, or where system programs are.
pub fn find(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(SYSTEM_DIRECTORIES.map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .with_context(|| format!("the lab needs the program {name}"))
}

/// Runs a program of this machine to its end and gives what it printed; an error with its complaint otherwise.
pub fn run<A: AsRef<OsStr>>(name: &str, arguments: &[A]) -> Result<String> {
    let output = Command::new(find(name)?)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        bail!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The shared libraries and the loader that a program needs, as (path in the guest, file here). Nothing for a
/// static program.
pub fn libraries(program: &Path, root: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let loader = root.join("lib64/ld-linux-x86-64.so.2");
    let folder = "usr/lib/x86_64-linux-gnu";
    let output = Command::new(&loader)
        .arg("--library-path")
        .arg(root.join(folder))
        .arg("--list")
        .arg(program)
        .output()
        .with_context(|| format!("cannot run {}", loader.display()))?;
    if !output.status.success() {
        return Ok(Vec::new());
    }
    let mut found = vec![(PathBuf::from("/lib64/ld-linux-x86-64.so.2"), loader)];
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // "	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)"; the kernel's own page and the loader have no file.
        let Some((name, rest)) = line.trim().split_once(" => ") else { continue };
        let file = rest.rsplit_once(" (").map_or(rest, |(file, _)| file);
        let file = PathBuf::from(file);
        if name.starts_with('/') || !file.is_file() {
            continue;
        }
        found.push((Path::new("/").join(folder).join(name), file));
    }
    Ok(found)
}
