//! `qga time`.

use crate::args::Common;
use crate::failure::Usage;
use crate::output;
use crate::overview::clock;
use jiff::Timestamp;
use qga_wire::Command;
use qga_wire::family::time::{GetTime, SetTime};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Set the guest's clock first: to this host's time (now), to the guest's hardware clock (rtc), or to a time such
    /// as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "now|rtc|TIME", value_parser = setting)]
    set: Option<Setting>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Now,
    HardwareClock,
    To(Timestamp),
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    if let Some(setting) = args.set {
        let time = match setting {
            Setting::Now => Some(Timestamp::now()),
            Setting::HardwareClock => None,
            Setting::To(time) => Some(time),
        };
        let time = time.map(|time| i64::try_from(time.as_nanosecond())).transpose();
        let time = time.map_err(|_| Usage("that time is too far away".to_owned()))?;
        client.call(&SetTime { time })?;
    }
    if common.json() {
        return output::json(&client.call_raw(GetTime::NAME, None)?);
    }
    let mut out = output::text();
    clock::lines(&mut client)?.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(())
}

fn setting(text: &str) -> Result<Setting, String> {
    match text {
        "now" => Ok(Setting::Now),
        "rtc" => Ok(Setting::HardwareClock),
        time => {
            let expected = "expected now, rtc or a time with its zone, such as 2026-01-31T12:00:00Z";
            time.parse().map(Setting::To).map_err(|_| expected.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_word_or_a_time() {
        assert_eq!(setting("now"), Ok(Setting::Now));
        assert_eq!(setting("rtc"), Ok(Setting::HardwareClock));
        let later = setting("1970-01-01T01:00:01+01:00");
        assert_eq!(later, Ok(Setting::To(Timestamp::from_second(1).unwrap())));
        for odd in ["noon", "2026-01-31", "2026-01-31T12:00:00"] {
            assert!(setting(odd).unwrap_err().contains("12:00:00Z"), "{odd}");
        }
    }
}
