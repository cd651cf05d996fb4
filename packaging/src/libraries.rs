//! Which libraries of the system a program wants, as its package has to say.

use memchr::memmem::{find, find_iter};

/// What a program needs of the system; nothing for a static one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The oldest GNU C library that has all it calls, as in 2.34.
    pub(crate) libc: Option<(u32, u32)>,
    /// Whether it wants the compiler's library for unwinding.
    pub(crate) unwinder: bool,
}

/// Reads it off the names of versions and libraries in the program.
pub(crate) fn needs(program: &[u8]) -> Needs {
    const VERSION: &[u8] = b"GLIBC_";
    let versions = find_iter(program, VERSION).filter_map(|at| version(program.get(at + VERSION.len()..)?));
    Needs { libc: versions.max(), unwinder: find(program, b"libgcc_s.so.1\0").is_some() }
}

/// The `2.34` at the beginning, if a zero ends what begins so.
fn version(text: &[u8]) -> Option<(u32, u32)> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    let mut numbers = std::str::from_utf8(text.get(..end)?).ok()?.split('.');
    let ended = text.get(end) == Some(&0);
    let both = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    ended.then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_that_is_named_is_needed() {
        let program =
            b"libgcc_s.so.1\0libc.so.6\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.3.4\0GLIBC_PRIVATE\0GLIBC_9.9 text";
        assert_eq!(needs(program), Needs { libc: Some((2, 34)), unwinder: true });
        assert_eq!(needs(b"static"), Needs { libc: None, unwinder: false });
    }
}
