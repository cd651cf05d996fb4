//! The exchange without I/O: bytes to send come out, bytes that arrived go in.
//!
//! Requests carry no `id`, as agents older than QEMU 4.0 refuse the member: a reply belongs to the request by
//! its order. That holds as long as nothing else is on its way, which is what the handshake makes sure of:
//! `guest-sync-delimited` with a number never used before, and everything that arrives before its answer
//! thrown away. Whoever loses count (a call that timed out, a line that is no reply) starts anew with it. With an
//! agent that has no such command, or may not run it, `guest-sync` does the same, only with less certainty.

mod handshake;
mod incoming;

use crate::error::{Error, Violation};
use crate::{reply, request};
use handshake::Handshake;
use incoming::Incoming;
use qga_wire::reply::SENTINEL as MARK;
use qga_wire::{Command, decode};

/// The longest answer to a handshake, generously: what goes on beyond it is something else.
const LONGEST_SYNC_ANSWER: usize = 256;

/// One end of a conversation with an agent. The bytes that its methods give are to be sent in the order in which they
/// were given.
///
/// ```
/// use qga_client::protocol::{Arrival, Protocol, answer, request};
/// use qga_wire::family::time::GetTime;
///
/// let mut protocol = Protocol::new(1 << 20);
/// let mut to_send = protocol.find_step(7);
/// assert_eq!(to_send, b"\xff{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": 7}}\n");
/// to_send.extend(request(&GetTime {})?);
/// protocol.asked();
///
/// protocol.receive(b"rest of an old reply}\n\xff{\"return\": 7}\n{\"ret");
/// assert_eq!(protocol.next()?, Some(Arrival::Synced));
/// assert_eq!(protocol.next()?, None);
/// protocol.receive(b"urn\": 5}\n");
/// let Some(Arrival::Reply(line)) = protocol.next()? else { panic!("no reply") };
/// assert_eq!(answer::<GetTime>(line)?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Protocol {
    incoming: Incoming,
    handshake: Handshake,
    step: Step,
    /// How many requests were sent since the handshake and not answered yet.
    owed: usize,
}

/// What a protocol found in the bytes that arrived.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The answer to the handshake: what follows answers what was sent after it.
    Synced,
    /// The agent refuses this kind of handshake: begin [another](Protocol::find_step), which is of the other kind.
    Refused,
    /// A reply, without the line feed.
    Reply(Vec<u8>),
}

/// The line that asks for `command`, with the line feed that some channels want.
pub fn request<C: Command>(command: &C) -> Result<Vec<u8>, Error> {
    request::write(C::NAME, Some(command))
}

/// What the line of an [`Arrival::Reply`] says in answer to a `C`.
///
/// Members that this library does not know are skipped, as a newer agent may have them.
pub fn answer<C: Command>(line: Vec<u8>) -> Result<C::Returns, Error> {
    reply::read(line, C::NAME, decode::lenient)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What arrives belongs to nobody knows what.
    Lost,
    /// The handshake was sent: everything up to its answer is thrown away.
    Finding { id: i64 },
    /// Each line answers the next request, but for the answer to the probe, if one was sent.
    Kept { probe: Option<i64> },
}

impl Arrival {
    /// The reply, if it is one.
    pub fn into_reply(self) -> Option<Vec<u8>> {
        match self {
            Arrival::Synced | Arrival::Refused => None,
            Arrival::Reply(line) => Some(line),
        }
    }
}

impl Protocol {
    /// A conversation that refuses to gather more than `longest_reply` bytes of one line.
    pub fn new(longest_reply: usize) -> Protocol {
        let incoming = Incoming::new(longest_reply);
        Protocol { incoming, handshake: Handshake::Delimited, step: Step::Lost, owed: 0 }
    }

    /// Starts the handshake: the bytes to send. `id` must be a number that no earlier handshake on this
    /// channel had, be it another client's.
    pub fn find_step(&mut self, id: i64) -> Vec<u8> {
        self.step = Step::Finding { id };
        self.owed = 0;
        let mut bytes = vec![MARK];
        bytes.extend(self.handshake.request(id));
        bytes
    }

