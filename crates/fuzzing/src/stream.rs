//! What comes through the channel.

use qga_agent::dispatch::Call;
use qga_wire::json::{Parser, Value};

/// The first bytes say how long the pieces are, in turns; the rest is what is sent.
const LENGTHS: usize = 4;

/// The split makes no difference, and what is handed out can be walked.
pub(crate) fn parser(input: &[u8]) {
    let Some((lengths, stream)) = input.split_at_checked(LENGTHS) else { return };
    let whole = values([stream].into_iter());
    assert_eq!(values(pieces(stream, lengths)), whole);
}

/// Each value is decoded as far as to what would be run, but not run.
pub(crate) fn request(input: &[u8]) {
    let mut parser = Parser::new();
    parser.feed(input);
    while let Some(read) = parser.next() {
        let call = read.map_or_else(|error| Call::malformed(&error), Call::read);
        assert!(call.size() <= input.len());
        assert!(!call.is_sync() || call.is_prompt(), "a sync may hang");
    }
}

fn pieces<'a>(stream: &'a [u8], lengths: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    lengths.iter().cycle().map_while(move |length| {
        let (piece, later) = rest.split_at(rest.len().min(usize::from(*length) + 1));
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}

fn values<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<Value, String>> {
    let (mut parser, mut found) = (Parser::new(), Vec::new());
    for piece in pieces {
        parser.feed(piece);
        while let Some(next) = parser.next() {
            found.push(next.map(Value::from).map_err(|error| error.to_string()));
        }
    }
    found
}
