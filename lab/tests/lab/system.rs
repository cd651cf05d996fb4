//! What a Debian system is, and who is there.

use anyhow::Result;
use qga_lab::layouts;
use serde_json::json;

#[test]
fn the_distribution_and_the_kernel_are_told_in_their_own_words() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    let told = guest.call("guest-get-osinfo", json!({}))?;
    assert_eq!(told["id"], "debian");
    assert_eq!(told["pretty-name"], guest.sh(". /etc/os-release; echo \"$PRETTY_NAME\"")?);
    assert_eq!(told["kernel-release"], guest.sh("uname -r")?);
    assert_eq!(told["kernel-version"], guest.sh("uname -v")?);
    assert_eq!(told["machine"], guest.sh("uname -m")?);
    Ok(())
}

#[test]
fn a_new_host_name_is_told_at_once() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.sh("hostname lab.example")?;
    assert_eq!(guest.call("guest-get-host-name", json!({}))?, json!({ "host-name": "lab.example" }));
    Ok(())
}

#[test]
fn a_new_time_zone_is_told_at_once_and_knows_daylight_saving() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    for (file, rule) in [("winter", "CET-1CEST,J100/2,J101/2"), ("summer", "CET-1CEST,J1/0,J365/25")] {
        // A zone that has nothing but a rule.
        guest.sh(&format!(
            "{{ part() {{ printf 'TZif2\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0'; \
             printf '\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0\\4\\0\\0\\0\\0\\0\\0LMT\\0'; }}; \
             part; part; printf '\\n{rule}\\n'; }} >/root/{file}"
        ))?;
    }
    guest.sh("date -s 2031-02-03; ln -sf /root/winter /etc/localtime")?;
    assert_eq!(guest.call("guest-get-timezone", json!({}))?, json!({ "zone": "CET", "offset": 3600 }));
    guest.sh("ln -sf /root/summer /etc/localtime")?;
    assert_eq!(guest.call("guest-get-timezone", json!({}))?, json!({ "zone": "CEST", "offset": 7200 }));
    Ok(())
}

#[test]
fn who_is_logged_in_is_told_as_utmp_has_it() -> Result<()> {
    let mut guest = layouts::debian()?.start()?;
    guest.sh("rm -f /run/utmp")?;
    assert_eq!(guest.call("guest-get-users", json!({}))?, json!([]));
    // utmp(5): type 7 is a user's process, 6 a prompt that waits for one.
    guest.sh("entry() { perl -e 'print pack(\"s x2 i a32 a4 a32 a256 s s i i i a16 a20\", $ARGV[0], $$, \
         \"pts/$ARGV[2]\", $ARGV[2], $ARGV[1], \"\", 0, 0, 0, $ARGV[3], $ARGV[4], \"\", \"\")' $*; }; \
         { entry 7 zoe 0 1000000200 0; entry 6 LOGIN 1 1000000000 0; entry 7 amy 2 1000000100 500000; \
         entry 7 zoe 3 1000000000 0; } >/run/utmp")?;
    let told = json!([
        { "user": "zoe", "login-time": 1_000_000_000 },
        { "user": "amy", "login-time": 1_000_000_100.5 },
    ]);
    assert_eq!(guest.call("guest-get-users", json!({}))?, told);
    Ok(())
}
