//! A serial line, set up to carry bytes as they are.

use crate::channel::Channel;
use crate::wait::set_blocking;
use nix::fcntl::OFlag;
use nix::sys::termios::{
    BaudRate, ControlFlags, FlushArg, InputFlags, LocalFlags, OutputFlags, SetArg, Termios, cfmakeraw,
    cfsetspeed, tcflush, tcgetattr, tcsetattr,
};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(crate) fn open(path: &Path) -> io::Result<Channel> {
    let line = open_raw(path)?;
    set_blocking(&line)?;
    Ok(Channel::stream(line, path.display().to_string()))
}

/// Opens the line without blocking, which also keeps the open itself from waiting for a carrier.
pub(crate) fn open_raw(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    let line = OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open(path)?;
    let mut settings = tcgetattr(&line)?;
    make_raw(&mut settings)?;
    tcsetattr(&line, SetArg::TCSANOW, &settings)?;
    tcflush(&line, FlushArg::TCIFLUSH)?;
    Ok(line)
}

/// Eight bits, no parity, nothing interpreted, no flow control; a read returns what is there, and no carrier
/// is needed.
fn make_raw(settings: &mut Termios) -> nix::Result<()> {
    cfmakeraw(settings);
    settings.input_flags.remove(
        InputFlags::IGNPAR | InputFlags::INPCK | InputFlags::IXOFF | InputFlags::IXANY | InputFlags::IMAXBEL,
    );
    settings.output_flags = OutputFlags::empty();
    settings.local_flags = LocalFlags::empty();
    settings.control_flags.insert(ControlFlags::CLOCAL | ControlFlags::CREAD);
    cfsetspeed(settings, BaudRate::B38400)
}
