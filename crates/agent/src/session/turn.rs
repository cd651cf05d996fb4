//! Whose turn it is on a session: a command's that runs, or the next request's.

use super::PATIENCE;
use crate::dispatch::Call;
use std::collections::VecDeque;
use std::time::Instant;

/// Requests that may wait behind a command that runs, and how many bytes they may hold in sum. Past either,
/// reading stops until there is room; one request always fits.
const MOST_WAITING: usize = 1024;
const MOST_WAITING_BYTES: usize = 64 << 20;

/// The state that the threads of a session share; `I` is where they read from.
pub(super) struct Turn<I> {
    /// A thread runs a command or writes its answer; it goes on with what waits.
    busy: bool,
    /// Since when a command runs that may hang.
    running: Option<Instant>,
    /// Put down by the thread that runs a command.
    input: Option<I>,
    /// Read while a command ran, in order.
    waiting: VecDeque<Call>,
    waiting_bytes: usize,
    /// Raised whenever a command is abandoned: a thread of an earlier epoch may not answer.
    epoch: u64,
    /// A relief has been sent for the command that runs.
    relief_sent: bool,
    /// The client has left while a command ran, which runs on for nobody.
    orphaned: bool,
}

/// What becomes of a request that was read.
pub(super) enum Admission {
    /// It, or what waited before it, is to be run by the thread that read it.
    Runs(Call, Epoch),
    /// The same, and the command that was running is abandoned.
    TakesOver(Call, Epoch),
    /// The thread that runs a command will come to it.
    Waits,
}

/// What a fresh thread is to do for a session whose command takes too long.
pub(super) enum Relief<I> {
    Reads(I),
    Runs(Call, Epoch),
}

/// What a thread finds when its command has ended.
pub(super) enum Ending<I> {
    /// The turn is still its own; the input too, unless a fresh thread has it.
    Answers(Option<I>),
    /// The same without the input: the client has left meanwhile, though it may still read what it is told.
    AnswersOrphan,
    /// A sync no longer waited.
    Abandoned,
}

/// Tells a thread whether what it runs has been abandoned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch(u64);

impl<I> Turn<I> {
    pub(super) fn new() -> Turn<I> {
        Turn {
            busy: false,
            running: None,
            input: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            epoch: 0,
            relief_sent: false,
            orphaned: false,
        }
    }

