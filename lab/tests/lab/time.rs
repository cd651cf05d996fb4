//! The clock of the guest and the one of its board.

use anyhow::{Context, Result};
use qga_lab::{Guest, layouts};
use serde_json::json;

/// 2031-02-03 04:05:06 UTC.
const FUTURE: i64 = 1_927_857_906;
const NANOSECONDS: i64 = 1_000_000_000;

#[test]
fn get_time_tells_the_clock_of_the_guest() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.sh("date -s @1927857906")?;
    let time = guest.call("guest-get-time", json!({}))?.as_i64().context("no number")?;
    assert_near(time / NANOSECONDS, FUTURE);
    Ok(())
}

#[test]
fn set_time_sets_the_clock_and_the_clock_of_the_board() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let answer = guest.call("guest-set-time", json!({ "time": FUTURE * NANOSECONDS }))?;
    assert_eq!(answer, json!({}));
    assert_near(clock(&mut guest)?, FUTURE);
    assert_near(board_clock(&mut guest)?, FUTURE);
    let seen_by_qemu = guest.qmp("qom-get", json!({ "path": "/machine", "property": "rtc-time" }))?;
    assert_eq!([&seen_by_qemu["tm_year"], &seen_by_qemu["tm_mon"], &seen_by_qemu["tm_mday"]], [131, 1, 3]);
    guest.wait_for_event("RTC_CHANGE")?;
    Ok(())
}

#[test]
fn set_time_without_a_time_takes_that_of_the_board() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    guest.sh("date -s @1927857906")?;
    assert_eq!(guest.call("guest-set-time", json!({}))?, json!({}));
    let board = board_clock(&mut guest)?;
    assert_near(clock(&mut guest)?, board);
    assert!(board < FUTURE - 1000, "the clock of the board must not have been touched");
    Ok(())
}

#[test]
fn a_time_that_the_kernel_refuses_is_an_error_and_changes_nothing() -> Result<()> {
    let mut guest = layouts::plain().start()?;
    let before = clock(&mut guest)?;
    let refusal = guest.refusal("guest-set-time", json!({ "time": -1 }))?;
    assert_eq!(refusal.description, "Failed to set time to guest: Invalid argument");
    let refusal = guest.refusal("guest-set-time", json!({ "time": 3_156_019_200 * NANOSECONDS }))?;
    assert!(refusal.description.starts_with("Invalid time"), "{refusal}");
    assert_near(clock(&mut guest)?, before);
    Ok(())
}

fn clock(guest: &mut Guest) -> Result<i64> {
    Ok(guest.sh("date +%s")?.parse()?)
}

fn board_clock(guest: &mut Guest) -> Result<i64> {
    Ok(guest.sh("cat /sys/class/rtc/rtc0/since_epoch")?.parse()?)
}

/// Within what the busiest machine takes for a few commands.
fn assert_near(seconds: i64, expected: i64) {
    assert!((seconds - expected).abs() <= 60, "{seconds} is not about {expected}");
}
