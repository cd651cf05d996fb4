//! What errors are called on the wire: as the GNU C library calls them. Clients compare these texts, and other
//! libraries, the one of static programs among them, have words of their own for some.

use nix::errno::Errno;

/// Those that musl calls otherwise or does not know.
const WORDS: [(Errno, &str); 32] = [
    (Errno::EIO, "Input/output error"),
    (Errno::ECHILD, "No child processes"),
    (Errno::ENOMEM, "Cannot allocate memory"),
    (Errno::EBUSY, "Device or resource busy"),
    (Errno::EXDEV, "Invalid cross-device link"),
    (Errno::EMFILE, "Too many open files"),
    (Errno::ENOTTY, "Inappropriate ioctl for device"),
    (Errno::ESPIPE, "Illegal seek"),
    (Errno::EDOM, "Numerical argument out of domain"),
    (Errno::ERANGE, "Numerical result out of range"),
    (Errno::EDEADLK, "Resource deadlock avoided"),
    (Errno::ENAMETOOLONG, "File name too long"),
    (Errno::ELOOP, "Too many levels of symbolic links"),
    (Errno::ETIME, "Timer expired"),
    (Errno::EOVERFLOW, "Value too large for defined data type"),
    (Errno::EILSEQ, "Invalid or incomplete multibyte or wide character"),
    (Errno::ENOTSOCK, "Socket operation on non-socket"),
    (Errno::EMSGSIZE, "Message too long"),
    (Errno::EOPNOTSUPP, "Operation not supported"),
    (Errno::EADDRINUSE, "Address already in use"),
    (Errno::EADDRNOTAVAIL, "Cannot assign requested address"),
    (Errno::ENETUNREACH, "Network is unreachable"),
    (Errno::ENETRESET, "Network dropped connection on reset"),
    (Errno::ECONNABORTED, "Software caused connection abort"),
    (Errno::EISCONN, "Transport endpoint is already connected"),
    (Errno::ENOTCONN, "Transport endpoint is not connected"),
    (Errno::ESHUTDOWN, "Cannot send after transport endpoint shutdown"),
    (Errno::ETIMEDOUT, "Connection timed out"),
    (Errno::EHOSTUNREACH, "No route to host"),
    (Errno::EINPROGRESS, "Operation now in progress"),
    (Errno::EUCLEAN, "Structure needs cleaning"),
    (Errno::EDQUOT, "Disk quota exceeded"),
];

/// The words for an error's number, if libraries differ in them.
pub(super) fn of(number: i32) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known as i32 == number).map(|(_, words)| *words)
}

#[cfg(test)]
#[cfg(target_env = "gnu")]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn they_are_those_of_the_gnu_c_library() {
        for (number, words) in WORDS {
            let told = io::Error::from(number).to_string();
            assert_eq!(told, format!("{words} (os error {})", number as i32));
        }
    }
}
