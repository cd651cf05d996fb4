//! On real directories, which belong to a user without privileges: nobody where the tests run as root.

use super::*;
use crate::capability::{self, Capabilities};
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::unistd::{Gid, Uid, chown, mkfifo};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tempfile::TempDir;

const NOBODY: u32 = 65_534;

/// A user whose rights the tests can take on.
pub(super) fn somebody(home: &Path) -> Account {
    let (uid, gid) = match (Uid::effective(), Gid::effective()) {
        (uid, _) if uid.is_root() => (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY)),
        own => own,
    };
    Account { name: "amy".to_owned(), uid, gid, groups: vec![gid], home: home.to_owned() }
}

/// A system with the home directory /home/amy, which is empty.
struct Scene {
    tree: TempDir,
    root: Root,
    account: Account,
}

impl Scene {
    fn new() -> Scene {
        let tree = tempfile::tempdir().unwrap();
        fs::set_permissions(tree.path(), Permissions::from_mode(0o755)).unwrap();
        let account = somebody(Path::new("/home/amy"));
        let scene = Scene { root: Root::at(tree.path()), tree, account };
        fs::create_dir_all(scene.at("home")).unwrap();
        scene.owned_directory("home/amy", 0o755);
        scene
    }

    /// With these lines in the file.
    fn with(content: &str) -> Scene {
        let scene = Scene::new();
        scene.owned_directory("home/amy/.ssh", 0o700);
        fs::write(scene.file(), content).unwrap();
        fs::set_permissions(scene.file(), Permissions::from_mode(0o600)).unwrap();
        scene.own(&scene.file());
        scene
    }

    fn at(&self, path: &str) -> PathBuf {
        self.tree.path().join(path)
    }

    fn file(&self) -> PathBuf {
        self.at("home/amy/.ssh/authorized_keys")
    }

