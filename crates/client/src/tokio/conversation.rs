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

/// What callers say.
#[derive(Debug)]
pub(super) enum Word {
    /// Somebody wants something.
    Job(Job),
    /// Somebody waits no longer.
    GivenUp,
    /// Somebody was given what is no reply.
    Distrust(Violation),
}

/// What a caller wants.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) request: Vec<u8>,
    /// Who waits for the answer, or did.
    pub(super) caller: oneshot::Sender<Answer>,
    /// Until when it is of use.
    pub(super) deadline: Option<Instant>,
    /// Who is to know when all of the request is on its way.
    pub(super) sent: Option<oneshot::Sender<()>>,
    /// Whether a handshake was begun for it.
    pub(super) is_led: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// To know that the agent answers, with nothing under way.
    Settle,
    /// The answer to a request.
    Call,
    /// The answer to a request that is answered only when it fails. As silence is taken for success, it has to be
    /// known that the agent listens: a handshake leads it.
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
    /// Whether nothing of what was sent is kept back on its way.
    is_flushed: bool,
}

impl Job {
    fn is_awaited(&self) -> bool {
        !self.caller.is_closed() && self.deadline.is_none_or(|deadline| Instant::now() < deadline)
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
            is_flushed: true,
        }
    }

    /// Takes a job; it is sent as soon as may be.
    pub(super) fn ask(&mut self, job: Job) {
        self.queued.push_back(job);
        self.advance();
    }

    /// Somebody waits no longer: others may be served.
    pub(super) fn given_up(&mut self) {
        self.advance();
    }

    /// Somebody was given what is no reply: the reply itself may follow, and would be taken for another's.
    pub(super) fn distrust(&mut self, violation: Violation) {
        self.lose(&Loss::Violation(violation));
        self.advance();
    }

    /// Bytes to send.
    pub(super) fn outgoing(&self) -> &[u8] {
        self.outgoing.get(self.sent..).unwrap_or_default()
    }

    /// Whether there are bytes to send, or some that were sent and may be kept back on their way.
    pub(super) fn has_to_send(&self) -> bool {
        !self.is_flushed || !self.outgoing().is_empty()
    }

    /// Says that so many of them were sent, or with 0 that nothing is kept back.
    pub(super) fn sent(&mut self, count: usize) {
        self.sent += count;
        self.is_flushed = count == 0;
        if self.outgoing().is_empty() {
            self.outgoing.clear();
            self.sent = 0;
        }
        if self.is_flushed {
            self.tell_sent();
        }
    }

    fn tell_sent(&mut self) {
        if let Some(sent) = self.under_way.back_mut().and_then(|job| job.sent.take()) {
            // Who has gone away meanwhile need not know.
            sent.send(()).unwrap_or_default();
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
        if self.drop_given_up() && self.is_finding {
            // Whoever the handshake was for has given up: it may have got lost.
            self.is_finding = false;
            self.protocol.lose_step();
        }
        while !self.is_finding {
            let Some(next) = self.queued.front() else { return };
            if !self.keeps_step(next) {
                return self.find_step();
            }
            if !self.may_follow(next.kind) {
                return;
            }
            if let Some(job) = self.queued.pop_front() {
                self.begin(job);
            }
            self.drop_given_up();
        }
    }

    /// Drops those at the head of the queue for whom nobody waits, and says whether there were any.
    fn drop_given_up(&mut self) -> bool {
        let count = self.queued.iter().take_while(|job| !job.is_awaited()).count();
        self.queued.drain(..count).count() > 0
    }

    /// As long as somebody waits for answers, they come in their order; after that a handshake tells old from new,
    /// and has the agent leave behind what hangs.
    fn keeps_step(&self, next: &Job) -> bool {
        if self.under_way.is_empty() {
            return self.protocol.keeps_step() && (next.is_led || next.kind != Kind::Silent);
        }
        self.under_way.iter().any(Job::is_awaited)
    }

    /// Whether a job of this kind may be sent before what is under way is answered. Not behind what has been given
    /// up: it may hang, and if ever more were sent behind it, there would never be a handshake.
    fn may_follow(&self, next: Kind) -> bool {
        let calls_only = || next == Kind::Call && self.under_way.iter().all(|job| job.kind == Kind::Call);
        self.under_way.front().is_none_or(|oldest| oldest.is_awaited() && calls_only())
    }

    fn begin(&mut self, mut job: Job) {
        if job.kind == Kind::Settle {
            return job.tell(Ok(Vec::new()));
        }
        let request = std::mem::take(&mut job.request);
        if self.outgoing.is_empty() {
            self.outgoing = request;
        } else {
            self.drop_sent();
            self.outgoing.extend(request);
        }
        if job.kind == Kind::Silent {
            self.probe_at = Instant::now().checked_add(self.silence);
        }
        self.protocol.asked();
        self.under_way.push_back(job);
    }

    /// With enough under way there is always something left to send, so that what was sent would gather.
    fn drop_sent(&mut self) {
        if self.sent > self.outgoing.len() / 2 {
            self.outgoing.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// The mark that leads the handshake ends a request of which only a part was sent.
    fn find_step(&mut self) {
        self.forget_sending();
        self.under_way.clear();
        if let Some(next) = self.queued.front_mut() {
            next.is_led = true;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn job(request: Vec<u8>) -> (Job, oneshot::Receiver<Answer>) {
        let (caller, answer) = oneshot::channel();
        (Job { kind: Kind::Call, request, caller, deadline: None, sent: None, is_led: false }, answer)
    }

    /// A conversation whose handshake was answered.
    fn begun() -> Conversation {
        let mut conversation = Conversation::new(Options::default());
        let (first, _answer) = job(b"first".to_vec());
        conversation.ask(first);
        let handshake = String::from_utf8_lossy(conversation.outgoing()).into_owned();
        let id: String = handshake.chars().filter(char::is_ascii_digit).collect();
        conversation.sent(conversation.outgoing().len());
        conversation.receive(&[b"\xff{\"return\": ", id.as_bytes(), b"}\n"].concat());
        conversation
    }

    #[test]
    fn what_was_sent_does_not_gather_while_there_is_always_more_to_send() {
        const SIZE: usize = 1000;
        let mut conversation = begun();
        let mut answers = Vec::new();
        for _ in 0..8 {
            let (job, answer) = job(vec![b'x'; SIZE]);
            conversation.ask(job);
            answers.push(answer);
        }
        for _ in 0..1000 {
            conversation.sent(SIZE);
            let (job, answer) = job(vec![b'x'; SIZE]);
            conversation.ask(job);
            answers.push(answer);
            assert!(conversation.outgoing.len() <= 17 * SIZE, "{}", conversation.outgoing.len());
        }
    }
}
