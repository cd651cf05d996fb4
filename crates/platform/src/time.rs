//! The clock.

use crate::helper::{Helper, Programs};
use crate::system::local_year;
use crate::{Error, Result, Root};
use jiff::Timestamp;
use nix::sys::time::{TimeSpec, TimeValLike};
use nix::time::{ClockId, clock_gettime, clock_settime};

/// A moment: nanoseconds since 1970-01-01 00:00 UTC.
pub type Nanoseconds = i64;

/// The system's clock.
pub trait Clock: Send + Sync {
    /// What it shows.
    fn now(&self) -> Result<Nanoseconds>;
    /// Sets it, to the microsecond.
    fn set(&self, time: Nanoseconds) -> Result<()>;
}

/// The real one.
pub struct SystemClock;

const SECOND: i64 = 1_000_000_000;
const MICROSECOND: i64 = 1_000;
/// The years to which the clock may be set; a two-digit year of a hardware clock means one of these.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2069;
/// The program that reads and sets the hardware clock.
pub const HWCLOCK: &str = "/sbin/hwclock";

impl Clock for SystemClock {
    fn now(&self) -> Result<Nanoseconds> {
        let now = clock_gettime(ClockId::CLOCK_REALTIME)
            .map_err(|error| Error::new("failed to get time", error))?;
        Ok(now.num_nanoseconds() / MICROSECOND * MICROSECOND)
    }

    fn set(&self, time: Nanoseconds) -> Result<()> {
        let time = TimeSpec::nanoseconds(time / MICROSECOND * MICROSECOND);
        clock_settime(ClockId::CLOCK_REALTIME, time)
            .map_err(|error| Error::new("Failed to set time to guest", error))
    }
}

/// Sets the clock to `time`, then the hardware clock to the clock. `variable` is what `TZ` says: whether the
/// year is one that a clock may show goes by the local calendar.
pub fn set(
    root: &Root,
    variable: Option<&str>,
    clock: &dyn Clock,
    programs: &dyn Programs,
    time: Nanoseconds,
) -> Result<()> {
    let year = local_year(root, variable, time / SECOND);
    if !year.is_some_and(|year| YEARS.contains(&year)) {
        return Err(Error::told("Invalid time"));
    }
    clock.set(time)?;
    hwclock(programs, "-w")
}

/// Sets the clock to the hardware clock.
pub fn set_from_hardware(programs: &dyn Programs) -> Result<()> {
    hwclock(programs, "-s")
}

/// `time` as RFC 3339 spells it, in UTC to the microsecond: `2026-11-26T21:03:44.123456Z`.
pub fn stamp(time: Nanoseconds) -> String {
    let time = Timestamp::from_nanosecond(time.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.6}")
}

fn hwclock(programs: &dyn Programs, direction: &'static str) -> Result<()> {
    let helper = Helper::new("set hardware clock to system time", HWCLOCK, &[direction]);
    Ok(programs.run(&helper)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;

    const YEAR_2027: Nanoseconds = 1_800_000_000 * SECOND;

    fn set_utc(clock: &fake::Clock, programs: &fake::Programs, time: Nanoseconds) -> Result<()> {
        set(&Root::at("/nowhere"), Some("UTC0"), clock, programs, time)
    }

    #[test]
    fn the_hardware_clock_is_set_after_the_clock() {
        let (clock, programs) = (fake::Clock::default(), fake::Programs::default());
        set_utc(&clock, &programs, YEAR_2027).unwrap();
        assert_eq!(clock.now().unwrap(), YEAR_2027);
        assert_eq!(programs.seen(), ["/sbin/hwclock -w"]);
    }

    #[test]
    fn without_a_time_the_hardware_clock_counts() {
        let programs = fake::Programs::default();
        set_from_hardware(&programs).unwrap();
        assert_eq!(programs.seen(), ["/sbin/hwclock -s"]);
    }

    #[test]
    fn a_year_out_of_range_is_refused_before_anything_is_done() {
        for time in [3_156_019_200 * SECOND, -172_800 * SECOND, i64::MAX, i64::MIN] {
            let (clock, programs) = (fake::Clock::default(), fake::Programs::default());
            assert_eq!(set_utc(&clock, &programs, time).unwrap_err().to_string(), "Invalid time");
            assert_eq!(clock.now().unwrap(), 0);
            assert!(programs.seen().is_empty());
        }
    }

    #[test]
    fn a_hardware_clock_that_cannot_be_set_is_told_although_the_clock_is_set() {
        let clock = fake::Clock::default();
        let programs = fake::Programs::default().fails("/sbin/hwclock", 1, "no rtc\n");
        let told = set_utc(&clock, &programs, YEAR_2027).unwrap_err().to_string();
        assert_eq!(told, "child process has failed to set hardware clock to system time: no rtc\n");
        assert_eq!(clock.now().unwrap(), YEAR_2027);
    }

    #[test]
    fn the_clock_is_read_to_the_microsecond() {
        let now = SystemClock.now().unwrap();
        assert!(now > YEAR_2027 / 2 && now % MICROSECOND == 0);
    }
}
