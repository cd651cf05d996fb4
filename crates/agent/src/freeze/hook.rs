use qga_platform::helper::Helper;
use std::path::Path;
use std::time::Duration;

/// When the hook is run, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the first filesystem is frozen.
    Freeze,
    /// After the last is thawed.
    Thaw,
}

impl Moment {
    pub(super) fn argument(self) -> &'static str {
        match self {
            Moment::Freeze => "freeze",
            Moment::Thaw => "thaw",
        }
    }
}

/// The hook at `path`, to be run at that moment.
pub(crate) fn hook(path: &Path, moment: Moment, limit: Option<Duration>) -> Helper {
    Helper { limit, ..Helper::new("execute fsfreeze hook", path, &[moment.argument()]) }
}
