//! Freezes a guest, runs a command on this host that copies its disk, and thaws the guest whatever happens.
//!
//! ```sh
//! cargo run -p qga-client --example snapshot unix:/run/guest.sock lvcreate -s -n snap vg/web1
//! ```
//!
//! A signal that ends this program ends it before the thaw: a real one catches it, with the crate `ctrlc` for example.

use qga_client::qga_wire::family::freeze::{FsfreezeFreeze, FsfreezeThaw};
use qga_client::{Client, Error, Options};
use std::env;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Command;
use std::time::Duration;

/// How often a thaw is tried that is not answered.
const ATTEMPTS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(program)) = (arguments.next(), arguments.next()) else {
        return Err("usage: snapshot ADDRESS COMMAND [ARGUMENT...]".into());
    };
    // A freeze waits until all is written that was in the guest's memory.
    let options = Options { timeout: Duration::from_secs(120), ..Options::default() };
    let mut client = Client::connect(&address.parse()?, options)?;
    let mut copy = Command::new(program);
    let ended = while_frozen(&mut client, || copy.args(arguments).status())?;
    let status = ended.ok_or("the guest did not stand still: there is no copy that could be trusted")??;
    if status.success() { Ok(()) } else { Err(format!("the command failed: {status}").into()) }
}

/// Does `work` while the guest's filesystems are frozen, and thaws them whatever happens.
///
/// Nothing comes back if nothing could be frozen, and then `work` was not begun; or if nothing was left to thaw,
/// because the agent had to end the freeze before.
pub(crate) fn while_frozen<T>(client: &mut Client, work: impl FnOnce() -> T) -> Result<Option<T>, Error> {
    let frozen = client.call(&FsfreezeFreeze {});
    let done = match frozen {
        // A panic has to wait for the thaw.
        Ok(count) if count > 0 => Some(catch_unwind(AssertUnwindSafe(work))),
        _ => None,
    };
    // Also when the freeze failed: one that took longer than the deadline may stand all the same.
    let thawed = thaw(client);
    let done = done.transpose().unwrap_or_else(|panic| resume_unwind(panic));
    match (frozen, thawed) {
        // An agent that says so has frozen nothing, and may refuse to thaw as well.
        (Err(refusal @ Error::Agent { .. }), _) => Err(refusal),
        (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
        (Ok(_), Ok(count)) => Ok(done.filter(|_| count > 0)),
    }
}

/// Thaws; when that is not answered, over a new connection, as the old one may be what is broken.
fn thaw(client: &mut Client) -> Result<i64, Error> {
    for _ in 1..ATTEMPTS {
        match client.call(&FsfreezeThaw {}) {
            Err(Error::Agent { desc, class }) => return Err(Error::Agent { desc, class }),
            Err(error) => drop(writeln!(io::stderr(), "{error}; trying to thaw again")),
            thawed => return thawed,
        }
        if let Some(Ok(fresh)) =
            client.address().parse().ok().map(|to| Client::connect(&to, client.options()))
        {
            *client = fresh;
        }
    }
    client.call(&FsfreezeThaw {})
}
