use crate::Root;

/// The system that a command works on.
pub struct Os {
    /// Its files.
    pub root: Root,
}

impl Os {
    /// The running system.
    pub fn system() -> Os {
        Os { root: Root::system() }
    }
}
