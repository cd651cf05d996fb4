//! Giving unused blocks back to the host.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::MetadataExt};

/// What each test writes and deletes, in bytes.
const DELETED: u64 = 24 << 20;

/// How much of it must be gone on the host, in bytes: filesystems write meanwhile to keep their books.
const SHRUNK: u64 = DELETED / 4 * 3;

#[test]
fn an_image_shrinks_by_what_was_deleted() -> Result<()> {
    let mut guest = layouts::trimmable().start()?;
    write_and_delete(&mut guest)?;
    let before = sizes(&guest)?;
    let answer = guest.call("guest-fstrim", json!({}))?;
    let after = sizes(&guest)?;
    for (filesystem, (before, after)) in ["ext4", "xfs", "btrfs"].iter().zip(before.into_iter().zip(after)) {
        let trimmed = result(&answer, filesystem)?["trimmed"].as_u64();
        assert!(trimmed >= Some(SHRUNK), "{filesystem}: {trimmed:?} trimmed");
        assert!(after + SHRUNK <= before, "{filesystem}: {before} bytes before, {after} after");
    }
    Ok(())
}

#[test]
fn a_disk_that_cannot_trim_is_told_beside_those_that_can() -> Result<()> {
    let mut guest = layouts::trimmable().start()?;
    let answer = guest.call("guest-fstrim", json!({}))?;
    let expected = json!({ "path": "/mnt/fixed", "error": "trim not supported" });
    assert_eq!(result(&answer, "fixed")?, &expected);
    assert_eq!(answer["paths"].as_array().map(Vec::len), Some(4));
    Ok(())
}

#[test]
fn the_last_mounted_filesystem_is_told_first() -> Result<()> {
    let mut guest = layouts::trimmable().start()?;
    let answer = guest.call("guest-fstrim", json!({}))?;
    let paths: Vec<&Value> =
        answer["paths"].as_array().context("no list")?.iter().map(|one| &one["path"]).collect();
    assert_eq!(paths, ["/mnt/fixed", "/mnt/btrfs", "/mnt/xfs", "/mnt/ext4"]);
    Ok(())
}

#[test]
fn a_minimum_greater_than_what_a_filesystem_allows_is_its_error() -> Result<()> {
    let mut guest = layouts::trimmable().start()?;
    let answer = guest.call("guest-fstrim", json!({ "minimum": 32 << 20 }))?;
    let expected = json!({ "path": "/mnt/ext4", "error": "failed to trim: Invalid argument" });
    assert_eq!(result(&answer, "ext4")?, &expected);
    assert_eq!(result(&answer, "xfs")?["minimum"], 32 << 20);
    Ok(())
}

fn write_and_delete(guest: &mut Guest) -> Result<()> {
    guest.sh(
        "for f in ext4 xfs btrfs; do dd if=/dev/urandom of=/mnt/$f/big bs=1M count=24 2>/dev/null || exit 1; done; \
         sync; rm /mnt/*/big; sync",
    )?;
    Ok(())
}

/// What the host stores of the three images, in bytes.
fn sizes(guest: &Guest) -> Result<Vec<u64>> {
    ["ext4", "xfs", "btrfs"].iter().map(|disk| Ok(fs::metadata(guest.image(disk))?.blocks() * 512)).collect()
}

/// What the answer says of the filesystem.
fn result<'a>(answer: &'a Value, filesystem: &str) -> Result<&'a Value> {
    let path = format!("/mnt/{filesystem}");
    let results = answer["paths"].as_array().context("no list")?;
    results
        .iter()
        .find(|result| result["path"] == path)
        .with_context(|| format!("nothing on {path}: {answer}"))
}
