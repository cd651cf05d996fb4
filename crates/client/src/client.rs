//! Calls that wait for their answer.

use crate::call::Call;
use crate::error::Error;
use crate::ids::Ids;
use crate::link::Link;
use crate::options::Options;
use crate::protocol::{Arrival, Protocol, answer};
use crate::{reply, request};
use qga_transport::Address;
use qga_wire::Command;
use qga_wire::family::sync::SyncDelimited;
use qga_wire::json::Value;
use serde::Serialize;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

/// Bytes read at once: enough that a reply of some MiB is not a matter of system calls.
pub(crate) const READ_SIZE: usize = 256 << 10;

/// A connection to an agent.
///
/// Each call sends one command and waits for its answer, at most as long as [`Options::timeout`] says. When a
/// call failed in the middle, the next one first throws away what is still on its way.
///
/// ```no_run
/// use qga_client::{Client, Options};
/// use qga_wire::family::{sync::Ping, system::Info};
///
/// let mut client = Client::connect(&"unix:/run/guest.sock".parse()?, Options::default())?;
/// client.call(&Ping {})?;
/// println!("agent {:?}", client.call(&Info {})?.version);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client {
    link: Box<dyn Link>,
    address: String,
    protocol: Protocol,
    options: Options,
    ids: Ids,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects and makes sure that an agent answers.
    pub fn connect(address: &Address, options: Options) -> Result<Client, Error> {
        let call = Call::new(SyncDelimited::NAME, options.timeout);
        let address_text = address.to_string();
        let connection = qga_transport::connect(address, Some(options.timeout))
            .map_err(|error| call.broken(&address_text, error))?;
        Client::find(Box::new(connection), address_text, options, &call)
    }

    /// Makes sure that an agent answers at the other end of `link`, which is called `address` in errors.
    pub fn over(link: Box<dyn Link>, address: String, options: Options) -> Result<Client, Error> {
        let call = Call::new(SyncDelimited::NAME, options.timeout);
        Client::find(link, address, options, &call)
    }

    fn find(
        link: Box<dyn Link>,
        address: String,
        options: Options,
        call: &Call<'_>,
    ) -> Result<Client, Error> {
        let mut client = Client {
            link,
            address,
            protocol: Protocol::new(options.longest_reply),
            options,
            ids: Ids::new(),
            buffer: vec![0; READ_SIZE],
        };
        client.find_step(call)?;
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

    /// Sets how long each call from now on may take.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.options.timeout = timeout;
    }

    /// Sends `command` and returns its answer.
    ///
    /// Commands that shut down or suspend the guest are answered only when they fail: the agent is first made sure
    /// to listen, and then the call returns when the channel closes, when the agent is heard to have gone on to
    /// other things, or at the deadline. An agent that still tries after [`Options::silence`] may fail later
    /// without anybody being told.
    pub fn call<C: Command>(&mut self, command: &C) -> Result<C::Returns, Error> {
        let line = self.exchange(C::NAME, C::DECLARATION.silent, Some(command))?;
        self.checked(answer::<C>(line))
    }

    /// Sends any command, known to this library or not, and returns whatever it answers.
    ///
    /// ```no_run
    /// # let mut client = qga_client::Client::connect(&"unix:/x".parse()?, Default::default())?;
    /// let time = client.call_raw("guest-get-time", None)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call_raw(&mut self, name: &str, arguments: Option<&Value>) -> Result<Value, Error> {
        let line = self.exchange(name, request::is_silent(name), arguments)?;
        self.checked(reply::read(line, name, |node| Ok(Value::from(node))))
    }

    fn checked<T>(&mut self, answer: Result<T, Error>) -> Result<T, Error> {
        answer.inspect_err(|error| {
            if error.is_of_no_reply() {
                self.protocol.lose_step();
            }
        })
    }

    fn exchange(
        &mut self,
        command: &str,
        silent: bool,
        arguments: Option<&impl Serialize>,
    ) -> Result<Vec<u8>, Error> {
        let request = self.write_request(command, arguments)?;
        let call = Call::new(command, self.options.timeout);
        self.attempt(&call, &request, silent).inspect_err(|_| self.protocol.lose_step())
    }

    fn attempt(&mut self, call: &Call<'_>, request: &[u8], silent: bool) -> Result<Vec<u8>, Error> {
        // What is still under way belongs to nobody any more; and where silence is taken for success, it has to be
        // known that the agent listens.
        if silent || !self.protocol.keeps_step() {
            self.protocol.lose_step();
        }
        self.begin(call, request)?;
        if silent {
            let failure = self.failure_or_silence(call)?;
            return Ok(failure.unwrap_or_else(|| reply::NOTHING.to_vec()));
        }
        self.next_reply(call)
    }

    /// Sends a request whose answer is taken later with [`answer`](Client::answer).
    pub(crate) fn ask<C: Command>(&mut self, command: &C) -> Result<(), Error> {
        let request = self.write_request(C::NAME, Some(command))?;
        let call = Call::new(C::NAME, self.options.timeout);
        self.begin(&call, &request).inspect_err(|_| self.protocol.lose_step())
    }

    /// The answer to the oldest request that has none yet.
    pub(crate) fn answer<C: Command>(&mut self) -> Result<C::Returns, Error> {
        if self.protocol.owed() == 0 {
            return Err(Error::Lost { command: C::NAME.to_owned() });
        }
        let call = Call::new(C::NAME, self.options.timeout);
        let line = self.next_reply(&call).inspect_err(|_| self.protocol.lose_step())?;
        self.checked(answer::<C>(line))
    }

    /// Gives up the answers that were not taken.
    pub(crate) fn forget_answers(&mut self) {
        if self.protocol.owed() > 0 {
            self.protocol.lose_step();
        }
    }

    /// How many requests have no answer yet.
    pub(crate) fn owed(&self) -> usize {
        self.protocol.owed()
    }

    /// The most bytes of a file that one request takes, if they are no more than so many.
    pub(crate) fn piece(&self, most: usize) -> usize {
        // Base64 makes four of three; the rest is for names and numbers, and a multiple of three needs no padding.
        let room = self.link.longest_request().saturating_sub(256) / 4;
        // None at all would look like the end of the file; sending one that is too long tells what is wrong.
        room.saturating_mul(3).clamp(1, most)
    }

    fn write_request(&self, command: &str, arguments: Option<&impl Serialize>) -> Result<Vec<u8>, Error> {
        let request = request::write(command, arguments)?;
        let most = self.link.longest_request();
        if request.len() > most {
            let reason = format!("the way to this agent takes {most} bytes, and these are {}", request.len());
            return Err(Error::Unsendable { command: command.to_owned(), reason });
        }
        Ok(request)
    }

    fn begin(&mut self, call: &Call<'_>, request: &[u8]) -> Result<(), Error> {
        // With others under way it is kept, or their answers show that it is not.
        if self.protocol.owed() == 0 && !self.protocol.keeps_step() {
            self.find_step(call)?;
        }
        self.protocol.asked();
        self.send(request, call)
    }

    fn find_step(&mut self, call: &Call<'_>) -> Result<(), Error> {
        let handshake = Call { command: SyncDelimited::NAME, ..*call };
        loop {
            let bytes = self.protocol.find_step(self.ids.fresh());
            self.send(&bytes, &handshake)?;
            if self.next_arrival(&handshake)? == Arrival::Synced {
                return Ok(());
            }
        }
    }

    /// What the agent says to a command that it answers only when it fails.
    fn failure_or_silence(&mut self, call: &Call<'_>) -> Result<Option<Vec<u8>>, Error> {
        let patience = Call::new(call.command, self.options.silence.min(call.remaining()));
        let mut heard = self.next_reply(&patience).map(Some);
        if matches!(heard, Err(Error::TimedOut { .. })) {
            let bytes = self.protocol.probe(self.ids.fresh());
            heard = self.send(&bytes, call).and_then(|()| self.next_arrival(call)).map(Arrival::into_reply);
        }
        match heard {
            // The guest is off, or asleep: what was asked for.
            Err(Error::TimedOut { .. } | Error::Unreachable { .. }) => {
                self.protocol.lose_step();
                Ok(None)
            }
            heard => heard,
        }
    }

    fn next_reply(&mut self, call: &Call<'_>) -> Result<Vec<u8>, Error> {
        loop {
            if let Arrival::Reply(line) = self.next_arrival(call)? {
                return Ok(line);
            }
        }
    }

    fn next_arrival(&mut self, call: &Call<'_>) -> Result<Arrival, Error> {
        loop {
            if let Some(arrival) =
                self.protocol.next().map_err(|violation| violation.in_answer_to(call.command))?
            {
                return Ok(arrival);
            }
            if call.is_over() {
                return Err(call.timed_out(&self.address));
            }
            self.link.set_deadline(call.deadline);
            match self.link.read(&mut self.buffer) {
                Ok(0) => return Err(call.broken(&self.address, ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.protocol.receive(self.buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(call.broken(&self.address, error)),
            }
        }
    }

    fn send(&mut self, bytes: &[u8], call: &Call<'_>) -> Result<(), Error> {
        self.write(bytes, call).map_err(|error| call.broken(&self.address, error))
    }

    /// Not `write_all`, which a guest that takes a byte now and then keeps going past the deadline.
    fn write(&mut self, mut rest: &[u8], call: &Call<'_>) -> io::Result<()> {
        self.link.set_deadline(call.deadline);
        loop {
            match self.link.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if rest.is_empty() {
                return self.link.flush();
            }
            if call.is_over() {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut client = f.debug_struct("Client");
        client.field("address", &self.address).field("options", &self.options).finish_non_exhaustive()
    }
}
