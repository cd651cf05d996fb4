//! The example that freezes.

use crate::guest::{Guest, LONG, send, send_number};
use crate::snapshot::while_frozen;
use qga_client::Error;
use std::net::Shutdown;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

/// A guest with one filesystem, which hangs up instead of answering the first requests of that kind; and what it was
/// told to do.
fn guest(unanswered: &'static str, mut count: usize) -> (Guest, mpsc::Receiver<&'static str>) {
    let (told, requests) = mpsc::channel();
    let guest = Guest::syncing(move |line, stream| {
        let request = if line.contains("thaw") { "thaw" } else { "freeze" };
        told.send(request).unwrap_or_default();
        if request == unanswered && count > 0 {
            count -= 1;
            stream.shutdown(Shutdown::Both).unwrap_or_default();
        } else {
            send_number(stream, 1);
        }
    });
    (guest, requests)
}

#[test]
fn the_work_is_done_between_freeze_and_thaw() {
    let (guest, requests) = guest("", 0);
    let before = while_frozen(&mut guest.connect(LONG).unwrap(), || requests.try_iter().collect::<Vec<_>>());
    assert_eq!(before.unwrap(), Some(vec!["freeze"]));
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["thaw"]);
}

#[test]
fn a_guest_is_thawed_when_the_work_panics() {
    let (guest, requests) = guest("", 0);
    let mut client = guest.connect(LONG).unwrap();
    let ended = catch_unwind(AssertUnwindSafe(|| while_frozen(&mut client, || panic!("no space"))));
    assert!(ended.is_err());
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["freeze", "thaw"]);
}

#[test]
fn a_thaw_that_is_not_answered_is_tried_again_over_a_new_connection() {
    let (guest, requests) = guest("thaw", 2);
    let mut client = guest.connect(LONG).unwrap();
    let done = while_frozen(&mut client, || ());
    assert_eq!(done.unwrap(), Some(()));
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["freeze", "thaw", "thaw", "thaw"]);
}

#[test]
fn a_guest_is_thawed_when_the_freeze_is_not_answered() {
    let (guest, requests) = guest("freeze", 1);
    let error = while_frozen(&mut guest.connect(LONG).unwrap(), || ()).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(requests.try_iter().collect::<Vec<_>>(), ["freeze", "thaw"]);
}

#[test]
fn nothing_is_done_when_nothing_is_frozen_and_nothing_is_trusted_that_did_not_stay_frozen() {
    for frozen in [0, 1] {
        let guest = Guest::syncing(move |line, stream| {
            send_number(stream, if line.contains("thaw") { 0 } else { frozen });
        });
        let mut was_done = 0;
        let done = while_frozen(&mut guest.connect(LONG).unwrap(), || was_done += 1);
        assert_eq!((done.unwrap(), was_done), (None, frozen));
    }
    let refusal: &[u8] = b"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"not allowed\"}}\n";
    let guest = Guest::syncing(move |_, stream| send(stream, refusal));
    let error = while_frozen(&mut guest.connect(LONG).unwrap(), || ()).unwrap_err();
    assert!(matches!(error, Error::Agent { desc, .. } if desc == "not allowed"));
}
