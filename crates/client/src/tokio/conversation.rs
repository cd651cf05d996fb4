//! Calls of many tasks on one connection, without I/O: jobs go in and bytes to send come out; bytes that arrived go
//! in and each caller gets its own answer.

use crate::call::Call;
use crate::error::{Error, Violation};
use crate::ids::Ids;
use crate::options::Options;
use crate::protocol::{Arrival, Protocol};
use crate::reply;
use ::tokio::sync::oneshot;
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// What a caller wants.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) request: Vec<u8>,
    /// Who waits for the answer, or did.
    pub(super) caller: oneshot::Sender<Answer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// To know that the agent answers, with nothing under way.
    Settle,
    /// The answer to a request.
    Call,
    /// The answer to a request that is answered only when it fails.
    Silent,
}

/// The line that answers, or why there is none.
pub(super) type Answer = Result<Vec<u8>, Loss>;

#[derive(Debug, Clone)]
pub(super) enum Loss {
    Violation(Violation),
    Broken(io::ErrorKind, String),
}

pub(super) struct Conversation {
    protocol: Protocol,
    ids: Ids,
    silence: Duration,
    /// Not sent yet.
    queued: VecDeque<Job>,
    /// Sent and not answered, without their requests.
    under_way: VecDeque<Job>,
    is_finding: bool,
    probe_at: Option<Instant>,
    outgoing: Vec<u8>,
    /// How much of that is sent.
    sent: usize,
}

impl Job {
    fn is_awaited(&self) -> bool {
        !self.caller.is_closed()
    }

    fn tell(self, answer: Answer) {
        // Who has gone away meanwhile needs no answer.
        drop(self.caller.send(answer));
    }
}

impl Loss {
    pub(super) fn in_answer_to(self, call: &Call<'_>, address: &str) -> Error {
        match self {
            Loss::Violation(violation) => violation.in_answer_to(call.command),
            Loss::Broken(kind, text) => call.broken(address, io::Error::new(kind, text)),
        }
    }
}

impl Conversation {
    pub(super) fn new(options: Options) -> Conversation {
        Conversation {
            protocol: Protocol::new(options.longest_reply),
            ids: Ids::new(),
            silence: options.silence,
            queued: VecDeque::new(),
            under_way: VecDeque::new(),
            is_finding: false,
            probe_at: None,
            outgoing: Vec::new(),
            sent: 0,
        }
    }

    /// Takes a job; it is sent as soon as may be.
    pub(super) fn ask(&mut self, job: Job) {
        if self.is_finding && !self.queued.iter().any(Job::is_awaited) {
            // Whoever the handshake was for has given up: it may have got lost.
            self.find_step();
        }
        self.queued.push_back(job);
        self.advance();
    }

    /// Bytes to send.
    pub(super) fn outgoing(&self) -> &[u8] {
        self.outgoing.get(self.sent..).unwrap_or_default()
    }

    /// Says that so many of them were sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.sent += count;
        if self.outgoing().is_empty() {
            self.outgoing.clear();
            self.sent = 0;
        }
    }

    /// Whether somebody waits for what may arrive. To nobody a guest may send what it likes.
    pub(super) fn is_listening(&self) -> bool {
        self.queued.iter().chain(&self.under_way).any(Job::is_awaited)
    }

    /// Takes bytes that arrived.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.protocol.receive(bytes);
        loop {
            match self.protocol.next() {
                Ok(None) => break,
                Ok(Some(arrival)) => self.arrived(arrival),
                Err(violation) => self.lose(&Loss::Violation(violation)),
            }
        }
        self.advance();
    }

    /// When the agent is to be asked whether it is done with what it answers only when it fails.
    pub(super) fn probe_at(&self) -> Option<Instant> {
        self.probe_at
    }

    pub(super) fn probe(&mut self) {
        self.probe_at = None;
        let request = self.protocol.probe(self.ids.fresh());
        self.outgoing.extend(request);
    }

    /// The connection has ended.
    pub(super) fn end(&mut self, error: &io::Error) {
        let loss = Loss::Broken(error.kind(), error.to_string());
        self.lose(&loss);
        self.queued.drain(..).for_each(|job| job.tell(Err(loss.clone())));
    }

    fn arrived(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Synced if self.is_finding => self.is_finding = false,
            Arrival::Refused => self.find_step(),
            Arrival::Synced => self.answer(reply::NOTHING.to_vec()),
            Arrival::Reply(line) => self.answer(line),
        }
    }

    fn answer(&mut self, line: Vec<u8>) {
        if let Some(job) = self.under_way.pop_front() {
            if job.kind == Kind::Silent {
                self.probe_at = None;
            }
            job.tell(Ok(line));
        }
    }

    fn lose(&mut self, loss: &Loss) {
        self.protocol.lose_step();
        self.forget_sending();
        self.under_way.drain(..).for_each(|job| job.tell(Err(loss.clone())));
    }

    /// Sends what may be sent.
    fn advance(&mut self) {
        while !self.is_finding {
            while self.queued.front().is_some_and(|job| !job.is_awaited()) {
                self.queued.pop_front();
            }
            let Some(next) = self.queued.front() else { return };
            if !self.keeps_step() {
                return self.find_step();
            }
            let before = self.under_way.back().map(|job| job.kind);
            if before.is_some_and(|before| before != Kind::Call || next.kind != Kind::Call) {
                return;
            }
            if let Some(job) = self.queued.pop_front() {
                self.begin(job);
            }
        }
    }

    /// As long as somebody waits for answers, they come in their order; after that a handshake tells old from new,
    /// and has the agent leave behind what hangs.
    fn keeps_step(&self) -> bool {
        if self.under_way.is_empty() {
            return self.protocol.keeps_step();
        }
        self.under_way.iter().any(Job::is_awaited)
    }

    fn begin(&mut self, mut job: Job) {
        if job.kind == Kind::Settle {
            return job.tell(Ok(Vec::new()));
        }
        let request = std::mem::take(&mut job.request);
        if self.outgoing.is_empty() {
            self.outgoing = request;
        } else {
            self.outgoing.extend(request);
        }
        if job.kind == Kind::Silent {
            self.probe_at = Instant::now().checked_add(self.silence);
        }
        self.protocol.asked();
        self.under_way.push_back(job);
    }

    /// The mark that leads the handshake ends a request of which only a part was sent.
    fn find_step(&mut self) {
        self.forget_sending();
        self.under_way.clear();
        self.outgoing = self.protocol.find_step(self.ids.fresh());
        self.is_finding = true;
    }

    fn forget_sending(&mut self) {
        self.outgoing.clear();
        self.sent = 0;
        self.probe_at = None;
        self.is_finding = false;
    }
}
