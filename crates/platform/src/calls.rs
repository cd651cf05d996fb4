//! System calls that this process and what it starts have no business to make.

use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};
use std::collections::BTreeMap;
use std::io;

/// Calls that do something of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// Those that no guest agent makes itself: they load code into the kernel, look into other processes, mount,
    /// change namespaces, set clocks, or stop the machine.
    Foreign,
    /// Those that run programs.
    Programs,
}

/// Refuses these calls from now on, in this thread and those that it starts, and in the programs they run: they
/// fail with `EPERM`. Programs gain no rights any more by belonging to somebody (`no_new_privs`, prctl(2)).
///
/// An error of kind [`Unsupported`](io::ErrorKind::Unsupported) where the library does not know the processor.
pub fn refuse(calls: &[Calls]) -> io::Result<()> {
    let unsupported = |error| io::Error::new(io::ErrorKind::Unsupported, error);
    let processor = TargetArch::try_from(std::env::consts::ARCH).map_err(unsupported)?;
    let numbers = calls.iter().flat_map(|calls| calls.numbers()).flat_map(|number| forms(*number));
    let rules: BTreeMap<i64, _> = numbers.map(|number| (number, Vec::new())).collect();
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, processor);
    let program: BpfProgram = filter.and_then(SeccompFilter::try_into).map_err(io::Error::other)?;
    apply_filter(&program).map_err(io::Error::other)
}

/// On x86-64 the kernel knows most calls by a second number, that of the x32 ABI.
fn forms(number: i64) -> impl Iterator<Item = i64> {
    const X32: i64 = 0x4000_0000;
    let x32 = cfg!(target_arch = "x86_64").then_some(number | X32);
    std::iter::once(number).chain(x32)
}

impl Calls {
    fn numbers(self) -> &'static [i64] {
        match self {
            Calls::Foreign => FOREIGN,
            Calls::Programs => &[libc::SYS_execve, libc::SYS_execveat],
        }
    }
}

const FOREIGN: &[i64] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_personality,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;
    use nix::sched::{CloneFlags, unshare};
    use std::process::Command;
    use std::thread;

    #[test]
    fn a_refused_call_fails_and_all_others_go_on() {
        let outcome = thread::spawn(|| {
            refuse(&[Calls::Foreign, Calls::Programs]).unwrap();
            let program = Command::new("true").status().map_err(|error| error.raw_os_error());
            (unshare(CloneFlags::empty()), program.map(drop), std::fs::read("/proc/self/stat").is_ok())
        });
        let refused = Errno::EPERM;
        assert_eq!(outcome.join().unwrap(), (Err(refused), Err(Some(refused as i32)), true));
    }

    #[test]
    fn programs_of_the_thread_are_refused_the_same() {
        let outcome = thread::spawn(|| {
            refuse(&[Calls::Foreign]).unwrap();
            Command::new("chroot").args(["/", "true"]).output()
        });
        assert!(!outcome.join().unwrap().unwrap().status.success());
    }
}
