use super::*;
use crate::guardian::{Guardian, Notice, Plan};
use qga_platform::freeze::{Filesystems, Freezing, Trimmed};
use qga_platform::helper::Helper;
use qga_platform::{Root, fake};
use qga_wire::reply::Failure;
use std::collections::VecDeque;
use std::sync::mpsc;
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
    freeze: Arc<Freeze>,
    os: Arc<Os>,
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

/// With a hook, and nothing else.
fn rules() -> Rules {
    Rules { hook: Some("/hook".into()), ..Rules::default() }
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
        let freeze = Freeze::new(rules(), Box::new(stillness.clone()), None);
        Scene { freeze: Arc::new(freeze), os: Arc::new(os), filesystems, programs, stillness, tree }
    }

    /// The same with these rules and guardians.
    fn under(self, rules: Rules, guardians: Option<Box<dyn Guardians>>) -> Scene {
        let freeze = Freeze::new(rules, Box::new(self.stillness.clone()), guardians);
        Scene { freeze: Arc::new(freeze), ..self }
    }

    /// The same, but for what the system has.
    fn on(self, change: impl FnOnce(&mut Os)) -> Scene {
        let mut os = Arc::into_inner(self.os).unwrap();
        change(&mut os);
        Scene { os: Arc::new(os), ..self }
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
    scene.freeze = Arc::new(Arc::into_inner(scene.freeze).unwrap().resumed());
    assert!(scene.freeze.is_on());
    assert_eq!(scene.thaw(), Ok(0));
    assert!(!scene.freeze.is_on());
    assert_eq!(scene.stillness.seen(), ["end after thaw /c"]);
}

