//! What `qga` can do, a file each.

pub(crate) mod call;
pub(crate) mod cat;
pub(crate) mod demo;
pub(crate) mod info;
pub(crate) mod ping;
