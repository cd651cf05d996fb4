use super::*;

#[test]
fn a_thaw_runs_the_hook_even_if_nothing_was_frozen() {
    let scene = Scene::new();
    assert_eq!(scene.thaw(), Ok(0));
    assert_eq!(scene.programs.seen(), ["/hook thaw"]);
    assert!(scene.stillness.seen().is_empty());
}

#[test]
fn a_hook_that_fails_stops_the_freeze_before_it_begins() {
    let programs = fake::Programs::default().fails("/hook freeze", 3, "hook says no\nerr\n");
    let scene = Scene::with(fake::Filesystems::default(), programs);
    let told = "child process has failed to execute fsfreeze hook: hook says no\nerr\n";
    assert_eq!(scene.freeze(), Err(told.to_owned()));
    assert_eq!(scene.programs.seen(), ["/hook freeze"]);
    assert!(scene.filesystems.seen().is_empty() && !scene.freeze.is_on());
}

#[test]
fn a_hook_that_fails_after_the_thaw_is_told_although_all_is_thawed() {
    let programs = fake::Programs::default().fails("/hook thaw", 3, "");
    let scene = Scene::with(fake::Filesystems::default(), programs);
    assert_eq!(scene.freeze(), Ok(4));
    let told = "child process has failed to execute fsfreeze hook: exit status 3";
    assert_eq!(scene.thaw(), Err(told.to_owned()));
    assert!(!scene.freeze.is_on() && scene.filesystems.frozen().is_empty());
}

#[test]
fn the_null_device_is_no_hook() {
    let scene = Scene::new().under(Rules { hook: Some("/dev/null".into()), ..Rules::default() }, None);
    assert_eq!(scene.freeze(), Ok(4));
    assert!(scene.programs.seen().is_empty());
}