#[test]
fn the_null_device_is_no_hook() {
    let scene = Scene::new().under(Rules { hook: Some("/dev/null".into()), ..Rules::default() }, None);
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
    let thawing = Thawing(Arc::clone(&place));
    let scene = place.get_or_init(|| Scene::new().on(|os| os.programs = Box::new(thawing)));
    assert_eq!(scene.freeze(), Err("a thaw has called the freeze off".to_owned()));
    assert!(scene.filesystems.frozen().is_empty() && !scene.freeze.is_on());
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

/// What the report says: the mount point, what became of it, and why.
fn told(account: &FreezeAccount) -> Vec<String> {
    let line = |entry: &qga_wire::family::freeze::FilesystemFreeze| {
        let since = if entry.since.is_some() { " since" } else { "" };
        let reason = entry.reason.as_ref().map(|reason| format!(": {reason}"));
        format!("{} {:?}{since}{}", entry.mountpoint, entry.outcome, reason.unwrap_or_default())
    };
    account.filesystems.iter().map(line).collect()
}

#[test]
fn the_report_tells_what_became_of_each_filesystem() {
    let filesystems = fake::Filesystems::default().lacks("/a/sub");
    let exclude = vec![Pattern::new("/c").unwrap()];
    let scene = Scene::with(filesystems, fake::Programs::default());
    let scene = scene.under(Rules { exclude, ..rules() }, None);
    assert!(scene.freeze.account().began.is_none());
    scene.filesystems.freeze(Path::new("/a")).unwrap();
    assert_eq!(scene.freeze(), Ok(1));
    let account = scene.freeze.account();
    let expected = ["/c Skipped", "/a/sub Unsupported", "/a AlreadyFrozen", "/ Frozen since"];
    assert_eq!(told(&account), expected);
    assert!(account.began.is_some() && account.ended.is_none());
    assert_eq!(scene.thaw(), Ok(2));
    let account = scene.freeze.account();
    assert_eq!((account.end, told(&account).len()), (Some(FreezeEnd::Thaw), 4));
    assert!(account.ended.is_some());
}

#[test]
fn the_report_of_a_freeze_that_failed_tells_where_and_why() {
    let scene = Scene::with(fake::Filesystems::default().fails("/a"), fake::Programs::default());
    scene.freeze().unwrap_err();
    let account = scene.freeze.account();
    let failed = "/a Failed: failed to freeze /a: Input/output error";
    assert_eq!(told(&account), ["/c Frozen since", "/a/sub Frozen since", failed, "/ Waiting"]);
    assert_eq!(account.end, Some(FreezeEnd::Failure));
}

/// Guardians that say what the test has them say, and note what they are told.
#[derive(Clone, Default)]
struct Fakes {
    notes: Arc<Mutex<Vec<String>>>,
    /// What is said to the agent, by the first guardian and by those after it.
    lines: Arc<Mutex<VecDeque<mpsc::Receiver<Notice>>>>,
}

struct Fake {
    notes: Arc<Mutex<Vec<String>>>,
    line: Mutex<mpsc::Receiver<Notice>>,
    dismissal: mpsc::Sender<()>,
    dismissed: Mutex<mpsc::Receiver<()>>,
}

impl Fakes {
    /// One more guardian will be ready when it is asked for; what is sent here it says.
    fn one_more(&self) -> mpsc::Sender<Notice> {
        let (say, line) = mpsc::channel();
        self.lines.lock().unwrap().push_back(line);
        say
    }

    fn seen(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }
}

impl Guardians for Fakes {
    fn start(&self, plan: &Plan) -> std::result::Result<Arc<dyn Guardian>, String> {
        let line = self.lines.lock().unwrap().pop_front().ok_or("no guardian")?;
        self.notes.lock().unwrap().push(format!("guards {:?}", plan.mount_points));
        let (dismissal, dismissed) = mpsc::channel();
        let (line, dismissed) = (Mutex::new(line), Mutex::new(dismissed));
        Ok(Arc::new(Fake { notes: Arc::clone(&self.notes), line, dismissal, dismissed }))
    }
}

impl Guardian for Fake {
    /// It is gone when the test will say no more, or when it is dismissed, of which the test takes care.
    fn hear(&self) -> Option<Notice> {
        let said = self.line.lock().unwrap().recv().ok();
        if said == Some(Notice::Ready) {
            self.dismissed.lock().unwrap().recv().unwrap();
            return None;
        }
        said
    }

    fn take_over(&self) {
        self.notes.lock().unwrap().push("taken over".to_owned());
    }

    fn dismiss(&self) {
        self.notes.lock().unwrap().push("dismissed".to_owned());
        self.dismissal.send(()).unwrap();
    }
}

/// A scene with guardians; each of them says what its sender is given.
fn guarded(count: usize) -> (Scene, Fakes, Vec<mpsc::Sender<Notice>>) {
    let fakes = Fakes::default();
    let says = (0..count).map(|_| fakes.one_more()).collect();
    let scene = Scene::new().under(rules(), Some(Box::new(fakes.clone())));
    (scene, fakes, says)
}

/// Enough for any machine.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn what_is_frozen_has_a_guardian_until_it_is_thawed() {
    let (scene, fakes, says) = guarded(1);
    says[0].send(Notice::Ready).unwrap();
    assert_eq!(scene.freeze_list(&["/a", "/c"]), 2);
    assert_eq!(fakes.seen(), [r#"guards ["/a", "/c"]"#]);
    assert_eq!(scene.thaw(), Ok(2));
    assert_eq!(fakes.seen()[1..], ["dismissed"]);
}

#[test]
fn nothing_is_frozen_without_a_guardian() {
    let (scene, _, _) = guarded(0);
    assert_eq!(scene.freeze(), Err("no guardian".to_owned()));
    assert!(scene.filesystems.frozen().is_empty() && !scene.freeze.is_on());
    assert_eq!(scene.programs.seen(), ["/hook freeze", "/hook thaw"]);
}

#[test]
fn nothing_to_freeze_needs_no_guardian() {
    let (scene, _, _) = guarded(0);
    assert_eq!(scene.freeze_list(&["/b"]), 0);
}

#[test]
fn a_failed_freeze_dismisses_its_guardian() {
    let (scene, fakes, says) = guarded(1);
    says[0].send(Notice::Ready).unwrap();
    scene.on(|os| os.filesystems = Box::new(fake::Filesystems::default().fails("/a"))).freeze().unwrap_err();
    assert_eq!(fakes.seen()[1..], ["dismissed"]);
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
        assert_eq!(fakes.seen()[1..], ["taken over", "dismissed"]);
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
    qga_testkit::wait_until("another guardian", || Ok((fakes.seen().len() == 2).then_some(()))).unwrap();
    assert_eq!(fakes.seen()[1], r#"guards ["/c"]"#);
    assert_eq!(scene.filesystems.frozen(), ["/c"]);
    says[0].send(Notice::Ready).unwrap();
    assert_eq!(scene.thaw(), Ok(1));
    scene.watch_is_over();
}

#[test]
fn without_any_guardian_left_the_agent_keeps_the_deadline_itself() {
    let fakes = Fakes::default();
    drop(fakes.one_more());
    let rules = Rules { limit: Some(Duration::from_millis(1)), ..rules() };
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
