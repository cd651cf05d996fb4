//! Who is logged in: utmp(5).

use crate::{Error, Result, Root};
use nix::libc::{USER_PROCESS, utmpx};
use std::collections::HashMap;
use std::mem::{offset_of, size_of};
use std::time::Duration;

const UTMP: &str = "/var/run/utmp";

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub name: String,
    /// When the oldest of the user's sessions began, since 1970.
    pub login: Duration,
}

/// Each user once, in the order of the record. A system without a record (musl has none, and distributions
/// that are done with 32-bit times keep none) tells nobody.
pub fn users(root: &Root) -> Result<Vec<User>> {
    let record = root.read(UTMP).map_err(|error| Error::new(format!("cannot read {UTMP}"), error))?;
    Ok(earliest(record.unwrap_or_default().chunks_exact(size_of::<utmpx>()).filter_map(session)))
}

fn earliest(sessions: impl Iterator<Item = User>) -> Vec<User> {
    let mut users: Vec<User> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for session in sessions {
        if let Some(user) = places.get(&session.name).and_then(|&place| users.get_mut(place)) {
            user.login = user.login.min(session.login);
        } else {
            places.insert(session.name.clone(), users.len());
            users.push(session);
        }
    }
    users
}

/// The C library's layout of an entry, which differs by architecture: times have 32 bits on most, 64 on some.
const KIND: usize = offset_of!(utmpx, ut_type);
const NAME: usize = offset_of!(utmpx, ut_user);
const NAME_END: usize = offset_of!(utmpx, ut_host);
const SECONDS: usize = offset_of!(utmpx, ut_tv);
const TIME_END: usize = offset_of!(utmpx, ut_addr_v6);
const MICROSECONDS: usize = usize::midpoint(SECONDS, TIME_END);

/// An entry, if it is about a user's session.
fn session(entry: &[u8]) -> Option<User> {
    let kind = i16::from_ne_bytes(entry.get(KIND..KIND + 2)?.try_into().ok()?);
    let name = entry.get(NAME..NAME_END)?.split(|&byte| byte == 0).next()?;
    let seconds = number(entry.get(SECONDS..MICROSECONDS)?)?;
    let microseconds = number(entry.get(MICROSECONDS..TIME_END)?)?;
    (kind == USER_PROCESS).then(|| User {
        name: String::from_utf8_lossy(name).into_owned(),
        login: Duration::from_secs(seconds).saturating_add(Duration::from_micros(microseconds)),
    })
}

/// Unsigned, so that 32 bits last until 2106.
fn number(bytes: &[u8]) -> Option<u64> {
    match bytes.len() {
        4 => Some(u32::from_ne_bytes(bytes.try_into().ok()?).into()),
        _ => Some(u64::from_ne_bytes(bytes.try_into().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const LOGIN_PROCESS: i16 = 6;

    fn entry(kind: i16, name: &[u8], seconds: u32, microseconds: u32) -> Vec<u8> {
        let mut entry = vec![0; size_of::<utmpx>()];
        entry[KIND..KIND + 2].copy_from_slice(&kind.to_ne_bytes());
        entry[NAME..NAME + name.len()].copy_from_slice(name);
        for (place, value) in [(SECONDS, seconds), (MICROSECONDS, microseconds)] {
            let bytes = match TIME_END - MICROSECONDS {
                4 => value.to_ne_bytes().to_vec(),
                _ => u64::from(value).to_ne_bytes().to_vec(),
            };
            entry[place..place + bytes.len()].copy_from_slice(&bytes);
        }
        entry
    }

    fn told(record: &[u8]) -> Vec<(String, Duration)> {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir_all(tree.path().join("var/run")).unwrap();
        fs::write(tree.path().join("var/run/utmp"), record).unwrap();
        let users = users(&Root::at(tree.path())).unwrap();
        users.into_iter().map(|user| (user.name, user.login)).collect()
    }

    #[test]
    #[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
    fn an_entry_is_as_long_as_the_manual_says() {
        assert_eq!((size_of::<utmpx>(), KIND, NAME, SECONDS, MICROSECONDS), (384, 0, 44, 340, 344));
    }

    #[test]
    fn each_user_is_told_once_with_the_oldest_session() {
        let record = [
            entry(USER_PROCESS, b"zoe", 2_000, 500_000),
            entry(LOGIN_PROCESS, b"LOGIN", 1, 0),
            entry(USER_PROCESS, b"amy", 3_000_000_000, 0),
            entry(USER_PROCESS, b"zoe", 1_000, 250_000),
            entry(USER_PROCESS, b"zoe", 3_000, 0),
        ];
        let expected = [
            ("zoe".to_owned(), Duration::from_millis(1_000_250)),
            ("amy".to_owned(), Duration::from_secs(3_000_000_000)),
        ];
        assert_eq!(told(&record.concat()), expected);
    }

    #[test]
    fn a_name_may_fill_its_place_and_need_not_be_utf_8() {
        let long = entry(USER_PROCESS, &[b'x'; 32], 1, 0);
        assert_eq!(told(&long)[0].0, "x".repeat(32));
        assert_eq!(told(&entry(USER_PROCESS, b"a\xFFb", 1, 0))[0].0, "a\u{FFFD}b");
    }

    #[test]
    fn what_is_no_whole_entry_is_passed_over() {
        let mut record = entry(USER_PROCESS, b"amy", 1, 0);
        record.extend(&entry(USER_PROCESS, b"zoe", 1, 0)[..100]);
        assert_eq!(told(&record).len(), 1);
        assert_eq!(told(b""), []);
    }

    #[test]
    fn no_record_tells_nobody() {
        let tree = tempfile::tempdir().unwrap();
        assert_eq!(users(&Root::at(tree.path())).unwrap(), []);
    }

    #[test]
    fn a_hundred_thousand_sessions_are_no_trouble() {
        let record: Vec<u8> = (0..100_000)
            .flat_map(|number| entry(USER_PROCESS, format!("user{number}").as_bytes(), number, 0))
            .collect();
        assert_eq!(told(&record).len(), 100_000);
    }
}
