//! Any bytes, split anywhere: the parser never panics, what it hands out can be walked, and the split makes no
//! difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qga_wire::json::{Parser, Value};

/// The first bytes say how long the pieces are, in turns; the rest is what is sent.
const LENGTHS: usize = 4;

fuzz_target!(|input: &[u8]| {
    let Some((lengths, stream)) = input.split_at_checked(LENGTHS) else { return };
    let whole = read([stream].into_iter());
    assert_eq!(read(pieces(stream, lengths)), whole);
});

fn pieces<'a>(stream: &'a [u8], lengths: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    lengths.iter().cycle().map_while(move |length| {
        let (piece, later) = rest.split_at(rest.len().min(usize::from(*length) + 1));
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<Value, String>> {
    let (mut parser, mut found) = (Parser::new(), Vec::new());
    for piece in pieces {
        parser.feed(piece);
        while let Some(next) = parser.next() {
            found.push(next.map(Value::from).map_err(|error| error.to_string()));
        }
    }
    found
}
