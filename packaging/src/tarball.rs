//! For systems without packages of ours: static programs and a script that installs them.

use crate::Source;
use crate::archive::tar_gz;
use crate::content::{self, AGENT, CLIENT, Format};
use anyhow::Result;

/// The name of the archive, and of the directory in it but for the ending.
pub fn file_name(source: &Source<'_>) -> String {
    format!("{}.tar.gz", directory(source))
}

fn directory(source: &Source<'_>) -> String {
    format!("qga-{}-{}-linux", source.version, source.architecture)
}

/// The archive with agent and client, as a file's content.
pub fn build(source: &Source<'_>) -> Result<Vec<u8>> {
    let mut files = content::files(content::INSTALLER, "", Format::Tarball, source)?;
    for package in [AGENT, CLIENT] {
        files.extend(package.files(Format::Tarball, source)?);
    }
    tar_gz(&files, &format!("{}/", directory(source)), source.time)
}
