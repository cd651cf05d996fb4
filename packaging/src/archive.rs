//! Compressed archives that depend on nothing but what is put in.

use crate::content::File;
use anyhow::Result;
use flate2::{Compression, GzBuilder};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// An archive of the files and of the directories above them, each name led by `prefix`.
pub(crate) fn tar_gz(files: &[File], prefix: &str, time: u32) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let mut directories = BTreeSet::new();
    for file in files {
        let name = format!("{prefix}{}", file.path);
        let mut above: Vec<&Path> = Path::new(&name).ancestors().skip(1).collect();
        above.reverse();
        for directory in above.into_iter().filter(|path| !path.as_os_str().is_empty()) {
            if directories.insert(directory.to_owned()) {
                let header = header(EntryType::Directory, 0o755, time)?;
                append(&mut archive, header, &format!("{}/", directory.display()), &[])?;
            }
        }
        append(&mut archive, header(EntryType::Regular, file.mode, time)?, &name, &file.content)?;
    }
    compress(&archive.into_inner()?)
}

/// What stands before an entry that belongs to root.
fn header(kind: EntryType, mode: u32, time: u32) -> Result<Header> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(time.into());
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    Ok(header)
}

/// Adds an entry. The name is put in as it is: `tar` would take the `./` away that Debian's tools begin names with.
fn append(archive: &mut Builder<Vec<u8>>, mut header: Header, name: &str, content: &[u8]) -> Result<()> {
    header.set_size(content.len() as u64);
    set_name(&mut header, name)?;
    header.set_cksum();
    Ok(archive.append(&header, content)?)
}

fn set_name(header: &mut Header, name: &str) -> Result<()> {
    let field = &mut header.as_old_mut().name;
    let place = field.get_mut(..name.len());
    place.ok_or_else(|| anyhow::anyhow!("{name} is too long a name"))?.copy_from_slice(name.as_bytes());
    Ok(())
}

/// The bytes compressed by gzip, without a time or a name.
pub(crate) fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
