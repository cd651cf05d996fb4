//! What programs call.

use super::conversation::{Answer, Conversation, Job, Kind, Word};
use super::drive::drive;
use crate::call::Call;
use crate::error::{Error, Violation};
use crate::options::Options;
use crate::{protocol, reply, request};
use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::sync::{mpsc, oneshot};
use ::tokio::time::timeout_at;
#[cfg(unix)]
use qga_transport::Address;
use qga_wire::Command;
use qga_wire::family::sync::SyncDelimited;
use qga_wire::json::Value;
use std::io::ErrorKind;
use std::marker::PhantomData;
use std::sync::Arc;

/// A connection to an agent, for any number of tasks: clones are the same connection, which ends with the last of
/// them and of the answers that are waited for.
///
/// Each call ends by [`Options::timeout`], the time included that it waits for calls before it.
#[derive(Debug, Clone)]
pub struct Client {
    words: mpsc::UnboundedSender<Word>,
    address: Arc<str>,
    options: Options,
}

/// A request under way, whose answer was not taken yet. Dropping it gives the answer up, and undoes nothing. It holds
/// the connection.
#[must_use = "the answer is taken by `answer`"]
#[derive(Debug)]
pub struct Pending<C> {
    waiting: Waiting<'static>,
    command: PhantomData<fn() -> C>,
}

#[derive(Debug)]
struct Waiting<'a> {
    answer: oneshot::Receiver<Answer>,
    is_answered: bool,
    call: Call<'a>,
    /// Holds the connection.
    client: Client,
}

impl Client {
    /// Connects and makes sure that an agent answers. To be called in a tokio runtime with I/O and time enabled.
    #[cfg(unix)]
    pub async fn connect(address: &Address, options: Options) -> Result<Client, Error> {
        let call = Call::new(SyncDelimited::NAME, options.timeout);
        let text = address.to_string();
        let channel = super::channel::connect(address.clone(), options.timeout)
            .await
            .map_err(|error| call.broken(&text, error))?;
        Client::find(channel, text, options, call).await
    }

    /// Makes sure that an agent answers at the other end of `link`, which is called `address` in errors. To be called
    /// in a tokio runtime with time enabled.
    pub async fn over(
        link: impl AsyncRead + AsyncWrite + Send + 'static,
        address: String,
        options: Options,
    ) -> Result<Client, Error> {
        let call = Call::new(SyncDelimited::NAME, options.timeout);
        Client::find(link, address, options, call).await
    }

    async fn find(
        link: impl AsyncRead + AsyncWrite + Send + 'static,
        address: String,
        options: Options,
        call: Call<'_>,
    ) -> Result<Client, Error> {
        let (words, said) = mpsc::unbounded_channel();
        ::tokio::spawn(drive(link, said, Conversation::new(options)));
        let client = Client { words, address: address.into(), options };
        client.submit(Kind::Settle, Vec::new(), None, call).take().await?;
        Ok(client)
    }

    /// Where the agent is, as an address is written.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What the client goes by.
    pub fn options(&self) -> Options {
        self.options
    }

    /// The same connection with another patience.
    #[must_use]
    pub fn with_timeout(&self, timeout: std::time::Duration) -> Client {
        Client { options: Options { timeout, ..self.options }, ..self.clone() }
    }

    /// Sends `command` and returns its answer. Dropped before that, it may still be run, and the connection stays
    /// usable.
    ///
    /// Commands that shut down or suspend the guest are answered only when they fail: see
    /// [the blocking call](crate::Client::call). No other call is sent before it is known what became of such a one.
    pub async fn call<C: Command>(&self, command: &C) -> Result<C::Returns, Error> {
        let request = protocol::request(command)?;
        let line = self.exchange(C::NAME, C::DECLARATION.silent, request).await?;
        self.checked(protocol::answer::<C>(line))
    }

