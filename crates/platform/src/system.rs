//! What the guest is: its name, kernel, distribution, time zone, and who is logged in (compat.md C.1, C.9).

mod os_release;
mod timezone;
mod users;

pub use os_release::{OsRelease, os_release};
pub(crate) use timezone::local_year;
pub use timezone::{Timezone, timezone, zone_variable};
pub use users::{User, users};

use crate::{Error, Result};
use nix::sys::utsname::{UtsName, uname};

/// The host name, asked anew each time.
pub fn host_name() -> Result<String> {
    let name = nix::unistd::gethostname().map_err(|error| Error::new("cannot get hostname", error))?;
    Ok(name.to_string_lossy().into_owned())
}

/// The kernel's own words: uname(2).
pub fn kernel() -> Result<UtsName> {
    uname().map_err(|error| Error::new("uname failed", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_the_same_in_two_places() {
        let root = crate::Root::system();
        let [name, release] = ["hostname", "osrelease"]
            .map(|file| root.read_text(format!("/proc/sys/kernel/{file}")).unwrap().unwrap());
        assert_eq!(host_name().unwrap(), name.trim_end());
        assert_eq!(kernel().unwrap().release().to_string_lossy(), release.trim_end());
    }
}
