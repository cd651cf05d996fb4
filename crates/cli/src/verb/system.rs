//! `qga os`, `qga users` and `qga hostname`.

use super::show::show;
use crate::args::Common;
use crate::layout::Rows;
use crate::table::{Table, or_dash};
use crate::terminal::Escaped;
use jiff::Timestamp;
use qga_wire::family::system::{GetHostName, GetOsinfo, GetUsers, OsInfo, User};

pub(crate) fn os(common: &Common) -> anyhow::Result<()> {
    show(common, &GetOsinfo {}, os_rows)
}

pub(crate) fn users(common: &Common) -> anyhow::Result<()> {
    show(common, &GetUsers {}, |users| users_table(users))
}

pub(crate) fn hostname(common: &Common) -> anyhow::Result<()> {
    show(common, &GetHostName {}, |name| format!("{}\n", Escaped(&name.host_name)))
}

fn os_rows(info: &OsInfo) -> Rows {
    let mut rows = Rows::default();
    let parts = [
        ("System", &info.pretty_name),
        ("Name", &info.name),
        ("Id", &info.id),
        ("Version", &info.version),
        ("Version id", &info.version_id),
        ("Variant", &info.variant),
        ("Variant id", &info.variant_id),
        ("Kernel", &info.kernel_release),
        ("Build", &info.kernel_version),
        ("Machine", &info.machine),
    ];
    for (title, part) in parts {
        rows.add(title, part.iter().map(|text| Escaped(text).to_string()).collect::<Vec<_>>());
    }
    rows
}

fn users_table(users: &[User]) -> Table {
    let mut table = Table::new(&["USER", "DOMAIN", "LOGGED IN SINCE"]);
    for user in users {
        table.row([user.user.clone(), or_dash(user.domain.as_ref()), moment(user.login_time)]);
    }
    table
}

/// Seconds since 1970 as people write them.
pub(crate) fn moment(seconds: f64) -> String {
    let time = std::time::Duration::try_from_secs_f64(seconds).ok();
    let time = time.and_then(|time| Timestamp::UNIX_EPOCH.checked_add(time).ok());
    time.map_or_else(|| format!("{seconds} s since 1970"), |time| time.strftime("%F %T UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    #[test]
    fn only_what_is_told_of_a_system_is_shown() {
        let info =
            OsInfo { pretty_name: Some("Debian\x1b".into()), machine: Some("x".into()), ..OsInfo::default() };
        let shown = anstream::adapter::strip_str(&os_rows(&info).laid_out(None)).to_string();
        assert_eq!(shown, "  System      Debian\\u{1b}\n  Machine     x\n");
    }

    #[test]
    fn a_user_is_a_row_even_when_the_time_cannot_be() {
        let user = |login_time| User { login_time, domain: None, user: "a\n".into() };
        let expected = "  USER  DOMAIN  LOGGED IN SINCE\n  a\\n   -       2023-11-14 22:13:20 UTC\n  a\\n   -       -1 s since 1970\n";
        assert_eq!(users_table(&[user(1_700_000_000.5), user(-1.0)]).laid_out(None), expected);
        assert_eq!(moment(f64::NAN), "NaN s since 1970");
        assert_eq!(moment(1e300), format!("{} s since 1970", 1e300));
    }
}
