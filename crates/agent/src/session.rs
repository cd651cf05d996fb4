//! One client, its requests in order.
//!
//! The thread that reads a request runs it and writes its answer. Before it runs a command that may hang it
//! puts the input down, where the [supervisor](crate::supervisor) finds it when the command takes too long
//! and has a fresh thread read on. What that one reads waits in order behind the command that runs; once a
//! sync is among it, the stuck command is abandoned: its thread's answer is dropped, and the turn passes to
//! what waits.
//!
//! Answers to requests that came together go out together, but none waits for more input, nor for a command
//! that may hang.

mod input;
mod turn;

pub use input::Input;

use crate::agent::Agent;
use crate::dispatch::{Call, Reply};
use crate::supervisor::Supervisor;
use qga_platform::strerror;
use qga_transport::{Channel, Peer, Sender};
use qga_wire::json::Line;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use turn::{Admission, Ending, Epoch, Relief, Turn};

/// How long a command may run before a sync no longer waits for it.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// So many bytes of answers are sent without waiting for more; room for twice as many is kept for the next.
const ENOUGH: usize = 128 << 10;

/// One client's place: what the threads that attend to it share.
pub struct Session {
    agent: Arc<Agent>,
    supervisor: Arc<Supervisor>,
    peer: Arc<Peer>,
    turn: Mutex<Turn<Input>>,
    /// Somebody made room among the requests that wait.
    room: Condvar,
    sender: Mutex<Sender>,
    ended: mpsc::Sender<io::Result<()>>,
}

impl Session {
    /// Attends to a channel on a thread of its own. What ends the reading is told to `ended`: `Ok` when the
    /// client is gone. The channel closes when all that was read before is answered.
    pub fn start(
        agent: Arc<Agent>,
        supervisor: Arc<Supervisor>,
        channel: Channel,
        ended: mpsc::Sender<io::Result<()>>,
    ) -> io::Result<()> {
        let peer = Arc::new(channel.peer().clone());
        let (receiver, sender) = channel.split();
        let session = Arc::new(Session {
            agent,
            supervisor,
            peer,
            turn: Mutex::new(Turn::new()),
            room: Condvar::new(),
            sender: Mutex::new(sender),
            ended,
        });
        session.supervisor.register(&session);
        let input = Input::new(receiver);
        spawn(move || session.attend(input))
    }

    fn attend(self: Arc<Session>, mut input: Input) {
        let mut answers = Vec::new();
        loop {
            let call = match self.next(&mut input, &mut answers) {
                Ok(Some(call)) => call,
                Ok(None) => return self.end(Ok(())),
                Err(error) => return self.end(Err(error)),
            };
            let admission = self.turn().admit(call, Instant::now());
            let returned = match admission {
                Admission::Runs(call, epoch) => self.run(call, epoch, Some(input), &mut answers),
                Admission::TakesOver(call, epoch) => {
                    self.note_hanging("begun anew");
                    self.run(call, epoch, Some(input), &mut answers)
                }
                Admission::Waits => {
                    self.supervisor.wake();
                    self.wait_for_room();
                    Some(input)
                }
            };
            match returned {
                Some(returned) => input = returned,
                None => return,
            }
        }
    }

    /// The next request. What is answered goes out before it waits for one.
    fn next(&self, input: &mut Input, answers: &mut Vec<u8>) -> io::Result<Option<Call>> {
        if let Some(call) = input.at_hand() {
            return Ok(Some(call));
        }
        self.send(answers);
        input.next()
    }

    /// Runs `call` and what has come to wait behind it. Gives the input back if this thread is to read on; only
    /// then are there answers left to send.
    fn run(
        &self,
        call: Call,
        epoch: Epoch,
        mut input: Option<Input>,
        answers: &mut Vec<u8>,
    ) -> Option<Input> {
        let mut next = Some(call);
        while let Some(call) = next {
            let reply = if call.is_prompt() {
                call.run(&self.agent, &self.peer)
            } else {
                self.send(answers);
                self.run_watched(call, epoch, &mut input)?
            };
            reply.write(&mut Line { bytes: answers, send: Some(&mut |bytes| self.send(bytes)) });
            // Where another thread has the input, it may answer as soon as the turn is free.
            if input.is_none() || answers.len() >= ENOUGH {
                self.send(answers);
            }
            next = self.next_waiting();
        }
        input
    }

    /// Runs what may hang, with the input where it can be found meanwhile. `None` if that was abandoned.
    fn run_watched(&self, call: Call, epoch: Epoch, input: &mut Option<Input>) -> Option<Reply> {
        self.turn().begin(input.take(), Instant::now());
        self.supervisor.watch();
        let reply = call.run(&self.agent, &self.peer);
        match self.turn().end(epoch) {
            Ending::Answers(returned) => *input = returned,
            Ending::AnswersOrphan => self.forget_hanging(),
            Ending::Abandoned => {
                self.forget_hanging();
                log::warn!("a command that hung has ended; its answer is dropped");
                return None;
            }
        }
        Some(reply)
    }

    fn next_waiting(&self) -> Option<Call> {
        let mut turn = self.turn();
        let was_full = turn.is_full();
        let next = turn.next();
        drop(turn);
        if was_full {
            self.room.notify_one();
        }
        next
    }

    /// Looks after the command that runs, if it takes too long. Tells when to look next.
    pub(crate) fn inspect(self: &Arc<Session>, now: Instant) -> Option<Instant> {
        let mut turn = self.turn();
        let due = turn.due()?;
        if due > now {
            return Some(due);
        }
        turn.send_relief();
        drop(turn);
        let session = Arc::clone(self);
        let Err(error) = spawn(move || session.relieve()) else { return None };
        log::error!("a command hangs, and there is no thread to read on: {}", strerror(&error));
        self.turn().miss_relief();
        Some(now + PATIENCE)
    }

    fn relieve(self: Arc<Session>) {
        let relief = self.turn().relieve(Instant::now());
        match relief {
            Some(Relief::Reads(input)) => self.attend(input),
            Some(Relief::Runs(call, epoch)) => {
                self.note_hanging("begun anew");
                let mut answers = Vec::new();
                if let Some(input) = self.run(call, epoch, None, &mut answers) {
                    self.send(&mut answers);
                    self.attend(input);
                }
            }
            None => {}
        }
    }

    fn note_hanging(&self, client: &str) {
        let hanging = self.agent.abandoned.fetch_add(1, Ordering::Relaxed) + 1;
        log::warn!("a command hangs, and its client has {client}; {hanging} such now");
    }

    fn forget_hanging(&self) {
        self.agent.abandoned.fetch_sub(1, Ordering::Relaxed);
    }

    fn send(&self, answers: &mut Vec<u8>) {
        if answers.is_empty() {
            return;
        }
        let sent = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(answers);
        answers.clear();
        answers.shrink_to(2 * ENOUGH);
        if let Err(error) = sent {
            log::debug!("an answer is dropped, as its client is gone: {}", strerror(&error));
        }
    }

    fn wait_for_room(&self) {
        let full = |turn: &mut Turn<Input>| turn.is_full();
        drop(self.room.wait_while(self.turn(), full).unwrap_or_else(PoisonError::into_inner));
    }

    fn end(&self, result: io::Result<()>) {
        if self.turn().orphan() {
            self.note_hanging("left");
        }
        if self.ended.send(result).is_err() {
            log::debug!("a session has ended after the agent");
        }
    }

    fn turn(&self) -> MutexGuard<'_, Turn<Input>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spawn(attend: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("session".to_owned()).spawn(attend).map(drop)
}
