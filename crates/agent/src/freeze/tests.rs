use super::*;
use qga_platform::freeze::{Filesystems, Freezing, Trimmed};
use qga_platform::{Root, fake};
use qga_wire::reply::Failure;
use std::sync::{Arc, mpsc};
use std::{fs, thread};

const MOUNTINFO: &str = "\
1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:16 / /a rw - ext4 /dev/sdb rw
3 2 8:32 / /a/sub rw - ext4 /dev/sdc rw
4 1 8:32 / /b rw - ext4 /dev/sdc rw
5 1 8:48 / /c rw - xfs /dev/sdd rw
6 1 0:40 / /tmp rw - tmpfs tmpfs rw
";

/// A guest with four filesystems, a hook, and a record of all that is done to them.
struct Scene {
    freeze: Freeze,
    os: Os,
    filesystems: fake::Filesystems,
    programs: fake::Programs,
    stillness: Still,
    tree: tempfile::TempDir,
}

/// Notes how much had been done to filesystems when it began and ended.
#[derive(Clone)]
struct Still {
    notes: Arc<Mutex<Vec<String>>>,
    filesystems: fake::Filesystems,
}

impl Still {
    fn note(&self, what: &str) {
        let last = self.filesystems.seen().pop().unwrap_or("nothing".to_owned());
        self.notes.lock().unwrap().push(format!("{what} after {last}"));
    }

    fn seen(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }
}

impl Stillness for Still {
    fn begin(&self) {
        self.note("begin");
    }

    fn end(&self) {
        self.note("end");
    }
}

impl Scene {
    fn new() -> Scene {
        Scene::with(fake::Filesystems::default(), fake::Programs::default())
    }

    fn with(filesystems: fake::Filesystems, programs: fake::Programs) -> Scene {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir_all(tree.path().join("proc/self")).unwrap();
        fs::write(tree.path().join("proc/self/mountinfo"), MOUNTINFO).unwrap();
        let stillness = Still { notes: Arc::default(), filesystems: filesystems.clone() };
        let os = Os {
            root: Root::at(tree.path()),
            filesystems: Box::new(filesystems.clone()),
            programs: Box::new(programs.clone()),
            ..Os::system()
        };
        let freeze = Freeze::new(Some("/hook".into()), Box::new(stillness.clone()));
        Scene { freeze, os, filesystems, programs, stillness, tree }
    }

    fn freeze(&self) -> std::result::Result<usize, String> {
        self.freeze.freeze(&self.os, None).map_err(|fault| Failure::from(fault).desc)
    }

    fn freeze_list(&self, chosen: &[&str]) -> usize {
        let chosen: Vec<String> = chosen.iter().map(ToString::to_string).collect();
        self.freeze.freeze(&self.os, Some(&chosen)).unwrap()
    }

    fn thaw(&self) -> std::result::Result<usize, String> {
        self.freeze.thaw(&self.os).map_err(|error| error.to_string())
    }
}

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
fn a_thaw_runs_the_hook_even_if_nothing_was_frozen() {
    let scene = Scene::new();
    assert_eq!(scene.thaw(), Ok(0));
    assert_eq!(scene.programs.seen(), ["/hook thaw"]);
    assert!(scene.stillness.seen().is_empty());
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
    scene.freeze = scene.freeze.resumed();
    assert!(scene.freeze.is_on());
    assert_eq!(scene.thaw(), Ok(0));
    assert!(!scene.freeze.is_on());
    assert_eq!(scene.stillness.seen(), ["end after thaw /c"]);
}

#[test]
fn the_null_device_is_no_hook() {
    let mut scene = Scene::new();
    scene.freeze = Freeze::new(Some("/dev/null".into()), Box::new(()));
    assert_eq!(scene.freeze(), Ok(4));
    assert!(scene.programs.seen().is_empty());
}

/// Filesystems one of which, `/a`, says when it is being frozen, and then hangs until it is told to go on.
struct Hanging {
    others: fake::Filesystems,
    reached: mpsc::Sender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Filesystems for Hanging {
    fn freeze(&self, mount_point: &Path) -> Result<Freezing> {
        if mount_point == Path::new("/a") {
            self.reached.send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
        }
        self.others.freeze(mount_point)
    }

    fn thaw(&self, mount_point: &Path) -> Result<bool> {
        self.others.thaw(mount_point)
    }

    fn trim(&self, mount_point: &Path, minimum: u64) -> Result<Trimmed> {
        self.others.trim(mount_point, minimum)
    }
}

#[test]
fn a_thaw_calls_off_a_freeze_that_hangs() {
    let mut scene = Scene::new();
    let ((reached, is_reached), (go_on, goes_on)) = (mpsc::channel(), mpsc::channel());
    let others = scene.filesystems.clone();
    scene.os.filesystems = Box::new(Hanging { others, reached, go_on: Mutex::new(goes_on) });
    let scene = &scene;
    thread::scope(|threads| {
        let freezing = threads.spawn(|| scene.freeze());
        is_reached.recv().unwrap();
        assert!(scene.freeze.is_on());
        assert_eq!(scene.freeze(), Err("another freeze or thaw is being carried out".to_owned()));

        assert_eq!(scene.thaw(), Ok(2));
        assert!(scene.filesystems.frozen().is_empty());
        assert!(!scene.filesystems.seen().contains(&"thaw /a".to_owned()));
        assert!(scene.freeze.is_on(), "one filesystem may still be frozen by the kernel");

        go_on.send(()).unwrap();
        assert_eq!(freezing.join().unwrap(), Err("a thaw has called the freeze off".to_owned()));
    });
    assert!(scene.filesystems.frozen().is_empty());
    assert!(!scene.freeze.is_on());
    assert!(!scene.filesystems.seen().contains(&"freeze /".to_owned()));
    assert_eq!(scene.stillness.seen(), ["begin after nothing", "end after thaw /c"]);
}

#[test]
fn a_thaw_calls_off_a_freeze_whose_hook_runs() {
    /// Has a thaw come while the hook runs before a freeze.
    struct Thawing(Arc<std::sync::OnceLock<Scene>>);
    impl qga_platform::helper::Programs for Thawing {
        fn run(&self, helper: &Helper) -> std::result::Result<(), qga_platform::helper::Failure> {
            if helper.arguments == ["freeze"] {
                assert_eq!(self.0.get().unwrap().thaw(), Ok(0));
            }
            Ok(())
        }
    }
    let place = Arc::new(std::sync::OnceLock::new());
    let mut scene = Scene::new();
    scene.os.programs = Box::new(Thawing(Arc::clone(&place)));
    let scene = place.get_or_init(|| scene);
    assert_eq!(scene.freeze(), Err("a thaw has called the freeze off".to_owned()));
    assert!(scene.filesystems.frozen().is_empty() && !scene.freeze.is_on());
}
