//! The freeze hook, run with programs that note what they are told.

use anyhow::Result;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Notes its name and its argument; fails when told what is in the file `fails`.
const PROGRAM: &str = "#!/bin/sh\n\
    echo \"${0##*/} $1\" >>\"${0%/*}/../notes\"\n\
    [ \"$(cat \"${0%/*}/../fails\" 2>/dev/null)\" != \"${0##*/} $1\" ] || exit 7\n";

/// A directory with a link to the hook and three programs, one of them a leftover.
fn scene() -> Result<TempDir> {
    let scene = tempfile::tempdir()?;
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("hook/fsfreeze-hook");
    symlink(hook, scene.path().join("fsfreeze-hook"))?;
    fs::create_dir(scene.path().join("fsfreeze-hook.d"))?;
    for name in ["1-database", "2-cache", "3-queue", "2-cache.dpkg-old", "4-not-executable"] {
        let path = scene.path().join("fsfreeze-hook.d").join(name);
        fs::write(&path, PROGRAM)?;
        let mode = if name.starts_with('4') { 0o644 } else { 0o755 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    Ok(scene)
}

/// Runs the hook; gives its exit code and what was noted.
fn run(scene: &TempDir, moment: &str) -> Result<(Option<i32>, String)> {
    let ended = Command::new(scene.path().join("fsfreeze-hook")).arg(moment).output()?;
    Ok((ended.status.code(), fs::read_to_string(scene.path().join("notes")).unwrap_or_default()))
}

#[test]
fn programs_run_in_order_before_a_freeze_and_backwards_after_a_thaw() -> Result<()> {
    let scene = scene()?;
    let frozen = "1-database freeze\n2-cache freeze\n3-queue freeze\n";
    assert_eq!(run(&scene, "freeze")?, (Some(0), frozen.to_owned()));
    let thawed = format!("{frozen}3-queue thaw\n2-cache thaw\n1-database thaw\n");
    assert_eq!(run(&scene, "thaw")?, (Some(0), thawed));
    Ok(())
}

#[test]
fn a_program_that_fails_keeps_the_freeze_from_happening_and_the_others_are_told() -> Result<()> {
    let scene = scene()?;
    fs::write(scene.path().join("fails"), "2-cache freeze")?;
    let noted = "1-database freeze\n2-cache freeze\n1-database thaw\n";
    assert_eq!(run(&scene, "freeze")?, (Some(7), noted.to_owned()));
    Ok(())
}

#[test]
fn all_are_told_of_a_thaw_whatever_one_of_them_says() -> Result<()> {
    let scene = scene()?;
    fs::write(scene.path().join("fails"), "2-cache thaw")?;
    assert_eq!(run(&scene, "thaw")?, (Some(1), "3-queue thaw\n2-cache thaw\n1-database thaw\n".to_owned()));
    Ok(())
}

#[test]
fn without_programs_all_is_well() -> Result<()> {
    let scene = scene()?;
    fs::remove_dir_all(scene.path().join("fsfreeze-hook.d"))?;
    assert_eq!(run(&scene, "freeze")?, (Some(0), String::new()));
    assert_eq!(run(&scene, "thaw")?, (Some(0), String::new()));
    Ok(())
}
