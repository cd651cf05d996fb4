use super::guardians::{Fakes, guarded};
use super::*;
use crate::guardian::Notice;
use qga_platform::helper::{Failure, Helper, Programs};

/// Enough for any machine.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn what_is_frozen_has_a_guardian_until_it_is_thawed() {
    let (scene, fakes, _says) = guarded(1);
    assert_eq!(scene.freeze_list(&["/a", "/c"]), 2);
    assert_eq!(fakes.seen(), ["started", r#"guards ["/a", "/c"]"#]);
    assert_eq!(scene.thaw(), Ok(2));
    assert_eq!(fakes.seen()[2..], ["thaws", "dismissed"]);
}

#[test]
fn the_guardian_thaws_first_and_the_agent_what_is_left() {
    let scene = Scene::new();
    let mut guardians = Fakes::default();
    guardians.filesystems = scene.filesystems.clone();
    let _say = guardians.one_more();
    let scene = scene.under(rules(), Some(Box::new(guardians)));
    assert_eq!(scene.freeze(), Ok(4));
    assert_eq!(scene.thaw(), Ok(4));
    let seen = scene.filesystems.seen();
    assert_eq!(seen.iter().rev().position(|act| act == "thaw /"), Some(3), "{seen:?}");
}

#[test]
fn nothing_is_frozen_without_a_guardian() {
    let (scene, _, _) = guarded(0);
    assert_eq!(scene.freeze(), Err("no guardian".to_owned()));
    assert!(scene.filesystems.frozen().is_empty() && !scene.freeze.is_on());
    assert!(scene.programs.seen().is_empty());
}

#[test]
fn a_hook_that_fails_dismisses_the_guardian_that_was_there_before_it() {
    struct Failing(Fakes);
    impl Programs for Failing {
        fn run(&self, helper: &Helper) -> std::result::Result<(), Failure> {
            assert_eq!(self.0.seen(), ["started"]);
            fake::Programs::default().fails("/hook freeze", 1, "no\n").run(helper)
        }
    }
    let (scene, fakes, _says) = guarded(1);
    let scene = scene.on(|os| os.programs = Box::new(Failing(fakes.clone())));
    scene.freeze().unwrap_err();
    assert_eq!(fakes.seen()[1..], ["dismissed"]);
    scene.watch_is_over();
}

#[test]
fn nothing_to_freeze_is_nothing_to_guard() {
    let (scene, fakes, _says) = guarded(1);
    assert_eq!(scene.freeze_list(&["/b"]), 0);
    assert_eq!(fakes.seen(), ["started", "dismissed"]);
    scene.watch_is_over();
}

#[test]
fn a_failed_freeze_is_undone_by_its_guardian() {
    let (scene, fakes, _says) = guarded(1);
    scene.on(|os| os.filesystems = Box::new(fake::Filesystems::default().fails("/a"))).freeze().unwrap_err();
    assert_eq!(fakes.seen()[2..], ["thaws", "dismissed"]);
}

#[test]
fn the_agent_ends_the_freeze_when_the_guardian_tells_of_the_deadline() {
    for (answer, hooks) in [
        (Notice::Yours, vec!["/hook freeze", "/hook thaw", "/hook thaw"]),
        (Notice::Mine, vec!["/hook freeze", "/hook thaw"]),
    ] {
        let (scene, fakes, says) = guarded(1);
        assert_eq!(scene.freeze(), Ok(4));
        for notice in [Notice::Deadline, answer] {
            says[0].send(notice).unwrap();
        }
        assert!(scene.freeze.wait_until_over(LONG));
        assert!(scene.filesystems.frozen().is_empty());
        drop(says);
        scene.watch_is_over();
        assert_eq!(fakes.seen()[2..], ["taken over", "dismissed"]);
        assert_eq!(scene.freeze.account().end, Some(FreezeEnd::Deadline));
        assert_eq!(scene.thaw(), Ok(0));
        assert_eq!(scene.programs.seen(), hooks);
    }
}

#[test]
fn a_guardian_that_is_gone_is_replaced() {
    let (scene, fakes, mut says) = guarded(2);
    assert_eq!(scene.freeze_list(&["/c"]), 1);
    drop(says.remove(0));
    qga_testkit::wait_until("another guardian", || Ok((fakes.seen().len() == 4).then_some(()))).unwrap();
    assert_eq!(fakes.seen()[2..], ["started", r#"guards ["/c"]"#]);
    assert_eq!(scene.filesystems.frozen(), ["/c"]);
    assert_eq!(scene.thaw(), Ok(1));
    scene.watch_is_over();
}

#[test]
fn without_any_guardian_left_the_agent_keeps_the_deadline_itself() {
    let fakes = Fakes::default();
    drop(fakes.one_more());
    // So long that a busy machine has frozen everything before.
    let rules = Rules { limit: Some(Duration::from_secs(1)), ..rules() };
    let scene = Scene::new().under(rules, Some(Box::new(fakes)));
    assert_eq!(scene.freeze(), Ok(4));
    assert!(scene.freeze.wait_until_over(LONG));
    scene.watch_is_over();
    assert_eq!(scene.freeze.account().end, Some(FreezeEnd::Deadline));
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
    assert_eq!(scene.thaw(), Ok(0));
}

#[test]
fn a_thaw_before_the_deadline_ends_the_watch() {
    let rules = Rules { limit: Some(LONG * 60), ..rules() };
    let scene = Scene::new().under(rules, None);
    assert_eq!(scene.freeze(), Ok(4));
    assert!(!scene.freeze.wait_until_over(Duration::ZERO));
    assert_eq!(scene.thaw(), Ok(4));
    scene.watch_is_over();
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
}

impl Scene {
    /// Waits until no thread works on the freeze.
    fn watch_is_over(&self) {
        let over = || Ok((Arc::strong_count(&self.freeze) == 1).then_some(()));
        qga_testkit::wait_until("the end of the watch", over).unwrap();
    }
}

#[test]
fn other_rules_are_gone_by_from_the_next_freeze_on() {
    let scene = Scene::new();
    assert_eq!(scene.freeze(), Ok(4));
    let hook = Some("/other".into());
    scene.freeze.follow(Rules { hook, exclude: vec![Pattern::new("/c").unwrap()], ..Rules::default() });
    assert_eq!(scene.thaw(), Ok(4));
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
    assert_eq!(scene.freeze(), Ok(3));
    assert_eq!(scene.thaw(), Ok(3));
    assert_eq!(scene.programs.seen()[2..], ["/other freeze", "/other thaw"]);
}
