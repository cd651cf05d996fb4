mod called_off;
mod guarded;
mod guardians;
mod hook;
mod report;
mod whole;

use super::*;
use qga_platform::{Root, fake};
use qga_wire::reply::Failure;
use std::fs;

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