    /// Says that a request is being sent, so that one more reply will be taken. As many may be under way as the
    /// caller likes, behind a handshake as well unless it is refused: each reply belongs to the oldest.
    pub fn asked(&mut self) {
        self.owed = self.owed.saturating_add(1);
    }

    /// How many requests are under way.
    pub fn owed(&self) -> usize {
        self.owed
    }

    /// Asks, after a request that is answered only when it fails, whether the agent is done with it: the
    /// bytes to send. A reply that arrives before [`Arrival::Synced`] is the request's.
    ///
    /// No mark leads it, as that draws an error line of its own, which would look like the request's.
    pub fn probe(&mut self, id: i64) -> Vec<u8> {
        self.step = Step::Kept { probe: Some(id) };
        self.handshake.request(id)
    }

    /// Forgets where it was: the next request has to be led by a handshake.
    pub fn lose_step(&mut self) {
        self.step = Step::Lost;
        self.owed = 0;
        self.incoming.clear();
    }

    /// Whether the next line to arrive would answer the next request to be sent.
    pub fn keeps_step(&self) -> bool {
        self.step == Step::Kept { probe: None } && self.owed == 0 && self.incoming.is_empty()
    }

    /// Takes bytes that arrived, in pieces of any size. Ask for [`next`](Protocol::next) after each.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.incoming.extend(bytes);
    }

    /// What the bytes so far amount to; `None` when more are needed.
    #[expect(
        clippy::should_implement_trait,
        reason = "an end of the bytes so far is no end of the iteration"
    )]
    pub fn next(&mut self) -> Result<Option<Arrival>, Violation> {
        match self.step {
            Step::Lost => {
                self.incoming.clear();
                Ok(None)
            }
            Step::Finding { id } => Ok(self.find_answer(id)),
            Step::Kept { probe } => self.next_line(probe),
        }
    }

    fn find_answer(&mut self, id: i64) -> Option<Arrival> {
        while let Some(end) = self.incoming.distance_to(MARK, b'\n') {
            let piece = self.incoming.peek(end + 1);
            let (line, is_line) = match piece.split_last() {
                Some((b'\n', line)) => (line, true),
                _ => (piece, false),
            };
            let (marked, line) = match line.split_first() {
                Some((&MARK, rest)) => (true, rest),
                _ => (false, line),
            };
            let is_answer = is_line && self.handshake.is_answer(line, marked, id);
            let is_refusal = is_line && self.handshake.is_refusal(line);
            self.incoming.skip(if is_line { end + 1 } else { end });
            if is_answer {
                self.step = Step::Kept { probe: None };
                return Some(Arrival::Synced);
            }
            if is_refusal {
                self.handshake = Handshake::Plain;
                self.step = Step::Lost;
                return Some(Arrival::Refused);
            }
        }
        self.incoming.keep_last(LONGEST_SYNC_ANSWER);
        None
    }

    fn next_line(&mut self, probe: Option<i64>) -> Result<Option<Arrival>, Violation> {
        loop {
            let Some(mut line) = self.incoming.next_line().inspect_err(|_| self.step = Step::Lost)? else {
                return Ok(None);
            };
            let marked = line.first() == Some(&MARK);
            if marked {
                line.remove(0);
            }
            if probe.is_some_and(|id| self.handshake.is_answer(&line, marked, id)) {
                self.step = Step::Kept { probe: None };
                self.owed = 0;
                return Ok(Some(Arrival::Synced));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            if self.owed == 0 {
                self.lose_step();
                return Err(Violation::Impossible("nobody asked for it"));
            }
            if !line.trim_ascii_start().starts_with(b"{") {
                // A kernel's message, say: the reply itself may follow, and would be taken for the next one.
                self.lose_step();
                return Err(Violation::NotAReply("it is no object".to_owned()));
            }
            self.owed -= 1;
            return Ok(Some(Arrival::Reply(line)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 64;
    const ID: i64 = 77;

    fn reply(text: &str) -> Arrival {
        Arrival::Reply(text.as_bytes().to_vec())
    }

    fn drain(protocol: &mut Protocol, arrivals: &mut Vec<Arrival>) -> Result<(), Violation> {
        while let Some(arrival) = protocol.next()? {
            arrivals.push(arrival);
        }
        Ok(())
    }

    /// Everything that `bytes` amount to after a handshake was sent, cut in three in every possible way.
    fn in_every_split(bytes: &[u8], check: impl Fn(&[Arrival])) {
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let mut protocol = Protocol::new(LONGEST);
                protocol.find_step(ID);
                (0..3).for_each(|_| protocol.asked());
                let mut arrivals = Vec::new();
                for piece in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
                    protocol.receive(piece);
                    drain(&mut protocol, &mut arrivals).unwrap();
                }
                check(&arrivals);
            }
        }
    }

    #[test]
    fn the_handshake_throws_away_what_was_left_over() {
        let cases: &[&[u8]] = &[
            b"\xff{\"return\": 77}\n",
            b"\xff{\"return\":77}\r\n",
            b"{\"return\": 77}\n\xff{\"return\": 77}\n",
            b"{\"error\": {\"class\": \"GenericError\"}}\n\xff{\"return\": 77}\n",
            b"half a reply, and a mark \xff {\"ret\xff{\"return\": 77}\n",
            b"\xff{\"return\": 76}\n\xff{\"return\": 77}\n",
            b"\xff{\"return\": 777}\n\xff\xff\n\xff\xff{\"return\": 77}\n",
        ];
        for bytes in cases {
            in_every_split(bytes, |arrivals| assert_eq!(arrivals, [Arrival::Synced], "{bytes:?}"));
        }
    }

    #[test]
    fn no_other_answer_ends_the_handshake() {
        let cases: &[&[u8]] = &[
            b"{\"return\": 77}\n",
            b"\xff{\"return\": -77}\n",
            b"\xff{\"return\": \"77\"}\n",
            b"\xff{\"return\": 7\xff7}\n",
            b"\xff\n{\"return\": 77}\n",
        ];
        for bytes in cases {
            in_every_split(bytes, |arrivals| assert_eq!(arrivals, [], "{bytes:?}"));
        }
    }

    #[test]
    fn an_agent_that_refuses_the_handshake_is_asked_for_the_other_one() {
        let refusals: [&[u8]; 3] = [
            b"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command guest-sync-delimited has not been found\"}}\n",
            b"old {\"error\":{\"desc\":\"Command guest-sync-delimited has been disabled\",\"class\":\"X\"}}\r\n",
            b"\xff\xff{\"error\": \"guest-sync-delimited\"}\n",
        ];
        for bytes in refusals {
            in_every_split(bytes, |arrivals| assert_eq!(arrivals, [Arrival::Refused], "{bytes:?}"));
            let mut protocol = Protocol::new(LONGEST);
            protocol.find_step(ID);
            protocol.receive(bytes);
            assert_eq!(protocol.next(), Ok(Some(Arrival::Refused)));
            let request = b"\xff{\"execute\": \"guest-sync\", \"arguments\": {\"id\": 78}}\n";
            assert_eq!(protocol.find_step(78), request);
            protocol.receive(b"{\"error\": {}}\n{\"return\": 77}\n{\"return\": 78}\n");
            assert_eq!(protocol.next(), Ok(Some(Arrival::Synced)));
            protocol.asked();
            assert!(protocol.probe(79).starts_with(b"{\"execute\": \"guest-sync\""));
            protocol.receive(b"{\"return\": 79}\n");
            assert_eq!(protocol.next(), Ok(Some(Arrival::Synced)));
        }
    }

    #[test]
    fn replies_follow_in_order_whatever_the_pieces() {
        in_every_split(
            b"old\xff{\"return\": 77}\n{\"return\": 1}\n\n\xff{\"return\": 2}\r\n{}\nhalf",
            |arrivals| {
                let expected =
                    [Arrival::Synced, reply("{\"return\": 1}"), reply("{\"return\": 2}"), reply("{}")];
                assert_eq!(arrivals, expected);
            },
        );
    }

    #[test]
    fn an_endless_line_is_refused_and_costs_no_more_than_the_limit() {
        let mut protocol = Protocol::new(LONGEST);
        protocol.find_step(ID);
        protocol.receive(b"\xff{\"return\": 77}\n");
        assert_eq!(protocol.next(), Ok(Some(Arrival::Synced)));
        for _ in 0..LONGEST {
            assert_eq!(protocol.next(), Ok(None));
            protocol.receive(b"x");
        }
        assert_eq!(protocol.next(), Ok(None));
        protocol.receive(b"x\n");
        assert_eq!(protocol.next(), Err(Violation::EndlessReply { limit: LONGEST }));
        assert!(!protocol.keeps_step());
        protocol.receive(b"{}\n");
        assert_eq!(protocol.next(), Ok(None));
    }

    #[test]
    fn garbage_without_end_is_thrown_away_during_the_handshake() {
        let mut protocol = Protocol::new(LONGEST);
        protocol.find_step(ID);
        for piece in [&[b'x'; 5000][..], &[MARK; 5000], b"\xff{", &[b' '; 5000], b"\n"] {
            protocol.receive(piece);
            assert_eq!(protocol.next(), Ok(None));
            assert!(protocol.incoming.peek(usize::MAX).len() <= LONGEST_SYNC_ANSWER);
        }
        protocol.receive(b"\xff{\"return\": 77}\n");
        assert_eq!(protocol.next(), Ok(Some(Arrival::Synced)));
    }

    #[test]
    fn a_probe_tells_the_failure_of_the_request_before_it_from_its_own_answer() {
        for (bytes, expected) in [
            (&b"\xff{\"return\": 78}\n"[..], vec![Arrival::Synced]),
            (b"{\"error\": {}}\n\xff{\"return\": 78}\n", vec![reply("{\"error\": {}}"), Arrival::Synced]),
            (b"{\"return\": 78}\n", vec![reply("{\"return\": 78}")]),
        ] {
            let mut protocol = Protocol::new(LONGEST);
            protocol.find_step(ID);
            protocol.receive(b"\xff{\"return\": 77}\n");
            let mut arrivals = Vec::new();
            drain(&mut protocol, &mut arrivals).unwrap();
            protocol.asked();
            protocol.probe(78);
            protocol.receive(bytes);
            drain(&mut protocol, &mut arrivals).unwrap();
            assert_eq!(arrivals[1..], expected);
        }
    }

    #[test]
    fn as_many_replies_are_taken_as_were_asked_for() {
        let mut protocol = Protocol::new(LONGEST);
        protocol.find_step(ID);
        protocol.asked();
        protocol.asked();
        protocol.receive(b"\xff{\"return\": 77}\n{}\n");
        let mut arrivals = Vec::new();
        drain(&mut protocol, &mut arrivals).unwrap();
        assert_eq!((arrivals, protocol.owed()), (vec![Arrival::Synced, reply("{}")], 1));
        assert!(!protocol.keeps_step());
        protocol.receive(b"{}\n{}\n");
        assert_eq!(protocol.next(), Ok(Some(reply("{}"))));
        assert_eq!(protocol.next(), Err(Violation::Impossible("nobody asked for it")));
        assert!(!protocol.keeps_step());
    }

    #[test]
    fn after_a_line_that_is_no_object_nobody_knows_which_reply_is_whose() {
        let mut protocol = Protocol::new(LONGEST);
        protocol.find_step(ID);
        protocol.asked();
        protocol.asked();
        protocol.receive(b"\xff{\"return\": 77}\n[   5.0] oops\n {\"return\": 1}\n");
        assert_eq!(protocol.next(), Ok(Some(Arrival::Synced)));
        assert_eq!(protocol.next(), Err(Violation::NotAReply("it is no object".to_owned())));
        assert_eq!((protocol.next(), protocol.owed()), (Ok(None), 0));
        assert!(!protocol.keeps_step());
    }

    #[test]
    fn step_is_kept_only_while_nothing_is_left_over() {
        let mut protocol = Protocol::new(LONGEST);
        assert!(!protocol.keeps_step());
        protocol.find_step(ID);
        assert!(!protocol.keeps_step());
        protocol.receive(b"\xff{\"return\": 77}\n");
        assert_eq!(protocol.next(), Ok(Some(Arrival::Synced)));
        assert!(protocol.keeps_step());
        protocol.receive(b"{");
        assert!(!protocol.keeps_step());
    }
}
