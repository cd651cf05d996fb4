use super::*;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tempfile::TempDir;

/// A directory `open`, in which everything is permitted, and one beside it, in which nothing is.
struct Scene {
    top: TempDir,
}

impl Scene {
    fn new() -> Scene {
        let top = tempfile::tempdir().unwrap();
        for directory in ["open", "shut"] {
            fs::create_dir(top.path().join(directory)).unwrap();
            fs::write(top.path().join(directory).join("file"), directory).unwrap();
        }
        Scene { top }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.top.path().join(path)
    }

    fn open(&self, path: &str, mode: &str) -> Result<File, Refusal> {
        let open = fs::canonicalize(self.path("open")).unwrap();
        let permits = |path: &Path| path.starts_with(&open);
        open_confined(self.path(path).to_str().unwrap(), OpenMode::parse(mode).unwrap(), mode, &permits)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let mut text = String::new();
        self.open(path, "r").map_err(|refusal| self.told(refusal))?.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    fn refusal(&self, path: &str, mode: &str) -> String {
        self.told(self.open(path, mode).unwrap_err())
    }

    fn told(&self, refusal: Refusal) -> String {
        let text = match refusal {
            Refusal::NotPermitted(text) => format!("not permitted: {text}"),
            Refusal::System(error) => error.to_string(),
        };
        text.replace(&format!("{}/", fs::canonicalize(self.top.path()).unwrap().display()), "")
    }
}

#[test]
fn what_is_permitted_is_opened_as_without_rules() {
    let scene = Scene::new();
    assert_eq!(scene.read("open/file").as_deref(), Ok("open"));
    fs::set_permissions(scene.path("open/file"), fs::Permissions::from_mode(0o640)).unwrap();
    scene.open("open/file", "a").unwrap().write_all(b"ed").unwrap();
    assert_eq!(scene.read("open/file").as_deref(), Ok("opened"));
    scene.open("open/file", "r+").unwrap().write_all(b"O").unwrap();
    assert_eq!(scene.read("open/file").as_deref(), Ok("Opened"));
    drop(scene.open("open/file", "w").unwrap());
    assert_eq!(scene.read("open/file").as_deref(), Ok(""));
    let mode = |path: &str| fs::metadata(scene.path(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode("open/file"), 0o640);
    scene.open("open/new", "a+").unwrap().write_all(b"new").unwrap();
    assert_eq!((mode("open/new"), scene.read("open/new").as_deref()), (0o666, Ok("new")));
}

#[test]
fn what_is_not_permitted_is_neither_opened_nor_changed_nor_made() {
    let scene = Scene::new();
    for mode in ["r", "w", "a", "r+", "w+", "a+"] {
        assert_eq!(scene.refusal("shut/file", mode), "not permitted: shut/file");
        assert_eq!(scene.refusal("open/../shut/file", mode), "not permitted: shut/file");
    }
    for mode in ["w", "a"] {
        assert_eq!(scene.refusal("shut/new", mode), "not permitted: shut/new");
        assert_eq!(scene.refusal("open/../shut/new", mode), "not permitted: shut/new");
    }
    assert_eq!(fs::read(scene.path("shut/file")).unwrap(), b"shut");
    assert_eq!(fs::read_dir(scene.path("shut")).unwrap().count(), 1);
}

#[test]
fn links_are_followed_to_where_they_lead() {
    let scene = Scene::new();
    symlink("../shut/file", scene.path("open/out")).unwrap();
    symlink("../shut", scene.path("open/directory")).unwrap();
    symlink("../shut/new", scene.path("open/nowhere")).unwrap();
    symlink("../open/file", scene.path("shut/in")).unwrap();
    assert_eq!(scene.refusal("open/out", "w"), "not permitted: shut/file");
    assert_eq!(scene.refusal("open/directory/file", "r"), "not permitted: shut/file");
    assert_eq!(scene.refusal("open/directory/new", "w"), "not permitted: shut/new");
    assert!(
        scene.refusal("open/nowhere", "w").ends_with("open/nowhere' (mode: 'w'): No such file or directory")
    );
    assert_eq!(scene.read("shut/in").as_deref(), Ok("open"));
    assert_eq!(fs::read_dir(scene.path("shut")).unwrap().count(), 2);
}

#[test]
fn a_file_with_another_name_is_refused() {
    let scene = Scene::new();
    fs::hard_link(scene.path("shut/file"), scene.path("open/other")).unwrap();
    let expected = "not permitted: open/other: it has other names (hard links)";
    assert_eq!(["r", "w", "a"].map(|mode| scene.refusal("open/other", mode)), [expected; 3]);
    assert_eq!(fs::read(scene.path("shut/file")).unwrap(), b"shut");
}

#[test]
fn links_of_proc_to_open_files_are_not_followed() {
    let scene = Scene::new();
    let held = File::open(scene.path("shut/file")).unwrap();
    let permitted = File::open(scene.path("open/file")).unwrap();
    for path in [
        format!("/proc/self/fd/{}", held.as_raw_fd()),
        format!("/proc/self/fd/{}", permitted.as_raw_fd()),
        format!("/proc/self/root{}", scene.path("open/file").display()),
    ] {
        assert!(scene.refusal(&path, "r").ends_with("Too many symbolic links encountered"), "{path}");
    }
}

#[test]
fn only_regular_files_are_opened() {
    let scene = Scene::new();
    nix::unistd::mkfifo(&scene.path("open/pipe"), Mode::S_IRWXU).unwrap();
    assert_eq!(scene.refusal("open/pipe", "r"), "not permitted: open/pipe: not a regular file");
    assert_eq!(scene.refusal("open", "r"), "not permitted: open: not a regular file");
    for path in ["open/", "open/new/", "open/new/.", "open/.."] {
        assert!(scene.open(path, "w").is_err(), "{path}");
    }
}

#[test]
fn what_is_missing_is_told_where_it_may_be_looked_for() {
    let scene = Scene::new();
    assert!(
        scene.refusal("open/absent", "r").ends_with("open/absent' (mode: 'r'): No such file or directory")
    );
    assert!(scene.refusal("open/file/absent", "r").ends_with(": Not a directory"));
    for path in ["shut/absent", "shut/absent/absent", "open/../shut/absent", "open/../absent"] {
        for mode in ["r", "w"] {
            assert!(scene.refusal(path, mode).starts_with("not permitted: "), "{path}");
        }
    }
}

#[test]
fn what_has_been_removed_is_told_from_what_has_one_name() {
    let scene = Scene::new();
    let file: OwnedFd = File::open(scene.path("open/file")).unwrap().into();
    fs::hard_link(scene.path("open/file"), scene.path("shut/other")).unwrap();
    fs::remove_file(scene.path("open/file")).unwrap();
    assert!(matches!(check(&file, &|_| true), Err(Denied(why)) if why.ends_with("removed")));
}

/// How many opens the race takes; `QGA_RACE` sets another number, for a long run by hand.
const OPENS: usize = 20_000;

#[test]
fn nobody_gets_out_by_swapping_a_directory_for_a_link() {
    let scene = Scene::new();
    let (way, aside) = (scene.path("open/way"), scene.path("open/aside"));
    fs::create_dir(&way).unwrap();
    fs::write(way.join("file"), "open").unwrap();
    let link = scene.path("open/link");
    let opens = std::env::var("QGA_RACE").ok().and_then(|text| text.parse().ok()).unwrap_or(OPENS);
    let over = AtomicBool::new(false);
    let mut opened = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                fs::rename(&way, &aside).unwrap();
                symlink("../shut", &way).unwrap();
                fs::rename(&way, &link).unwrap();
                fs::rename(&aside, &way).unwrap();
                fs::remove_file(&link).unwrap();
            }
        });
        for number in 0..opens {
            // Every other time what is looked for is not there, and would be made.
            let (name, mode) = if number % 2 == 0 { ("open/way/file", "r+") } else { ("open/way/new", "w") };
            if let Ok(mut file) = scene.open(name, mode) {
                let mut text = String::new();
                let read = if mode == "r+" { file.read_to_string(&mut text).unwrap() } else { 0 };
                assert!(read == 0 || text == "open");
                opened += 1;
            }
            // What was made where it may be, so that it is looked for in vain again.
            for directory in ["open/way", "open/aside"] {
                let _ = fs::remove_file(scene.path(directory).join("new"));
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(opened > 0);
    assert_eq!(fs::read(scene.path("shut/file")).unwrap(), b"shut");
    assert_eq!(fs::read_dir(scene.path("shut")).unwrap().count(), 1);
}
