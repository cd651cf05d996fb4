//! Who may log in: the user database and its passwords.

mod database;

pub use database::{Account, Accounts, SystemAccounts};

use crate::file::system_path;
use crate::helper::{Failure, Helper, Programs};
use crate::{Error, Result};
use std::os::unix::ffi::OsStrExt;

/// How a password is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As the user types it.
    Plain,
    /// Hashed: crypt(5).
    Crypted,
}

/// The program that changes passwords, looked for in PATH.
pub const CHPASSWD: &str = "chpasswd";

/// Sets a user's password with chpasswd(8), of which the first NUL byte is the end.
///
/// The password reaches chpasswd through its standard input, so no list of processes shows it, and no error
/// does either.
pub fn set_password(programs: &dyn Programs, user: &str, password: &[u8], form: Form) -> Result<()> {
    let password = password.split(|&byte| byte == 0).next().unwrap_or_default();
    if password.contains(&b'\n') {
        return Err(Error::told("forbidden characters in raw password"));
    }
    if user.contains([':', '\n']) {
        return Err(Error::told("forbidden characters in username"));
    }
    let arguments: &[&str] = match form {
        Form::Plain => &[],
        Form::Crypted => &["-e"],
    };
    let input = [system_path(user).as_bytes(), b":", password, b"\n"].concat();
    let helper = Helper { input, ..Helper::new("set user password", CHPASSWD, arguments) };
    Ok(programs.run(&helper).map_err(|failure| without(password, failure))?)
}

/// What a program wrote is not told if the password is in it.
fn without(password: &[u8], failure: Failure) -> Failure {
    let tells = |output: &str| {
        !password.is_empty() && output.as_bytes().windows(password.len()).any(|piece| piece == password)
    };
    match failure {
        Failure::Exited { action, status, output } if tells(&output) => {
            Failure::Exited { action, status, output: String::new() }
        }
        Failure::Killed { output } if tells(&output) => Failure::Killed { output: String::new() },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Stands for chpasswd: notes what it is given, and fails if it is to write something.
    #[derive(Default)]
    struct Chpasswd {
        writes: Option<&'static str>,
        seen: Mutex<Vec<Helper>>,
    }

    impl Programs for Chpasswd {
        fn run(&self, helper: &Helper) -> std::result::Result<(), Failure> {
            self.seen.lock().unwrap().push(helper.clone());
            self.writes.map_or(Ok(()), |output| {
                Err(Failure::Exited { action: helper.action, status: 1, output: output.to_owned() })
            })
        }
    }

    fn set(writes: Option<&'static str>, user: &str, password: &[u8]) -> (Result<()>, Vec<Helper>) {
        let chpasswd = Chpasswd { writes, ..Chpasswd::default() };
        let result = set_password(&chpasswd, user, password, Form::Plain);
        (result, chpasswd.seen.into_inner().unwrap())
    }

    #[test]
    fn the_password_goes_by_standard_input() {
        let chpasswd = Chpasswd::default();
        set_password(&chpasswd, "amy", b"se cret", Form::Plain).unwrap();
        set_password(&chpasswd, "amy", b"$6$x$y", Form::Crypted).unwrap();
        let seen = chpasswd.seen.into_inner().unwrap();
        let given: Vec<_> =
            seen.iter().map(|helper| (helper.arguments.join(" "), helper.input.as_slice())).collect();
        let expected = [("", &b"amy:se cret\n"[..]), ("-e", &b"amy:$6$x$y\n"[..])];
        assert_eq!(given, expected.map(|(arguments, input)| (arguments.to_owned(), input)));
        assert!(seen.iter().all(|helper| helper.program == "chpasswd" && helper.arguments.len() < 2));
    }

    #[test]
    fn bytes_that_are_no_text_are_a_password_too_and_a_null_byte_ends_it() {
        assert_eq!(set(None, "amy", b"\xFF\xFE").1[0].input, b"amy:\xFF\xFE\n");
        assert_eq!(set(None, "amy", b"ab\0c\nd").1[0].input, b"amy:ab\n");
        assert_eq!(set(None, "amy", b"").1[0].input, b"amy:\n");
    }

    #[test]
    fn what_would_be_a_second_line_or_another_user_runs_nothing() {
        let cases = [
            ("amy", &b"a\nroot:x"[..], "forbidden characters in raw password"),
            ("a:b", b"a\nb", "forbidden characters in raw password"),
            ("a:b", b"x", "forbidden characters in username"),
            ("a\nb", b"x", "forbidden characters in username"),
        ];
        for (user, password, text) in cases {
            let (result, seen) = set(None, user, password);
            assert_eq!((result.unwrap_err().to_string().as_str(), seen), (text, vec![]), "{user}");
        }
    }

    #[test]
    fn an_error_tells_what_chpasswd_wrote_unless_the_password_is_in_it() {
        let told = |writes, password| set(Some(writes), "amy", password).0.unwrap_err().to_string();
        let action = "child process has failed to set user password";
        assert_eq!(told("nope\n", b"secret"), format!("{action}: nope\n"));
        assert_eq!(told("nope\n", b""), format!("{action}: nope\n"));
        assert_eq!(told("line 1: amy:secret\n", b"secret"), format!("{action}: exit status 1"));
    }

    #[test]
    fn printing_a_helper_does_not_tell_what_it_reads() {
        let (_, seen) = set(None, "amy", b"secret");
        assert_eq!(format!("{seen:?}"), "[set user password: \"chpasswd\" []]");
    }
}
