//! Running programs for the host, and keeping what they said until it is asked for (compat.md C.8).

mod children;
mod pipes;
mod spawn;
mod sys;

pub use children::{Children, Status};
pub use pipes::{CAPTURE_LIMIT, Captured};
pub use spawn::{Capture, Program, Terms, locate, real_directory};

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By this signal.
    Signal(i32),
}
