//! Files in pieces.

use crate::guest::{Guest, LONG, NOTHING, send, sync};
use qga_client::{Error, FileError};
use std::io::{self, ErrorKind, SeekFrom, Write};

/// Takes a piece, and then finds that the disk is full.
struct FullDisk {
    has_room: bool,
}

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let had_room = std::mem::take(&mut self.has_room);
        if had_room { Ok(bytes.len()) } else { Err(ErrorKind::StorageFull.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A guest that has a file of these pieces.
fn with_file(pieces: &'static [&'static str]) -> Guest {
    let mut left = pieces.iter();
    Guest::syncing(move |line, stream| {
        if line.contains("open") {
            send(stream, b"{\"return\": 1000}\n");
        } else if line.contains("seek") {
            left = pieces.iter();
            send(stream, b"{\"return\": {\"position\": 0, \"eof\": false}}\n");
        } else if line.contains("close") {
            send(stream, NOTHING);
        } else {
            let piece = left.next().unwrap_or(&"");
            let eof = left.len() == 0;
            let content = format!("{{\"count\": 3, \"buf-b64\": \"{piece}\", \"eof\": {eof}}}");
            send(stream, format!("{{\"return\": {content}}}\n").as_bytes());
        }
    })
}

#[test]
fn a_copy_that_failed_leaves_nothing_behind_for_the_next_one() {
    let mut client = with_file(&["AAAA", "AQEB", "AgIC", "AwMD"]).connect(LONG).unwrap();
    let mut bytes = Vec::new();
    let copied = client.with_file("/x", "r", |file| {
        let error = file.copy_to(&mut FullDisk { has_room: true }, |_| ()).unwrap_err();
        assert!(matches!(error, FileError::Local(_)), "{error:?}");
        // Where the file stands is not known now, and no more may be taken for its rest.
        let mut rest = Vec::new();
        file.copy_to(&mut rest, |_| ())?;
        assert_eq!(rest, [0; 0]);
        file.seek(SeekFrom::Start(0))?;
        file.copy_to(&mut bytes, |_| ())
    });
    assert_eq!(copied.unwrap(), 12);
    assert_eq!(bytes, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
}

#[test]
fn a_copy_is_done_when_all_of_it_is_where_it_was_to_go() {
    let mut client = with_file(&["AAAA", "AQEB"]).connect(LONG).unwrap();
    let mut to = io::BufWriter::new(FullDisk { has_room: false });
    let error = client.read_file("/x", &mut to, |_| ()).unwrap_err();
    assert!(matches!(error, FileError::Local(_)), "{error:?}");
    // What it holds cannot be written when it goes.
    drop(to.into_parts());
}

#[test]
fn a_file_that_grows_out_of_nothing_is_not_believed() {
    let cases: [(&'static [u8], &str); 3] = [
        (b"{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": false}}\n", "no bytes"),
        (b"{\"return\": {\"count\": 3, \"buf-b64\": \"****\", \"eof\": true}}\n", "no base64"),
        (b"{\"return\": {\"count\": 0, \"eof\": true}}\n", "missing"),
    ];
    for (bytes, word) in cases {
        let guest = Guest::new(move |line, stream| {
            if line.contains("open") {
                send(stream, b"{\"return\": 1000}\n");
            } else if line.contains("close") {
                send(stream, b"{\"return\": {}}\n");
            } else if !sync(line, stream) {
                send(stream, bytes);
            }
        });
        let error = guest.connect(LONG).unwrap().read_file("/x", &mut Vec::new(), |_| {}).unwrap_err();
        let FileError::Agent(Error::Protocol { source, .. }) = error else { panic!("{error:?}") };
        assert!(source.to_string().contains(word), "{source}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_closed_and_both_failures_are_told() {
    let guest = Guest::new(|line, stream| {
        if line.contains("open") {
            send(stream, b"{\"return\": 1000}\n");
        } else if !sync(line, stream) {
            let desc = if line.contains("close") { "not closed" } else { "not read" };
            send(stream, format!("{{\"error\": {{\"class\": \"X\", \"desc\": \"{desc}\"}}}}\n").as_bytes());
        }
    });
    let error = guest.connect(LONG).unwrap().read_file("/x", &mut Vec::new(), |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "not read; and then: not closed");
}

#[test]
fn a_piece_that_was_not_written_whole_is_an_error() {
    let guest = Guest::new(|line, stream| {
        if line.contains("open") {
            send(stream, b"{\"return\": 1000}\n");
        } else if !sync(line, stream) {
            send(stream, b"{\"return\": {\"count\": 1, \"eof\": false}}\n");
        }
    });
    let error = guest.connect(LONG).unwrap().write_file("/x", &mut &b"two"[..], |_| {}).unwrap_err();
    assert!(error.to_string().contains("breaks the protocol"), "{error:?}");
}
