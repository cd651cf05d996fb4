//! What time it is in the guest.

use jiff::Timestamp;
use qga_client::{Client, Error};
use qga_wire::family::time::GetTime;
use std::time::Duration;

/// Clocks this close are the same, to somebody who asks over a channel.
const SAME: Duration = Duration::from_millis(20);

pub(crate) fn lines(client: &mut Client) -> Result<Vec<String>, Error> {
    let before = now();
    let nanoseconds = client.call(&GetTime {})?;
    Ok(vec![line(nanoseconds, between(before, now()))])
}

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// When a clock was read that was asked for at `before` and answered at `after`: somewhere between.
pub(crate) fn between(before: Timestamp, after: Timestamp) -> Timestamp {
    before + before.duration_until(after) / 2
}

/// How far a clock is off, if that is a time at all.
pub(crate) fn apart(nanoseconds: i64, here: Timestamp) -> Option<Duration> {
    let guest = Timestamp::from_nanosecond(nanoseconds.into()).ok()?;
    Some(here.duration_until(guest).unsigned_abs())
}

pub(crate) fn line(nanoseconds: i64, here: Timestamp) -> String {
    let Ok(guest) = Timestamp::from_nanosecond(nanoseconds.into()) else {
        return format!("{nanoseconds} ns since 1970");
    };
    let ahead = here.duration_until(guest);
    let shown = guest.strftime("%F %T UTC");
    match ahead.unsigned_abs() {
        apart if apart <= SAME => format!("{shown}, as here"),
        apart => {
            let direction = if ahead.is_positive() { "ahead of" } else { "behind" };
            format!("{shown}, {} {direction} this host", spelled(apart))
        }
    }
}

fn spelled(apart: Duration) -> String {
    match apart {
        apart if apart < Duration::from_secs(1) => format!("{} ms", apart.as_millis()),
        apart if apart < Duration::from_secs(100) => format!("{:.1} s", apart.as_secs_f64()),
        apart => indicatif::HumanDuration(apart).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        let here: Timestamp = "2026-11-26T18:03:06Z".parse().unwrap();
        let at = |text: &str| {
            let there: Timestamp = text.parse().unwrap();
            line(i64::try_from(there.as_nanosecond()).unwrap(), here)
        };
        assert_eq!(at("2026-11-26T18:03:06.01Z"), "2026-11-26 18:03:06 UTC, as here");
        assert_eq!(at("2026-11-26T18:03:06.5Z"), "2026-11-26 18:03:06 UTC, 500 ms ahead of this host");
        assert_eq!(at("2026-11-26T18:02:56Z"), "2026-11-26 18:02:56 UTC, 10.0 s behind this host");
        assert_eq!(at("2026-11-26T13:03:06Z"), "2026-11-26 13:03:06 UTC, 5 hours behind this host");
        assert!(line(i64::MAX, here).starts_with("2262-04-11 23:47:16 UTC"));
    }
}
