//! The kernel that guests boot: one that this machine has installed.

use crate::{program, store};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// An installed kernel with its modules.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// As in `uname -r`.
    pub release: String,
    /// The bootable image as packaged, compressed.
    pub packaged: PathBuf,
    /// The ELF file inside of it: QEMU starts it 3 s sooner, but it does not survive a suspend to RAM. The
    /// packaged image again where it is packed in a way that gains little.
    pub unpacked: PathBuf,
}

impl Kernel {
    /// The newest kernel in /boot whose modules are installed.
    pub fn installed() -> Result<Self> {
        let release = newest_release(Path::new("/boot"))?;
        let packaged = PathBuf::from(format!("/boot/vmlinuz-{release}"));
        let directory = store::directory()?;
        let lock = store::lock(&directory.join("kernel.lock"))?;
        let unpacked = directory.join(format!("vmlinux-{release}"));
        let unpacked = if unpacked.exists() { unpacked } else { unpack(&packaged, &unpacked)? };
        drop(lock);
        Ok(Self { release, packaged, unpacked })
    }

    /// Where its modules are.
    pub fn modules(&self) -> PathBuf {
        Path::new("/lib/modules").join(&self.release)
    }
}

fn newest_release(boot: &Path) -> Result<String> {
    let mut releases = Vec::new();
    for entry in fs::read_dir(boot).with_context(|| format!("cannot list {}", boot.display()))? {
        let name = entry?.file_name();
        let Some(release) = name.to_str().and_then(|name| name.strip_prefix("vmlinuz-")) else { continue };
        if Path::new("/lib/modules").join(release).join("modules.dep").exists() {
            releases.push(release.to_owned());
        }
    }
    releases.sort_by_key(|release| numbers(release));
    releases.pop().context("no kernel with modules in /boot: install linux-image-amd64")
}

/// The numbers in a release, so that 6.12 counts as newer than 6.1.
fn numbers(release: &str) -> Vec<u64> {
    release.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// Writes the ELF file out of a packaged kernel, and tells which of the two files to boot.
fn unpack(packaged: &Path, unpacked: &Path) -> Result<PathBuf> {
    let image = fs::read(packaged).with_context(|| format!("cannot read {}", packaged.display()))?;
    let payload = payload(&image).with_context(|| format!("{} is no kernel", packaged.display()))?;
    let decompressor = match payload {
        [0xFD, b'7', b'z', ..] => "xz",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd",
        _ => return Ok(packaged.to_owned()),
    };
    let elf = decompress(decompressor, payload)?;
    store::write(unpacked, &elf)?;
    Ok(unpacked.to_owned())
}

/// The compressed kernel within a bzImage: Documentation/arch/x86/boot.rst of the kernel. The last four bytes
/// of what the header calls the payload are not part of the compressed stream; they tell its size unpacked.
fn payload(image: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| Some(u32::from_le_bytes(*image.get(at..)?.first_chunk()?) as usize);
    let setup_sectors = match image.get(0x1F1)? {
        0 => 4,
        sectors => usize::from(*sectors),
    };
    let start = (setup_sectors + 1) * 512 + number(0x248)?;
    image.get(start..start + number(0x24C)?.checked_sub(4)?)
}

/// Runs `xz` or `zstd` over the bytes.
pub(crate) fn decompress(decompressor: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut child = Command::new(program::find(decompressor)?)
        .args(["-d", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("no pipe to the decompressor")?;
    let output = std::thread::scope(|scope| {
        let writer = scope.spawn(move || input.write_all(bytes));
        let output = child.wait_with_output();
        drop(writer);
        output
    })?;
    if !output.status.success() {
        bail!("{decompressor} ended with {}", output.status);
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_their_numbers() {
        assert!(numbers("6.12.3-1-amd64") > numbers("6.1.0-56-amd64"));
    }

    #[test]
    fn the_payload_begins_behind_the_setup_sectors_and_lacks_the_size() {
        let mut image = vec![0; 0x300];
        image[0x1F1] = 1;
        image[0x248] = 2;
        image[0x24C] = 7;
        image.resize(0x402, 0);
        image.extend(b"abc1234");
        assert_eq!(payload(&image), Some(&b"abc"[..]));
    }

    #[test]
    fn a_short_file_is_no_kernel() {
        assert_eq!(payload(&[0; 100]), None);
    }
}
