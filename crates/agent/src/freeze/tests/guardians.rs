use super::*;
use crate::guardian::{Guardian, Notice, Plan};
use std::collections::VecDeque;
use std::sync::mpsc;

/// Guardians that say what the test has them say, and note what they are told.
#[derive(Clone, Default)]
pub(super) struct Fakes {
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
        let (dismissal, dismissed) = mpsc::channel();
        let (line, dismissed) = (Mutex::new(line), Mutex::new(dismissed));
        Ok(Arc::new(Fake { notes: Arc::clone(&self.notes), line, dismissal, dismissed }))
    }
}

impl Guardian for Fake {
    fn guard(&self, plan: &Plan) -> std::result::Result<(), String> {
        self.notes.lock().unwrap().push(format!("guards {:?}", plan.mount_points));
        Ok(())
    }

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
pub(super) fn guarded(count: usize) -> (Scene, Fakes, Vec<mpsc::Sender<Notice>>) {
    let fakes = Fakes::default();
    let says = (0..count).map(|_| fakes.one_more()).collect();
    let scene = Scene::new().under(rules(), Some(Box::new(fakes.clone())));
    (scene, fakes, says)
}
