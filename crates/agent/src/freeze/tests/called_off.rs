use super::*;
use qga_platform::freeze::{Filesystems, Freezing, Trimmed};
use qga_platform::helper::{self, Helper, Programs};
use std::sync::{OnceLock, mpsc};
use std::thread;

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
    let scene = Scene::new();
    let ((reached, is_reached), (go_on, goes_on)) = (mpsc::channel(), mpsc::channel());
    let others = scene.filesystems.clone();
    let hanging = Hanging { others, reached, go_on: Mutex::new(goes_on) };
    let scene = &scene.on(|os| os.filesystems = Box::new(hanging));
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
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
}

/// Has a thaw come while the hook runs before a freeze.
struct Thawing {
    scene: Arc<OnceLock<Scene>>,
    others: fake::Programs,
}

impl Programs for Thawing {
    fn run(&self, helper: &Helper) -> std::result::Result<(), helper::Failure> {
        let result = self.others.run(helper);
        if helper.arguments == ["freeze"] {
            assert_eq!(self.scene.get().unwrap().thaw(), Ok(0));
            assert_eq!(self.others.seen(), ["/hook freeze"]);
        }
        result
    }
}

/// What a freeze is told that a thaw overtakes while its hook runs.
fn overtaken(programs: &fake::Programs) -> std::result::Result<usize, String> {
    let place = Arc::new(OnceLock::new());
    let thawing = Thawing { scene: Arc::clone(&place), others: programs.clone() };
    let scene = place.get_or_init(|| Scene::new().on(|os| os.programs = Box::new(thawing)));
    let told = scene.freeze();
    assert!(scene.filesystems.frozen().is_empty() && !scene.freeze.is_on());
    told
}

#[test]
fn a_thaw_calls_off_a_freeze_whose_hook_runs_and_leaves_it_the_hook() {
    let programs = fake::Programs::default();
    assert_eq!(overtaken(&programs), Err("a thaw has called the freeze off".to_owned()));
    assert_eq!(programs.seen(), ["/hook freeze", "/hook thaw"]);
}

#[test]
fn a_hook_that_fails_after_a_thaw_came_is_told_of_the_thaw() {
    let programs = fake::Programs::default().fails("/hook freeze", 1, "no\n");
    let told = "child process has failed to execute fsfreeze hook: no\n";
    assert_eq!(overtaken(&programs), Err(told.to_owned()));
    assert_eq!(programs.seen(), ["/hook freeze", "/hook thaw"]);
}
