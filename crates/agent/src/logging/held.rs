use std::collections::VecDeque;

/// How many bytes of messages are held; a freeze that says more than this has said the same often.
const MOST_BYTES: usize = 256 << 10;

/// Where a message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Log,
    Syslog,
}

/// Messages that wait until something may be written; the oldest ones give way.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) lines: VecDeque<(Place, String)>,
    pub(super) dropped: usize,
    bytes: usize,
}

impl Held {
    pub(super) fn push(&mut self, place: Place, line: String) {
        self.bytes += line.len();
        self.lines.push_back((place, line));
        while self.bytes > MOST_BYTES {
            let Some((_, oldest)) = self.lines.pop_front() else { return };
            self.bytes -= oldest.len();
            self.dropped += 1;
        }
    }
}
