//! The task that moves the bytes.

use super::conversation::{Conversation, Word};
use crate::client::READ_SIZE;
use ::tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ::tokio::pin;
use ::tokio::select;
use ::tokio::sync::mpsc::UnboundedReceiver;
use ::tokio::time::sleep_until;
use std::io::{ErrorKind, Result};
use std::time::Instant;

/// Takes jobs until there can be no more of them, or the connection ends.
///
/// Everything goes on at the same time, so that an agent which waits for its answers to be read cannot hold up its own
/// requests. Nobody need be woken for a deadline: who gives up says so.
pub(super) async fn drive(
    link: impl AsyncRead + AsyncWrite,
    mut words: UnboundedReceiver<Word>,
    mut conversation: Conversation,
) {
    pin!(link);
    let (mut reader, mut writer) = io::split(link);
    let mut buffer = vec![0; READ_SIZE];
    loop {
        let probe_at = conversation.probe_at();
        let done = select! {
            word = words.recv() => {
                match word {
                    Some(Word::Job(job)) => conversation.ask(job),
                    Some(Word::GivenUp) => conversation.given_up(),
                    Some(Word::Distrust(violation)) => conversation.distrust(violation),
                    None => return,
                }
                Ok(())
            }
            count = push(&mut writer, conversation.outgoing()), if conversation.has_to_send() => {
                count.map(|count| conversation.sent(count))
            }
            count = reader.read(&mut buffer), if conversation.is_listening() => {
                count.and_then(some).map(|count| conversation.receive(buffer.get(..count).unwrap_or_default()))
            }
            () = sleep_until(probe_at.unwrap_or_else(Instant::now).into()), if probe_at.is_some() => {
                conversation.probe();
                Ok(())
            }
        };
        if let Err(error) = done {
            return conversation.end(&error);
        }
    }
}

/// Sends some bytes, and when there are none what is kept back on its way.
async fn push(mut writer: impl AsyncWrite + Unpin, bytes: &[u8]) -> Result<usize> {
    if bytes.is_empty() {
        return writer.flush().await.map(|()| 0);
    }
    writer.write(bytes).await.and_then(some)
}

/// No bytes at all mean that the other end is gone.
fn some(count: usize) -> Result<usize> {
    if count == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(count) }
}