    fn content(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn own(&self, path: &Path) {
        chown(path, Some(self.account.uid), Some(self.account.gid)).unwrap();
    }

    fn owned_directory(&self, path: &str, mode: u32) {
        fs::create_dir(self.at(path)).unwrap();
        fs::set_permissions(self.at(path), Permissions::from_mode(mode)).unwrap();
        self.own(&self.at(path));
    }

    /// Something that the user may not read: it belongs to root, or nobody may.
    fn secret(&self) -> PathBuf {
        let path = self.at("secret");
        fs::write(&path, "root's").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
        path
    }

    fn get(&self) -> Result<Vec<String>> {
        authorized_keys(&self.root, &self.account)
    }

    fn add(&self, keys: &[&str]) -> Result<()> {
        add(&self.root, &self.account, &owned(keys), Existing::Keep)
    }

    fn reset(&self, keys: &[&str]) -> Result<()> {
        add(&self.root, &self.account, &owned(keys), Existing::Drop)
    }

    fn remove(&self, keys: &[&str]) -> Result<()> {
        remove(&self.root, &self.account, &owned(keys))
    }

    /// What each of the commands says when something is wrong with the directory or the file.
    fn refusals(&self) -> [String; 4] {
        [self.get().map(drop), self.add(&["new"]), self.reset(&["new"]), self.remove(&["old"])]
            .map(|result| result.unwrap_err().to_string())
    }

    /// The file's mode and owner.
    fn marks(&self) -> (u32, u32, u32) {
        let found = fs::metadata(self.file()).unwrap();
        (found.mode() & 0o7777, found.uid(), found.gid())
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.at("home/amy/.ssh")).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn unopened(reason: &str) -> String {
    let file = "/home/amy/.ssh/authorized_keys";
    format!("failed to read '{file}': Failed to open file \u{201C}{file}\u{201D}: {reason}")
}

#[test]
fn keys_are_added_listed_and_removed() {
    let scene = Scene::new();
    scene.add(&["ssh-ed25519 AAA one"]).unwrap();
    scene.add(&["ssh-ed25519 AAA one", "ssh-rsa BBB two", "ssh-rsa BBB two"]).unwrap();
    assert_eq!(scene.get().unwrap(), ["ssh-rsa BBB two", "ssh-ed25519 AAA one"]);
    scene.remove(&["ssh-ed25519 AAA one", "absent"]).unwrap();
    assert_eq!(scene.content(), "ssh-rsa BBB two\n");
    scene.reset(&["k3"]).unwrap();
    assert_eq!(scene.content(), "k3\n");
    scene.reset(&[]).unwrap();
    assert_eq!((scene.content().as_str(), scene.get().unwrap()), ("", vec![]));
    assert_eq!(scene.names(), ["authorized_keys"], "nothing is left behind");
}

#[test]
fn what_is_made_belongs_to_the_user_alone() {
    let scene = Scene::new();
    scene.add(&["key"]).unwrap();
    let (uid, gid) = (scene.account.uid.as_raw(), scene.account.gid.as_raw());
    let directory = fs::metadata(scene.at("home/amy/.ssh")).unwrap();
    assert_eq!((directory.mode() & 0o7777, directory.uid(), directory.gid()), (0o700, uid, gid));
    assert_eq!(scene.marks(), (0o600, uid, gid));
}

#[test]
fn a_file_keeps_its_mode_and_is_replaced_only_if_it_changes() {
    let scene = Scene::with("a\n");
    fs::set_permissions(scene.file(), Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(scene.file()).unwrap().ino();
    let mut reader = fs::File::open(scene.file()).unwrap();
    scene.add(&["a"]).unwrap();
    scene.remove(&["b"]).unwrap();
    assert_eq!(fs::metadata(scene.file()).unwrap().ino(), before);
    scene.add(&["b"]).unwrap();
    assert_ne!(fs::metadata(scene.file()).unwrap().ino(), before);
    assert_eq!((scene.content().as_str(), scene.marks().0), ("a\nb\n", 0o640));
    let mut old = String::new();
    std::io::Read::read_to_string(&mut reader, &mut old).unwrap();
    assert_eq!(old, "a\n", "who reads the old file sees none of the change");
}

#[test]
fn without_a_file_there_is_nothing_to_list_and_nothing_to_remove() {
    let scene = Scene::new();
    assert_eq!(scene.get().unwrap_err().to_string(), unopened("No such file or directory"));
    scene.remove(&["a"]).unwrap();
    assert!(!scene.at("home/amy/.ssh").exists());
}

#[test]
fn without_a_home_nothing_is_made() {
    let mut scene = Scene::new();
    scene.account.home = "/home/none".into();
    let told = scene.add(&["a"]).unwrap_err().to_string();
    assert_eq!(told, "failed to create directory '/home/none/.ssh': No such file or directory");
    scene.remove(&["a"]).unwrap();
    assert!(!scene.at("home/none").exists());
}

#[test]
fn a_home_that_is_not_the_users_stays_as_it_is() {
    let scene = Scene::new();
    fs::set_permissions(scene.at("home/amy"), Permissions::from_mode(0o555)).unwrap();
    if Uid::effective().is_root() {
        chown(&scene.at("home/amy"), Some(Uid::from_raw(0)), Some(Gid::from_raw(0))).unwrap();
    }
    let told = scene.add(&["a"]).unwrap_err().to_string();
    assert_eq!(told, "failed to create directory '/home/amy/.ssh': Permission denied");
    assert!(!scene.at("home/amy/.ssh").exists());
}

#[test]
fn a_link_for_the_directory_is_not_followed() {
    let scene = Scene::new();
    scene.owned_directory("elsewhere", 0o777);
    fs::write(scene.at("elsewhere/authorized_keys"), "old\n").unwrap();
    symlink(scene.at("elsewhere"), scene.at("home/amy/.ssh")).unwrap();
    assert_eq!(scene.refusals(), [(); 4].map(|()| unopened("Not a directory")));
    assert_eq!(fs::read_to_string(scene.at("elsewhere/authorized_keys")).unwrap(), "old\n");
}

#[test]
fn a_link_for_the_file_is_neither_followed_nor_replaced() {
    let scene = Scene::with("");
    for target in [scene.at("elsewhere"), scene.at("absent"), "/proc/self/environ".into()] {
        fs::remove_file(scene.file()).unwrap();
        fs::write(scene.at("elsewhere"), "old\n").unwrap();
        symlink(&target, scene.file()).unwrap();
        assert_eq!(scene.refusals(), [(); 4].map(|()| unopened("Too many levels of symbolic links")));
        assert_eq!(fs::read_link(scene.file()).unwrap(), target);
        assert_eq!(fs::read_to_string(scene.at("elsewhere")).unwrap(), "old\n");
    }
}

#[test]
fn a_pipe_a_socket_or_a_directory_in_place_of_the_file_holds_nobody_up() {
    let scene = Scene::with("");
    fs::remove_file(scene.file()).unwrap();
    let irregular = "failed to read '/home/amy/.ssh/authorized_keys': it is not a regular file";

    mkfifo(&scene.file(), nix::sys::stat::Mode::from_bits_truncate(0o666)).unwrap();
    scene.own(&scene.file());
    assert_eq!(scene.refusals(), [irregular; 4]);
    fs::remove_file(scene.file()).unwrap();

    let _socket = UnixListener::bind(scene.file()).unwrap();
    assert_eq!(scene.refusals(), [(); 4].map(|()| unopened("No such device or address")));
    fs::remove_file(scene.file()).unwrap();

    scene.owned_directory("home/amy/.ssh/authorized_keys", 0o755);
    assert_eq!(scene.refusals(), [irregular; 4]);
}

#[test]
fn something_else_in_place_of_the_directory_is_told() {
    let scene = Scene::new();
    fs::write(scene.at("home/amy/.ssh"), "").unwrap();
    assert_eq!(scene.refusals(), [(); 4].map(|()| unopened("Not a directory")));
}

#[test]
fn a_file_that_the_user_may_not_read_is_not_read_under_another_name() {
    let scene = Scene::with("");
    fs::remove_file(scene.file()).unwrap();
    fs::hard_link(scene.secret(), scene.file()).unwrap();
    assert_eq!(scene.refusals(), [(); 4].map(|()| unopened("Permission denied")));
}

#[test]
fn an_agent_that_may_only_look_reads_what_the_user_could() {
    if !Uid::effective().is_root() {
        return;
    }
    let with_few_rights = |scene: &Scene| {
        thread::scope(|scope| {
            let look = || {
                capability::limit(Capabilities::DAC_READ_SEARCH).unwrap();
                scene.get().map_err(|error| error.to_string())
            };
            scope.spawn(look).join().unwrap()
        })
    };
    let scene = Scene::with("a\n");
    assert_eq!(with_few_rights(&scene), Ok(owned(&["a"])));
    fs::remove_file(scene.file()).unwrap();
    fs::hard_link(scene.secret(), scene.file()).unwrap();
    assert_eq!(with_few_rights(&scene), Err(unopened("Permission denied")));
}

#[test]
fn a_second_name_of_the_file_keeps_the_old_content() {
    let scene = Scene::with("a\n");
    fs::hard_link(scene.file(), scene.at("elsewhere")).unwrap();
    scene.add(&["b"]).unwrap();
    assert_eq!(scene.content(), "a\nb\n");
    assert_eq!(fs::read_to_string(scene.at("elsewhere")).unwrap(), "a\n");
}

#[test]
fn a_file_beyond_all_measure_is_not_read_but_can_be_reset() {
    let scene = Scene::with("");
    fs::File::options().write(true).open(scene.file()).unwrap().set_len(1 << 40).unwrap();
    let large = "failed to read '/home/amy/.ssh/authorized_keys': it is larger than 1048576 bytes";
    for result in [scene.get().map(drop), scene.add(&["a"]), scene.remove(&["a"])] {
        assert_eq!(result.unwrap_err().to_string(), large);
    }
    scene.reset(&["a"]).unwrap();
    assert_eq!(scene.content(), "a\n");
    let told = scene.add(&[&"x".repeat(1 << 20)]).unwrap_err().to_string();
    assert_eq!(
        told,
        "failed to write to '/home/amy/.ssh/authorized_keys': it would be larger than 1048576 bytes"
    );
}

#[test]
fn what_lies_in_the_way_of_the_new_file_is_not_written_to() {
    let scene = Scene::with("a\n");
    symlink(scene.at("elsewhere"), scene.at("home/amy/.ssh/.authorized_keys.0")).unwrap();
    scene.add(&["b"]).unwrap();
    assert_eq!(scene.content(), "a\nb\n");
    assert!(!scene.at("elsewhere").exists());
}

#[test]
fn requests_at_the_same_time_all_count() {
    let scene = Scene::new();
    let keys: Vec<String> = (0..8).map(|number| format!("key {number}")).collect();
    thread::scope(|scope| {
        for key in &keys {
            // A busy machine may let one wait so long that it is told to try again.
            scope.spawn(|| {
                while let Err(error) = scene.add(&[key.as_str()]) {
                    assert!(error.to_string().contains("an earlier request"), "{error}");
                }
            });
        }
    });
    let mut told = scene.get().unwrap();
    told.sort();
    assert_eq!(told, keys);
    assert_eq!(scene.names(), ["authorized_keys"]);
}

#[test]
fn swapping_things_under_the_agents_hands_leads_it_nowhere_else() {
    let scene = Scene::with("a\n");
    scene.owned_directory("victim", 0o777);
    fs::write(scene.at("victim/authorized_keys"), "old\n").unwrap();
    let (directory, link) = (scene.at("home/amy/.ssh"), scene.at("home/amy/link"));
    symlink(scene.at("victim"), &link).unwrap();
    let over = AtomicBool::new(false);
    let met = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                renameat2(AT_FDCWD, &directory, AT_FDCWD, &link, RenameFlags::RENAME_EXCHANGE).unwrap();
            }
        });
        let met: Vec<_> =
            (0..300).map(|number| (scene.add(&[&format!("key {number}")]), scene.get())).collect();
        over.store(true, Ordering::Relaxed);
        met
    });
    for (added, told) in met {
        let errors = added.as_ref().err().into_iter().chain(told.as_ref().err());
        assert!(errors.into_iter().all(|error| error.to_string() == unopened("Not a directory")));
        assert!(!told.is_ok_and(|keys| keys.contains(&"old".to_owned())));
    }
    assert_eq!(fs::read_to_string(scene.at("victim/authorized_keys")).unwrap(), "old\n");
    assert_eq!(fs::read_dir(scene.at("victim")).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_a_key_is_refused() {
    for key in ["#c", "a\nb", "a\0b"] {
        let told = check(&owned(&["good", key])).unwrap_err().to_string();
        assert_eq!(told, format!("invalid OpenSSH public key: '{key}'"));
    }
    check(&owned(&["", "  ", " # not first", "ssh-rsa AAA # comment", "a\rb"])).unwrap();
}
