//! Packages for Debian and what descends from it, as deb(5) has them.

use crate::Source;
use crate::archive::tar_gz;
use crate::content::{File, Format, Package};
use crate::libraries::{Needs, needs};
use anyhow::{Context, Result, bail};
use md5::{Digest, Md5};
use qga_wire::COMPATIBLE_VERSION;
use std::fmt::Write;
use std::fs;

const MAINTAINER: &str = "The qga developers <qga@packages.invalid>";
/// What dpkg runs; only the package that replaces another has something to do.
const SCRIPTS: [&str; 4] = ["preinst", "postinst", "prerm", "postrm"];

/// The name of the package's file.
pub fn file_name(package: &Package, source: &Source<'_>) -> Result<String> {
    Ok(format!("{}_{}_{}.deb", package.name, source.version, architecture(source)?))
}

/// The package, as a file's content.
pub fn build(package: &Package, source: &Source<'_>) -> Result<Vec<u8>> {
    let files = package.files(Format::Deb, source)?;
    let mut control = vec![part("control", 0o644, describe(package, source, &files)?)];
    control.push(part("md5sums", 0o644, sums(&files)?));
    if package.replaces.is_some() {
        for name in SCRIPTS {
            let path = source.repository.join("packaging/deb").join(name);
            let script = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            control.push(part(name, 0o755, script));
        }
    }
    let mut package = b"!<arch>\n".to_vec();
    member(&mut package, "debian-binary", b"2.0\n", source.time);
    member(&mut package, "control.tar.gz", &tar_gz(&control, "./", source.time)?, source.time);
    member(&mut package, "data.tar.gz", &tar_gz(&files, "./", source.time)?, source.time);
    Ok(package)
}

fn part(name: &str, mode: u32, content: impl Into<Vec<u8>>) -> File {
    File { path: name.to_owned(), mode, content: content.into(), is_setting: false }
}

fn architecture(source: &Source<'_>) -> Result<&'static str> {
    Ok(match source.architecture {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("Debian's name of {other} is not known here"),
    })
}

fn describe(package: &Package, source: &Source<'_>, files: &[File]) -> Result<String> {
    let bytes: usize = files.iter().map(|file| file.content.len()).sum();
    let mut control = format!(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: {MAINTAINER}\nInstalled-Size: {}\n",
        package.name,
        source.version,
        architecture(source)?,
        bytes.div_ceil(1024)
    );
    let depends = depends(files);
    if !depends.is_empty() {
        writeln!(control, "Depends: {depends}")?;
    }
    if let Some((other, epoch)) = package.replaces {
        writeln!(control, "Provides: {other} (= {epoch}{COMPATIBLE_VERSION})")?;
        writeln!(control, "Conflicts: {other}\nReplaces: {other}")?;
    }
    writeln!(control, "Section: admin\nPriority: optional\nDescription: {}", package.summary)?;
    package.description.lines().try_for_each(|line| writeln!(control, " {line}"))?;
    Ok(control)
}

fn depends(files: &[File]) -> String {
    let programs = files.iter().filter(|file| file.path.contains("bin/"));
    let needs: Vec<Needs> = programs.map(|file| needs(&file.content)).collect();
    let libc = needs.iter().filter_map(|needs| needs.libc).max();
    let libc = libc.map(|(major, minor)| format!("libc6 (>= {major}.{minor})"));
    let unwinder = needs.iter().any(|needs| needs.unwinder).then(|| "libgcc-s1".to_owned());
    libc.into_iter().chain(unwinder).collect::<Vec<_>>().join(", ")
}

/// What `dpkg --verify` compares with.
fn sums(files: &[File]) -> Result<String> {
    let mut sums = String::new();
    for file in files {
        writeln!(sums, "{:x}  {}", Md5::digest(&file.content), file.path)?;
    }
    Ok(sums)
}

/// Adds a member to an archive as ar(1) has them.
fn member(archive: &mut Vec<u8>, name: &str, content: &[u8], time: u32) {
    let header = format!("{name:<16}{time:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, "100644", content.len());
    archive.extend(header.into_bytes());
    archive.extend(content);
    if content.len() % 2 == 1 {
        archive.push(b'\n');
    }
}
