//! Asks many guests at once what they are; one that is dead holds up none of the others.
//!
//! ```sh
//! cargo run -p qga-client --features tokio --example fleet unix:/run/a.sock vsock:7:1234
//! ```

use qga_client::qga_wire::family::system::{GetHostName, GetOsinfo};
use qga_client::tokio::Client;
use qga_client::{Address, Error, Options};
use std::env;
use std::error::Error as _;
use std::io::{self, Write};
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};

/// How many guests are asked at a time.
const AT_A_TIME: usize = 32;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let addresses: Result<Vec<Address>, _> = env::args().skip(1).map(|text| text.parse()).collect();
    let mut failed = 0;
    look_at_all(addresses?, |address, seen| {
        let text = seen.unwrap_or_else(|error| {
            failed += 1;
            with_reason(&error)
        });
        // What a guest says may not drive the terminal; and who has seen enough of it is no reason to stop.
        drop(writeln!(io::stdout(), "{address}: {}", text.escape_debug()));
    })
    .await?;
    if failed == 0 { Ok(()) } else { Err(format!("{failed} did not answer").into()) }
}

/// Looks at all guests, and tells of each as soon as it is known.
pub(crate) async fn look_at_all(
    addresses: Vec<Address>,
    mut tell: impl FnMut(&Address, Result<String, Error>),
) -> Result<(), JoinError> {
    let (mut left, mut looking) = (addresses.into_iter(), JoinSet::new());
    loop {
        for address in left.by_ref().take(AT_A_TIME - looking.len()) {
            looking.spawn(async move { (look(&address).await, address) });
        }
        let Some(seen) = looking.join_next().await else { return Ok(()) };
        let (seen, address) = seen?;
        tell(&address, seen);
    }
}

/// The error, and why it came to that.
fn with_reason(error: &Error) -> String {
    error.source().map_or_else(|| error.to_string(), |reason| format!("{error}: {reason}"))
}

/// What a guest is, asked in one round trip.
async fn look(address: &Address) -> Result<String, Error> {
    let options = Options { timeout: Duration::from_secs(5), ..Options::default() };
    let client = Client::connect(address, options).await?;
    let (name, os) = tokio::try_join!(client.call(&GetHostName {}), client.call(&GetOsinfo {}))?;
    Ok(format!("{}, {}", name.host_name, os.pretty_name.unwrap_or_default()))
}
