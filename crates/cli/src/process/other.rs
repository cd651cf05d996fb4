//! Systems without signals.

use std::io;
use std::process::{Child, ExitStatus};

/// Ends a program.
pub(crate) fn ask_to_end(child: &mut Child) -> io::Result<()> {
    child.kill()
}

/// The signal that ended a program: none.
pub(crate) fn signal(_status: ExitStatus) -> Option<i32> {
    None
}
