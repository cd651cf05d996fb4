//! A serial line, set up to carry bytes as they are.

use crate::channel::Channel;
use crate::method::Method;
use crate::peer::Peer;
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
    Ok(Channel::stream(line, Peer::Device { method: Method::IsaSerial, path: path.to_owned() }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Received, Receiver};
    use nix::pty::{OpenptyResult, openpty};
    use nix::sys::termios::cfgetospeed;
    use nix::unistd::ttyname;
    use std::io::{Read, Write};
    use std::os::fd::OwnedFd;

    /// The host's end of a line, and the guest's, which stays open so that the line stays up.
    fn line() -> (File, OwnedFd) {
        let OpenptyResult { master, slave } = openpty(None, None).unwrap();
        (master.into(), slave)
    }

    fn received(receiver: &mut Receiver) -> Vec<u8> {
        let mut room = [0; 64];
        match receiver.receive(&mut room).unwrap() {
            Received::Bytes(count) => room[..count].to_vec(),
            Received::End => panic!("the line was hung up"),
        }
    }

    #[test]
    fn bytes_pass_as_they_are() {
        let (mut host, guest) = line();
        let (mut receiver, mut sender) = open(&ttyname(&guest).unwrap()).unwrap().split();
        let special = b"\x03\x04\x11\x13\r\n\x7f\xff\0";
        host.write_all(special).unwrap();
        assert_eq!(received(&mut receiver), special);
        sender.send(special).unwrap();
        let mut room = [0; 64];
        let count = host.read(&mut room).unwrap();
        assert_eq!(&room[..count], special);
    }

    #[test]
    fn what_was_sent_before_we_came_is_discarded() {
        let (mut host, guest) = line();
        host.write_all(b"stale\n").unwrap();
        let (mut receiver, _sender) = open(&ttyname(&guest).unwrap()).unwrap().split();
        host.write_all(b"fresh").unwrap();
        assert_eq!(received(&mut receiver), b"fresh");
    }

    #[test]
    fn a_line_that_is_hung_up_ends() {
        let (host, guest) = line();
        let (mut receiver, mut sender) = open(&ttyname(&guest).unwrap()).unwrap().split();
        drop(host);
        assert_eq!(receiver.receive(&mut [0; 8]).unwrap(), Received::End);
        assert_eq!(sender.send(b"answer").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn the_speed_is_set_and_the_control_flags_are_kept() {
        let (_host, guest) = line();
        let mut settings = tcgetattr(&guest).unwrap();
        cfsetspeed(&mut settings, BaudRate::B115200).unwrap();
        settings.control_flags.remove(ControlFlags::CLOCAL | ControlFlags::CREAD);
        settings.control_flags.insert(ControlFlags::CSTOPB);
        tcsetattr(&guest, SetArg::TCSANOW, &settings).unwrap();
        let _channel = open(&ttyname(&guest).unwrap()).unwrap();
        let settings = tcgetattr(&guest).unwrap();
        assert_eq!(cfgetospeed(&settings), BaudRate::B38400);
        let kept = ControlFlags::CLOCAL | ControlFlags::CREAD | ControlFlags::CSTOPB;
        assert!(settings.control_flags.contains(kept), "{:?}", settings.control_flags);
    }
}
