use super::*;
use crate::guardian::{Guardian, Notice, Plan};
use qga_platform::freeze::Filesystems;
use std::collections::VecDeque;
use std::sync::mpsc;

/// Guardians that say what the test has them say, and note what they are told.
#[derive(Clone, Default)]
pub(super) struct Fakes {
    notes: Arc<Mutex<Vec<String>>>,
    /// What is said to the agent, by the first guardian and by those after it.
    lines: Arc<Mutex<VecDeque<mpsc::Receiver<Notice>>>>,
    /// What a guardian thaws, of which it guards all but the root.
    pub(super) filesystems: fake::Filesystems,
}

struct Fake {
    notes: Arc<Mutex<Vec<String>>>,
    line: Mutex<mpsc::Receiver<Notice>>,
    /// What it says by itself; `None` when it is gone.
    answers: Mutex<VecDeque<Option<Notice>>>,
    filesystems: fake::Filesystems,
}

impl Fakes {
    /// One more guardian will be ready when it is asked for; what is sent here it says.
    pub(super) fn one_more(&self) -> mpsc::Sender<Notice> {
        let (say, line) = mpsc::channel();
        self.lines.lock().unwrap().push_back(line);
        say
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }
}

impl Guardians for Fakes {
    fn start(&self, _rules: &Rules) -> std::result::Result<Arc<dyn Guardian>, String> {
        let line = self.lines.lock().unwrap().pop_front().ok_or("no guardian")?;
        self.notes.lock().unwrap().push("started".to_owned());
        let (notes, filesystems) = (Arc::clone(&self.notes), self.filesystems.clone());
        Ok(Arc::new(Fake { notes, line: Mutex::new(line), answers: Mutex::default(), filesystems }))
    }
}

impl Guardian for Fake {
    fn guard(&self, plan: &Plan) -> std::result::Result<(), String> {
        self.notes.lock().unwrap().push(format!("guards {:?}", plan.mount_points));
        Ok(())
    }

    fn thaw(&self) {
        self.notes.lock().unwrap().push("thaws".to_owned());
        let guarded = self.filesystems.frozen().into_iter().filter(|mount_point| mount_point != "/");
        let thawed = guarded.filter(|mount_point| self.filesystems.thaw(Path::new(mount_point)).unwrap());
        self.answers.lock().unwrap().push_back(Some(Notice::Thawed(thawed.count())));
    }

    /// It is gone when the test will say no more, or when it is dismissed.
    fn hear(&self) -> Option<Notice> {
        loop {
            if let Some(answer) = self.answers.lock().unwrap().pop_front() {
                return answer;
            }
            match self.line.lock().unwrap().recv_timeout(Duration::from_millis(1)) {
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                said => return said.ok(),
            }
        }
    }

    fn take_over(&self) {
        self.notes.lock().unwrap().push("taken over".to_owned());
    }

    fn dismiss(&self) {
        self.notes.lock().unwrap().push("dismissed".to_owned());
        self.answers.lock().unwrap().push_back(None);
    }
}

/// A scene with guardians; each of them says what its sender is given.
pub(super) fn guarded(count: usize) -> (Scene, Fakes, Vec<mpsc::Sender<Notice>>) {
    let fakes = Fakes::default();
    let says = (0..count).map(|_| fakes.one_more()).collect();
    let scene = Scene::new().under(rules(), Some(Box::new(fakes.clone())));
    (scene, fakes, says)
}
