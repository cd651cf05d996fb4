//! The guest's clock.

use crate::Command;
use serde::{Deserialize, Serialize};

/// Tells the guest's time: nanoseconds since 1970-01-01 00:00 UTC, exact to the microsecond.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-get-time", since = "1.5", returns = i64, effect = Read)]
pub struct GetTime {}

/// Sets the guest's clock and then its hardware clock; without a time, sets the clock from the hardware clock.
///
/// Use it after a guest was paused or restored from a snapshot. If the hardware clock cannot be set, that is
/// answered as an error although the guest's clock has been set.
#[derive(Debug, Serialize, Deserialize, Command)]
#[command(name = "guest-set-time", since = "1.5", effect = Write)]
pub struct SetTime {
    /// Nanoseconds since 1970-01-01 00:00 UTC; the year must lie within 1970 and 2069 in the guest's timezone.
    #[command(logged)]
    pub time: Option<i64>,
}
