//! Where a channel splits what it carries makes no difference.
#![cfg(test)]

use proptest::{collection::vec, prelude::*, sample::select};
use qga_wire::json::{Parser, Value};

/// What streams are made of: the more of it fits together, the deeper they go.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b" ",
    b"\n",
    b"{\"a\":",
    b"\"b\":1,",
    b"[1,2",
    b"'x'",
    b"\"",
    b"'",
    b"\\",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\ud83d",
    b"\\u12",
    b"\xC3\xA9",
    b"\xF0\x9F\x98\x80",
    b"\xC3",
    b"\xC0\x80",
    b"\xEF\xBF\xBE",
    b"\xFF",
    b"\xFE",
    b"\0",
    b"\x7F",
    b"-",
    b"0",
    b"12",
    b".5",
    b"e3",
    b"E",
    b"true",
    b"null",
    b"foo",
];

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![9 => select(PIECES).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 1..4)];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

type Found = Vec<Result<Value, String>>;

fn take_all(parser: &mut Parser, found: &mut Found) {
    while let Some(next) = parser.next() {
        found.push(next.map(Value::from).map_err(|error| error.to_string()));
    }
}

fn in_one_piece(stream: &[u8]) -> Found {
    let (mut parser, mut found) = (Parser::new(), Vec::new());
    parser.feed(stream);
    take_all(&mut parser, &mut found);
    found
}

proptest! {
    #[test]
    fn any_split_gives_the_same_values_and_errors(stream in stream(), lengths in vec(1..9_usize, 1..20)) {
        let (mut parser, mut found) = (Parser::new(), Vec::new());
        let mut rest = &stream[..];
        for length in lengths.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*length));
            parser.feed(now);
            take_all(&mut parser, &mut found);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, in_one_piece(&stream));
    }

    #[test]
    fn what_was_found_does_not_depend_on_when_it_is_asked_for(stream in stream(), at in 0..200_usize) {
        let (first, second) = stream.split_at(at.min(stream.len()));
        let (mut parser, mut found) = (Parser::new(), Vec::new());
        parser.feed(first);
        found.extend(parser.next().map(|next| next.map(Value::from).map_err(|error| error.to_string())));
        parser.feed(second);
        take_all(&mut parser, &mut found);
        prop_assert_eq!(found, in_one_piece(&stream));
    }
}
