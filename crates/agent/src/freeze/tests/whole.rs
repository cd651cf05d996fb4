use super::*;
use qga_platform::freeze::Filesystems;

#[test]
fn the_last_mounted_is_frozen_first_and_thawed_last() {
    let scene = Scene::new();
    assert_eq!(scene.freeze(), Ok(4));
    assert!(scene.freeze.is_on());
    assert_eq!(scene.filesystems.seen(), ["freeze /c", "freeze /a/sub", "freeze /a", "freeze /"]);
    assert_eq!(scene.thaw(), Ok(4));
    assert!(!scene.freeze.is_on());
    assert_eq!(scene.filesystems.seen()[4..], ["thaw /", "thaw /a", "thaw /a/sub", "thaw /c"]);
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
    assert_eq!(scene.stillness.seen(), ["begin after nothing", "end after thaw /c"]);
}

#[test]
fn chosen_mount_points_are_compared_as_text() {
    let scene = Scene::new();
    assert_eq!(scene.freeze_list(&["/a/sub/", "/no/such", "/c"]), 1);
    assert_eq!(scene.filesystems.frozen(), ["/c"]);
    assert_eq!(scene.thaw(), Ok(1));
}

#[test]
fn nothing_frozen_leaves_the_guest_thawed_and_tells_the_hook() {
    for chosen in [&[][..], &["/b"]] {
        let scene = Scene::new();
        assert_eq!(scene.freeze_list(chosen), 0);
        assert!(!scene.freeze.is_on());
        assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
        assert_eq!(scene.freeze(), Ok(4));
    }
}

#[test]
fn what_cannot_be_frozen_or_is_frozen_already_does_not_count() {
    let scene = Scene::with(fake::Filesystems::default().lacks("/a"), fake::Programs::default());
    scene.filesystems.freeze(Path::new("/c")).unwrap();
    assert_eq!(scene.freeze(), Ok(2));
    assert_eq!(scene.thaw(), Ok(3));
}

#[test]
fn excluded_filesystems_are_skipped_whoever_asks_for_them() {
    for chosen in [None, Some(["/a".to_owned(), "/a/sub".to_owned(), "/c".to_owned()])] {
        let exclude = ["/a/*", "/c"].map(|pattern| Pattern::new(pattern).unwrap()).to_vec();
        let scene = Scene::new().under(Rules { exclude, ..rules() }, None);
        scene.freeze.freeze(&scene.os, chosen.as_ref().map(|chosen| &chosen[..])).unwrap();
        let frozen = scene.filesystems.frozen();
        assert!(frozen.contains(&"/a".to_owned()) && !frozen.contains(&"/a/sub".to_owned()), "{frozen:?}");
        assert!(!frozen.contains(&"/c".to_owned()), "{frozen:?}");
    }
}

#[test]
fn a_filesystem_that_fails_has_all_thawed_again() {
    let scene = Scene::with(fake::Filesystems::default().fails("/a"), fake::Programs::default());
    assert_eq!(scene.freeze(), Err("failed to freeze /a: Input/output error".to_owned()));
    assert!(scene.filesystems.frozen().is_empty());
    assert!(!scene.freeze.is_on());
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
    assert_eq!(scene.stillness.seen(), ["begin after nothing", "end after thaw /c"]);
}

#[test]
fn when_undoing_fails_too_both_errors_are_told() {
    let programs = fake::Programs::default().fails("/hook thaw", 1, "no\n");
    let scene = Scene::with(fake::Filesystems::default().fails("/a"), programs);
    let told = "failed to freeze /a: Input/output error; \
                child process has failed to execute fsfreeze hook: no\n";
    assert_eq!(scene.freeze(), Err(told.to_owned()));
}

#[test]
fn without_a_list_of_mounts_nothing_is_frozen_and_nothing_thawed() {
    let scene = Scene::new();
    assert_eq!(scene.freeze(), Ok(4));
    fs::remove_file(scene.tree.path().join("proc/self/mountinfo")).unwrap();
    let told = "failed to open mtab file: '/proc/self/mounts'".to_owned();
    assert_eq!(scene.thaw(), Err(told.clone()));
    assert!(scene.freeze.is_on());

    let scene = Scene::new();
    fs::remove_file(scene.tree.path().join("proc/self/mountinfo")).unwrap();
    assert_eq!(scene.freeze(), Err(told));
    assert!(!scene.freeze.is_on());
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
}

#[test]
fn what_is_frozen_is_not_frozen_again() {
    let scene = Scene::new();
    assert_eq!(scene.freeze(), Ok(4));
    assert_eq!(scene.freeze(), Err("another freeze or thaw is being carried out".to_owned()));
    assert_eq!(scene.programs.seen(), ["/hook freeze"]);
}

#[test]
fn an_agent_that_follows_a_killed_one_is_frozen_until_the_thaw() {
    let mut scene = Scene::new();
    scene.freeze = Arc::new(Arc::into_inner(scene.freeze).unwrap().resumed());
    assert!(scene.freeze.is_on());
    assert_eq!(scene.thaw(), Ok(0));
    assert!(!scene.freeze.is_on());
    assert_eq!(scene.stillness.seen(), ["end after thaw /c"]);
}
