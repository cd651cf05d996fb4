//! Disks and filesystems: what they are, where they are attached, how full and how busy (compat.md C.13).
//!
//! A disk that says something odd is told with less; it never hides the others.

mod address;
mod device;
mod disks;
mod filesystems;
mod sizes;
mod smart;
mod stats;
mod sys;

pub use disks::disks;
pub use filesystems::filesystems;
pub use sizes::Sizes;
pub use stats::stats;
