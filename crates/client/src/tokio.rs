//! Calls that are awaited (feature `tokio`).
//!
//! Map, in the order to read: [`Client`] takes calls from any number of tasks; `conversation` puts them in order
//! over the same [`protocol`](crate::protocol) as the blocking client, without I/O; `drive` is the task that moves
//! the bytes. `file` and `exec` add files of any size and programs run to their end.
//!
//! Several calls may be under way at a time, on one connection: all are sent at once, and answered in their order.
//!
//! ```no_run
//! use qga_client::{Options, tokio::Client};
//! use qga_wire::family::{cpu::GetLoad, system::GetHostName, time::GetTime};
//!
//! async fn look(client: &Client) -> Result<(), qga_client::Error> {
//!     let (time, load) = tokio::try_join!(client.call(&GetTime {}), client.call(&GetLoad {}))?;
//!     println!("{time} ns since 1970, load {}", load.load1m);
//!     Ok(())
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = Client::connect(&"unix:/run/guest.sock".parse()?, Options::default()).await?;
//!     println!("{}", client.call(&GetHostName {}).await?.host_name);
//!     Ok(look(&client).await?)
//! }
//! ```
//!
//! A call that is given up, because its time is over or its future was dropped, leaves the connection usable: its
//! answer is skipped when it comes. As it may never come, nothing more is sent until it does, or until those that
//! were sent behind it are given up, too: then a handshake makes sure that the next call gets its own answer.

#[cfg(unix)]
mod channel;
mod client;
mod conversation;
mod drive;
mod exec;
mod file;

pub use client::{Client, Pending};
pub use file::GuestFile;
