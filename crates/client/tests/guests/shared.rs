//! One connection of many tasks, some of which give up.

use crate::guest::{Guest, LONG, Nap, SHORT, number, options, send_number, sync};
use qga_client::Error;
use qga_client::tokio::Client;
use qga_wire::family::sync::{Ping, Sync};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufStream, duplex, split};
use tokio::sync::mpsc;

/// A guest that hangs from a ping on until the next handshake, and else gives back numbers. It says when it hangs.
fn hanging() -> (Guest, mpsc::UnboundedReceiver<()>) {
    let (said, hangs) = mpsc::unbounded_channel();
    let mut is_hung = false;
    let guest = Guest::new(move |line, stream| {
        is_hung = !sync(line, stream) && (is_hung || line.contains("ping"));
        if is_hung {
            said.send(()).unwrap_or_default();
        } else if line.contains("\"guest-sync\"") {
            send_number(stream, number(line));
        }
    });
    (guest, hangs)
}

#[tokio::test]
async fn a_call_that_hangs_is_left_behind_although_others_are_always_under_way() {
    let (guest, _hangs) = hanging();
    let client = Client::connect(guest.address(), options(SHORT)).await.unwrap();
    // Held, and never asked for: its time is over all the same.
    let _held = client.ask(&Ping {}).unwrap();
    let (answered, mut first) = mpsc::unbounded_channel();
    let start = Instant::now();
    while first.try_recv().is_err() {
        assert!(start.elapsed() < LONG, "nothing is answered any more");
        let (client, answered) = (client.clone(), answered.clone());
        tokio::spawn(async move {
            if client.call(&Sync { id: 5 }).await.is_ok() {
                answered.send(()).unwrap_or_default();
            }
        });
        tokio::time::sleep(SHORT / 4).await;
    }
}

#[tokio::test]
async fn a_call_behind_those_that_give_up_is_sent_when_the_last_of_them_has() {
    let (guest, mut hangs) = hanging();
    let client = Client::connect(guest.address(), options(LONG)).await.unwrap();
    let first = client.ask(&Ping {}).unwrap();
    let second = client.ask(&Sync { id: 1 }).unwrap();
    for _ in 0..2 {
        hangs.recv().await.unwrap();
    }
    drop(first);
    let give_up = async {
        tokio::time::sleep(SHORT).await;
        drop(second);
    };
    let ((), last) = tokio::join!(give_up, client.call(&Sync { id: 2 }));
    assert_eq!(last.unwrap(), 2);
}

#[tokio::test]
async fn an_answer_that_is_waited_for_holds_the_connection() {
    let guest = Guest::echo();
    let client = Client::connect(guest.address(), options(LONG)).await.unwrap();
    let pending = client.ask(&Sync { id: 5 }).unwrap();
    drop(client);
    assert_eq!(pending.answer().await.unwrap(), 5);
}

#[tokio::test]
async fn a_command_that_is_answered_only_when_it_fails_has_not_succeeded_unless_it_was_sent() {
    let was_seen = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&was_seen);
    let guest = Guest::syncing(move |line, _| {
        if line.contains("nap") {
            seen.store(true, Ordering::SeqCst);
        }
    });
    let client = Client::connect(guest.address(), options(LONG)).await.unwrap();
    let ping = async {
        tokio::task::yield_now().await;
        client.with_timeout(SHORT * 2).call(&Ping {}).await
    };
    let hurried = client.with_timeout(SHORT);
    let (_, nap) = tokio::join!(ping, hurried.call(&Nap {}));
    assert!(nap.is_err() || was_seen.load(Ordering::SeqCst), "{nap:?}");
    let hung = Client::connect(Guest::falling_asleep().address(), options(SHORT * 3)).await.unwrap();
    drop(tokio::time::timeout(SHORT, hung.call(&Ping {})).await);
    assert!(matches!(hung.call(&Nap {}).await, Err(Error::TimedOut { .. })));
}

#[tokio::test]
async fn a_stream_may_keep_back_what_is_written_until_it_is_flushed() {
    let (here, there) = duplex(64);
    tokio::spawn(async move {
        let (reader, mut writer) = split(there);
        let mut lines = BufReader::new(reader).split(b'\n');
        while let Some(line) = lines.next_segment().await.unwrap() {
            let line = String::from_utf8_lossy(&line).into_owned();
            let mark: &[u8] = if line.contains("delimited") { b"\xff" } else { b"" };
            let answer = format!("{{\"return\": {}}}\n", number(&line));
            writer.write_all(&[mark, answer.as_bytes()].concat()).await.unwrap();
        }
    });
    let client = Client::over(BufStream::new(here), "buffered".into(), options(LONG)).await.unwrap();
    assert_eq!(client.call(&Sync { id: 5 }).await.unwrap(), 5);
}