    pub(super) fn admit(&mut self, call: Call, now: Instant) -> Admission {
        if !self.busy {
            self.busy = true;
            return Admission::Runs(call, Epoch(self.epoch));
        }
        self.waiting_bytes += call.size();
        self.waiting.push_back(call);
        match self.abandon(now) {
            Some((call, epoch)) => Admission::TakesOver(call, epoch),
            None => Admission::Waits,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_WAITING || self.waiting_bytes >= MOST_WAITING_BYTES
    }

    /// A command that may hang is about to run; the input is left for whoever may be needed to read on.
    pub(super) fn begin(&mut self, input: Option<I>, now: Instant) {
        self.input = input.or(self.input.take());
        self.running = Some(now);
        self.relief_sent = false;
    }

    /// The command has ended.
    pub(super) fn end(&mut self, epoch: Epoch) -> Ending<I> {
        if epoch != Epoch(self.epoch) {
            return Ending::Abandoned;
        }
        self.running = None;
        if std::mem::take(&mut self.orphaned) {
            return Ending::AnswersOrphan;
        }
        Ending::Answers(self.input.take())
    }

    /// The client has left. Tells whether a command runs on for nobody.
    pub(super) fn orphan(&mut self) -> bool {
        self.orphaned = self.running.is_some();
        self.orphaned
    }

    /// The answer is written: what comes next, if anything waits.
    pub(super) fn next(&mut self) -> Option<Call> {
        let next = self.take_waiting();
        self.busy = next.is_some();
        next
    }

    /// When the command that runs will have taken too long for those who wait for it.
    pub(super) fn due(&self) -> Option<Instant> {
        let needed = self.input.is_some() || self.sync_waits();
        self.running.filter(|_| needed && !self.relief_sent).map(|since| since + PATIENCE)
    }

    /// Notes that a fresh thread is on its way.
    pub(super) fn send_relief(&mut self) {
        self.relief_sent = true;
    }

    /// Notes that it could not be sent, and is still needed.
    pub(super) fn miss_relief(&mut self) {
        self.relief_sent = false;
    }

    /// What a fresh thread finds to do; `None` if the command has ended meanwhile.
    pub(super) fn relieve(&mut self, now: Instant) -> Option<Relief<I>> {
        self.running.filter(|since| now.duration_since(*since) >= PATIENCE)?;
        self.relief_sent = false;
        if let Some(input) = self.input.take() {
            return Some(Relief::Reads(input));
        }
        self.abandon(now).map(|(call, epoch)| Relief::Runs(call, epoch))
    }

    /// Takes the turn from a command that runs for too long, if a sync waits behind it.
    fn abandon(&mut self, now: Instant) -> Option<(Call, Epoch)> {
        self.running.filter(|since| now.duration_since(*since) >= PATIENCE && self.sync_waits())?;
        self.epoch += 1;
        self.running = None;
        self.take_waiting().map(|call| (call, Epoch(self.epoch)))
    }

    fn sync_waits(&self) -> bool {
        self.waiting.iter().any(Call::is_sync)
    }

    fn take_waiting(&mut self) -> Option<Call> {
        let call = self.waiting.pop_front()?;
        self.waiting_bytes -= call.size();
        Some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qga_wire::json::Parser;
    use std::time::Duration;

    const INPUT: &str = "the input";

    fn call(text: &str) -> Call {
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        Call::read(parser.next().unwrap().unwrap())
    }

    fn slow() -> Call {
        call("{'execute': 'guest-file-close', 'arguments': {'handle': 1}}")
    }

    fn sync() -> Call {
        call("{'execute': 'guest-sync', 'arguments': {'id': 7}}")
    }

    /// A turn whose command has been running since `start`, and the epoch of its thread.
    fn running(start: Instant) -> (Turn<&'static str>, Epoch) {
        let mut turn = Turn::new();
        let Admission::Runs(_, epoch) = turn.admit(slow(), start) else { panic!("the turn was free") };
        turn.begin(Some(INPUT), start);
        (turn, epoch)
    }

    #[test]
    fn a_command_done_in_time_keeps_its_input_and_its_answer() {
        let start = Instant::now();
        let (mut turn, epoch) = running(start);
        assert_eq!(turn.due(), Some(start + PATIENCE));
        assert!(turn.relieve(start).is_none());
        assert!(matches!(turn.end(epoch), Ending::Answers(Some(INPUT))));
        assert!(turn.next().is_none());
        assert!(matches!(turn.admit(sync(), start), Admission::Runs(..)));
    }

    #[test]
    fn relief_that_could_not_be_sent_stays_due() {
        let start = Instant::now();
        let (mut turn, _) = running(start);
        turn.send_relief();
        assert_eq!(turn.due(), None);
        turn.miss_relief();
        assert_eq!(turn.due(), Some(start + PATIENCE));
    }

    #[test]
    fn without_a_sync_order_is_kept_however_long_it_takes() {
        let start = Instant::now();
        let late = start + 10 * PATIENCE;
        let (mut turn, epoch) = running(start);
        assert!(matches!(turn.relieve(late), Some(Relief::Reads(INPUT))));
        assert!(matches!(turn.admit(slow(), late), Admission::Waits));
        assert!(matches!(turn.end(epoch), Ending::Answers(None)));
        assert!(turn.next().is_some_and(|call| !call.is_sync()));
        assert!(turn.next().is_none());
    }

    #[test]
    fn a_sync_takes_the_turn_from_a_command_that_hangs() {
        let start = Instant::now();
        let late = start + PATIENCE;
        let (mut turn, epoch) = running(start);
        assert!(matches!(turn.relieve(late), Some(Relief::Reads(INPUT))));
        assert!(matches!(turn.admit(slow(), late), Admission::Waits));
        let Admission::TakesOver(first, new_epoch) = turn.admit(sync(), late) else { panic!("it hangs") };
        assert!(!first.is_sync(), "what waited before the sync keeps its place");
        assert!(matches!(turn.end(epoch), Ending::Abandoned));
        turn.begin(Some(INPUT), late);
        assert!(matches!(turn.end(new_epoch), Ending::Answers(Some(INPUT))));
        assert!(turn.next().is_some_and(|call| call.is_sync()));
    }

    #[test]
    fn a_sync_that_came_early_is_relieved_when_its_time_has_come() {
        let start = Instant::now();
        let (mut turn, epoch) = running(start);
        assert!(matches!(turn.relieve(start + PATIENCE), Some(Relief::Reads(INPUT))));
        assert!(matches!(turn.admit(slow(), start), Admission::Waits));
        assert!(matches!(turn.end(epoch), Ending::Answers(None)));
        assert!(turn.next().is_some());
        let second = start + 2 * PATIENCE;
        turn.begin(None, second);
        assert!(matches!(turn.admit(sync(), second + Duration::from_millis(1)), Admission::Waits));
        assert_eq!(turn.due(), Some(second + PATIENCE));
        assert!(matches!(turn.relieve(second + PATIENCE), Some(Relief::Runs(..))));
        assert!(matches!(turn.end(epoch), Ending::Abandoned));
    }

    #[test]
    fn a_command_whose_client_has_left_is_told_apart_once() {
        let (mut turn, epoch) = running(Instant::now());
        assert!(matches!(turn.relieve(Instant::now() + PATIENCE), Some(Relief::Reads(INPUT))));
        assert!(turn.orphan());
        assert!(matches!(turn.end(epoch), Ending::AnswersOrphan));
        assert!(!turn.orphan(), "nothing runs any more");
        assert!(matches!(turn.end(epoch), Ending::Answers(None)));
    }

    #[test]
    fn what_waits_is_bounded() {
        let (mut turn, _) = running(Instant::now());
        for _ in 0..MOST_WAITING {
            assert!(!turn.is_full());
            assert!(matches!(turn.admit(slow(), Instant::now()), Admission::Waits));
        }
        assert!(turn.is_full());
    }
}
