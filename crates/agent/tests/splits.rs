//! However a channel splits what a client sends, the answers are the same, and each has its request's id.
#![cfg(test)]

use proptest::{collection::vec, prelude::*, sample::select};
use qga_agent::dispatch::Call;
use qga_agent::{Agent, Freeze, Policy};
use qga_platform::{Os, Root, fake};
use qga_transport::Peer;
use qga_wire::json::{Line, Parser};
use std::sync::Arc;

/// Requests that change nothing, ask nothing of the machine, and are answered alike whenever they come.
const REQUESTS: &[&str] = &[
    "{\"execute\": \"guest-ping\"ID}",
    "{'execute': 'guest-sync', 'arguments': {'id': 42}ID}",
    "{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": -7}ID}",
    "{\"execute\": \"guest-get-time\"ID}",
    "{\"execute\": \"guest-info\"ID}",
    "{\"execute\": \"guest-fsfreeze-status\"ID}",
    "{\"execute\": \"guest-file-read\", \"arguments\": {\"handle\": 1}ID}",
    "{\"execute\": \"guest-file-write\", \"arguments\": {\"handle\": 1, \"buf-b64\": \"!\"}ID}",
    "{\"execute\": \"guest-exec-status\", \"arguments\": {\"pid\": 0}ID}",
    "{\"execute\": \"guest-sync\", \"arguments\": {\"id\": \"\\u00e9\"}ID}",
    "{\"execute\": \"no-such-command\"ID}",
    "{\"execute\": \"guest-ping\", \"arguments\": {\"more\": []}ID}",
];

/// What comes between requests, or in the middle of one.
const NOISE: &[&[u8]] = &[b"\xFF", b"\n", b" ", b"}", b"[", b"@", b"{\"execute\": ", b"'\xC3\x28'", b"\0"];

const IDS: &[&str] = &["1", "\"text\"", "null", "[1, {\"a\": true}]", "{\"b\": -1.5}"];

fn request() -> impl Strategy<Value = (String, Option<&'static str>)> {
    (select(REQUESTS), proptest::option::of(select(IDS))).prop_map(|(request, id)| {
        let member = id.map(|id| format!(", \"id\": {id}")).unwrap_or_default();
        (request.replace("ID", &member), id)
    })
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        3 => request().prop_map(|(request, _)| request.into_bytes()),
        1 => select(NOISE).prop_map(<[u8]>::to_vec),
    ];
    vec(part, 0..20).prop_map(|parts| parts.concat())
}

/// An agent of a system without files, whose clock stands still.
fn agent() -> Agent {
    let os = Os {
        root: Root::at("/no/such/root"),
        clock: Box::new(fake::Clock::default()),
        programs: Box::new(fake::Programs::default()),
        filesystems: Box::new(fake::Filesystems::default()),
        ..Os::system()
    };
    let freeze = Freeze::new(qga_agent::Rules::default(), Box::new(()), None);
    Agent::new(os, Policy::default(), Box::new(|| Ok(0)), freeze)
}

fn replies<'a>(agent: &Agent, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut parser, mut told) = (Parser::new(), Vec::new());
    for piece in pieces {
        parser.feed(piece);
        while let Some(read) = parser.next() {
            let call = read.map_or_else(|error| Call::malformed(&error), Call::read);
            let reply = call.run(agent, &Arc::new(Peer::Unix(None)));
            reply.write(&mut Line { bytes: &mut told, send: None });
        }
    }
    told
}

fn pieces<'a>(stream: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    lengths.iter().cycle().map_while(move |length| {
        let (piece, later) = rest.split_at(rest.len().min(*length));
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}

proptest! {
    #[test]
    fn any_split_gives_the_same_answers(stream in stream(), lengths in vec(1..70_usize, 1..20)) {
        let agent = agent();
        let whole = replies(&agent, [&stream[..]].into_iter());
        let split = replies(&agent, pieces(&stream, &lengths));
        prop_assert_eq!(String::from_utf8_lossy(&split), String::from_utf8_lossy(&whole));
    }

    #[test]
    fn each_answer_has_the_id_of_its_request(requests in vec(request(), 1..20)) {
        let stream: String = requests.iter().map(|(request, _)| request.as_str()).collect();
        let told = replies(&agent(), [stream.as_bytes()].into_iter());
        let lines: Vec<_> = told.split_inclusive(|byte| *byte == b'\n').collect();
        prop_assert_eq!(lines.len(), requests.len());
        for (line, (request, id)) in lines.iter().zip(&requests) {
            let line = String::from_utf8_lossy(line);
            match id {
                Some(id) => prop_assert!(line.contains(&format!("\"id\": {id}")), "{request}: {line}"),
                None => prop_assert!(!line.contains("\"id\": "), "{request}: {line}"),
            }
        }
    }
}
