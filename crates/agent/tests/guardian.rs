//! Real guardians, given directories in which nothing is frozen: they may thaw as much as they like.
#![cfg(test)]

use qga_agent::Rules;
use qga_agent::guardian::{Guardian, GuardianProcess, Guardians, Notice, Plan};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A mark, and a hook that notes its argument.
struct Scene {
    directory: TempDir,
    guardians: GuardianProcess,
    rules: Rules,
}

impl Scene {
    fn new() -> Scene {
        let directory = tempfile::tempdir().unwrap();
        let (mark, hook) = (directory.path().join("mark"), directory.path().join("hook"));
        let script = format!("#!/bin/sh\necho $* >>{}/calls\n", directory.path().display());
        fs::write(&hook, script).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_qemu-ga"));
        let guardians = GuardianProcess { program, mark };
        let hook_limit = Some(Duration::from_secs(60));
        let rules = Rules { hook: Some(hook), hook_limit, ..Rules::default() };
        Scene { directory, guardians, rules }
    }

    fn start(&self, limit: Option<Duration>) -> Arc<dyn Guardian> {
        let plan =
            Plan { mount_points: vec![self.directory.path().to_owned(), "/".into()], limit, stands: false };
        let guardian = self.guardians.start(&self.rules).unwrap();
        guardian.guard(&plan).unwrap();
        guardian
    }

    fn has_mark(&self) -> bool {
        self.guardians.mark.exists()
    }

    /// What the hook was called with.
    fn calls(&self) -> String {
        fs::read_to_string(self.directory.path().join("calls")).unwrap_or_default()
    }
}

#[test]
fn a_dismissed_guardian_ends_without_a_trace() {
    let scene = Scene::new();
    let guardian = scene.start(Some(Duration::from_secs(600)));
    assert!(qga_platform::store::is_cared_for(&scene.guardians.mark).unwrap());
    guardian.dismiss();
    assert_eq!(guardian.hear(), None);
    drop(guardian);
    assert!(scene.has_mark() && scene.calls().is_empty());
    assert!(!qga_platform::store::is_cared_for(&scene.guardians.mark).unwrap());
}

#[test]
fn a_guardian_that_is_told_to_thaw_tells_how_many_were_frozen_and_guards_on() {
    let scene = Scene::new();
    let guardian = scene.start(None);
    guardian.thaw();
    assert_eq!(guardian.hear(), Some(Notice::Thawed(0)));
    drop(guardian);
    assert!(!scene.has_mark());
    assert_eq!(scene.calls(), "thaw\n");
}

#[test]
fn a_freeze_that_stands_already_is_not_marked_again() {
    let scene = Scene::new();
    let plan = Plan { mount_points: Vec::new(), limit: None, stands: true };
    let guardian = scene.guardians.start(&scene.rules).unwrap();
    guardian.guard(&plan).unwrap();
    guardian.dismiss();
    assert_eq!(guardian.hear(), None);
    assert!(!scene.has_mark());
}

#[test]
fn a_guardian_whose_agent_is_gone_before_the_freeze_runs_the_hook_and_no_more() {
    let scene = Scene::new();
    drop(scene.guardians.start(&scene.rules).unwrap());
    assert!(!scene.has_mark());
    assert_eq!(scene.calls(), "thaw\n");
}

#[test]
fn a_guardian_that_is_dismissed_before_the_freeze_runs_nothing() {
    let scene = Scene::new();
    let guardian = scene.guardians.start(&scene.rules).unwrap();
    guardian.dismiss();
    assert_eq!(guardian.hear(), None);
    drop(guardian);
    assert!(!scene.has_mark() && scene.calls().is_empty());
}

#[test]
fn a_guardian_whose_agent_is_gone_ends_the_freeze_as_a_thaw_does() {
    let scene = Scene::new();
    drop(scene.start(None));
    assert!(!scene.has_mark());
    assert_eq!(scene.calls(), "thaw\n");
}

#[test]
fn an_agent_that_hears_of_the_deadline_has_the_hook_to_itself() {
    let scene = Scene::new();
    let guardian = scene.start(Some(Duration::from_millis(50)));
    assert_eq!(guardian.hear(), Some(Notice::Deadline));
    guardian.take_over();
    assert_eq!(guardian.hear(), Some(Notice::Yours));
    guardian.dismiss();
    assert_eq!(guardian.hear(), None);
    drop(guardian);
    assert!(scene.has_mark() && scene.calls().is_empty());
}

#[test]
fn a_guardian_does_all_when_the_agent_does_not_answer() {
    let scene = Scene::new();
    let guardian = scene.start(Some(Duration::ZERO));
    assert_eq!(guardian.hear(), Some(Notice::Deadline));
    assert_eq!(guardian.hear(), Some(Notice::Mine));
    // It answers too late.
    guardian.take_over();
    guardian.dismiss();
    assert_eq!(guardian.hear(), None);
    drop(guardian);
    assert!(!scene.has_mark());
    assert_eq!(scene.calls(), "thaw\n");
}

#[test]
fn a_guardian_outlives_the_thread_that_started_it_while_others_remain() {
    let scene = Scene::new();
    let guardian = thread::scope(|threads| threads.spawn(|| scene.start(None)).join().unwrap());
    guardian.dismiss();
    assert_eq!(guardian.hear(), None);
    drop(guardian);
    assert!(scene.has_mark() && scene.calls().is_empty());
}

#[test]
fn what_cannot_be_guarded_is_told() {
    let Scene { guardians, rules, directory: _kept } = Scene::new();
    let refusal = |program: &str, mount_point: &str| {
        let guardians = GuardianProcess { program: program.into(), ..guardians.clone() };
        let plan = Plan { mount_points: vec![mount_point.into()], limit: None, stands: false };
        guardians.start(&rules).and_then(|guardian| guardian.guard(&plan)).unwrap_err()
    };
    let ours = env!("CARGO_BIN_EXE_qemu-ga");
    assert_eq!(refusal(ours, "/no/such"), "failed to open /no/such: No such file or directory");
    let none = "cannot start a guardian for the freeze: ";
    assert_eq!(refusal("/no/such", "/"), format!("{none}No such file or directory"));
    assert!(refusal("/bin/true", "/").starts_with(none));
}

#[test]
fn nobody_but_an_agent_starts_a_guardian() {
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_qemu-ga"))
        .arg(qga_agent::guardian::ARGUMENT)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("only an agent starts its guardian"));
}