    /// Sends any command, known to this library or not, and returns whatever it answers.
    pub async fn call_raw(&self, name: &str, arguments: Option<&Value>) -> Result<Value, Error> {
        let request = request::write(name, arguments)?;
        let line = self.exchange(name, request::is_silent(name), request).await?;
        self.checked(reply::read(line, name, |node| Ok(Value::from(node))))
    }

    fn checked<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        answer.inspect_err(|error| {
            if let Error::Protocol { source: source @ Violation::NotAReply(_), .. } = error {
                // When the connection has ended, there is nothing left to be confused.
                drop(self.words.send(Word::Distrust(source.clone())));
            }
        })
    }

    /// Sends `command` behind those that are under way, without waiting for anything; the answer is taken later.
    /// Commands that are answered only when they fail do not belong here.
    ///
    /// ```
    /// use qga_client::{Error, tokio::Client};
    /// use qga_wire::family::exec::ExecStatus;
    ///
    /// /// Which of these programs have ended, in one round trip.
    /// async fn ended(client: &Client, processes: &[i64]) -> Result<Vec<i64>, Error> {
    ///     let asked: Result<Vec<_>, _> =
    ///         processes.iter().map(|pid| client.ask(&ExecStatus { pid: *pid })).collect();
    ///     let mut ended = Vec::new();
    ///     for (pid, pending) in processes.iter().zip(asked?) {
    ///         if pending.answer().await?.exited {
    ///             ended.push(*pid);
    ///         }
    ///     }
    ///     Ok(ended)
    /// }
    /// ```
    pub fn ask<C: Command>(&self, command: &C) -> Result<Pending<C>, Error> {
        let request = protocol::request(command)?;
        let call = Call::new(C::NAME, self.options.timeout);
        Ok(Pending { waiting: self.submit(Kind::Call, request, None, call), command: PhantomData })
    }

    async fn exchange(&self, name: &str, silent: bool, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        let call = Call::new(name, self.options.timeout);
        if !silent {
            return self.submit(Kind::Call, request, None, call).take().await;
        }
        let (sent, mut was_sent) = oneshot::channel();
        match self.submit(Kind::Silent, request, Some(sent), call).take().await {
            // The guest is off, or asleep: what was asked for.
            Err(Error::TimedOut { .. } | Error::Unreachable { .. }) if was_sent.try_recv().is_ok() => {
                Ok(reply::NOTHING.to_vec())
            }
            answer => answer,
        }
    }

    fn submit<'a>(
        &self,
        kind: Kind,
        request: Vec<u8>,
        sent: Option<oneshot::Sender<()>>,
        call: Call<'a>,
    ) -> Waiting<'a> {
        let (caller, answer) = oneshot::channel();
        // When the connection has ended, that shows when the answer is waited for.
        let job = Job { kind, request, caller, deadline: call.deadline, sent, is_led: false };
        drop(self.words.send(Word::Job(job)));
        Waiting { answer, is_answered: false, call, client: self.clone() }
    }
}

impl<C: Command> Pending<C> {
    /// Waits for the answer, for as long as is left of the time since it was asked for.
    pub async fn answer(self) -> Result<C::Returns, Error> {
        let client = self.waiting.client.clone();
        client.checked(protocol::answer::<C>(self.waiting.take().await?))
    }
}

impl Waiting<'_> {
    async fn take(mut self) -> Result<Vec<u8>, Error> {
        let address = Arc::clone(&self.client.address);
        let answer = &mut self.answer;
        let answered = match self.call.deadline {
            Some(deadline) => {
                timeout_at(deadline.into(), answer).await.map_err(|_| self.call.timed_out(&address))?
            }
            None => answer.await,
        };
        self.is_answered = true;
        match answered {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(loss)) => Err(loss.in_answer_to(&self.call, &address)),
            // A job is dropped when its time is over, which may be noticed there first.
            Err(_) if self.call.is_over() => Err(self.call.timed_out(&address)),
            Err(_) => Err(self.call.broken(&address, ErrorKind::BrokenPipe.into())),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.answer.close();
            // When the connection has ended, nobody is left who could be served instead.
            drop(self.client.words.send(Word::GivenUp));
        }
    }
}
