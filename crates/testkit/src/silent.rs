//! Files on a filesystem that takes requests and does not answer, like one whose server is gone.

use std::{
    any::Any,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEntry, ReplyOpen, Request, SessionACL,
};
use nix::mount::{MntFlags, umount2};

use crate::wait_until;

/// A mounted filesystem with one file that never opens and one that opens, but is never read. Unmounted when
/// dropped. Needs `/dev/fuse`, and root's rights if the agent is another user.
#[derive(Debug)]
pub struct SilentFiles {
    directory: PathBuf,
    questions: Arc<Questions>,
    _session: BackgroundSession,
}

const NEVER_OPENS: (INodeNo, &str) = (INodeNo(2), "never-opens");
const NEVER_READS: (INodeNo, &str) = (INodeNo(3), "never-reads");
/// How long the kernel may remember what it was told.
const A_WHILE: Duration = Duration::from_secs(60);

impl SilentFiles {
    /// Mounts them at `directory`.
    pub fn mount(directory: &Path) -> Result<SilentFiles> {
        let mut config = Config::default();
        config.acl = SessionACL::All;
        let questions = Arc::new(Questions(Mutex::new(Some(Vec::new()))));
        let session = fuser::spawn_mount(Silence(Arc::clone(&questions)), directory, &config)
            .with_context(|| format!("cannot mount at {}", directory.display()))?;
        Ok(SilentFiles { directory: directory.to_owned(), questions, _session: session })
    }

    /// The file that never opens.
    pub fn never_opens(&self) -> PathBuf {
        self.directory.join(NEVER_OPENS.1)
    }

    /// The file that opens, but is never read.
    pub fn never_reads(&self) -> PathBuf {
        self.directory.join(NEVER_READS.1)
    }

    /// Waits until so many requests wait for an answer.
    pub fn reached(&self, count: usize) -> Result<()> {
        wait_until("a file that is waited for", || {
            Ok((self.questions.waiting().as_ref().map_or(0, Vec::len) >= count).then_some(()))
        })
    }

    /// Answers all that wait, with an input/output error.
    pub fn release(&self) {
        if let Some(waiting) = self.questions.waiting().as_mut() {
            waiting.clear();
        }
    }
}

impl Drop for SilentFiles {
    fn drop(&mut self) {
        // An agent that is answered may ask again at once, and could not be killed while it waits.
        *self.questions.waiting() = None;
        // An agent may still have a file open, which keeps the filesystem busy; it is gone for all others. Who is
        // not root leaves that to the session.
        let _ = umount2(&self.directory, MntFlags::MNT_DETACH);
    }
}

/// What is not answered; nothing once all are. An answer that is dropped is an input/output error.
struct Questions(Mutex<Option<Vec<Box<dyn Any + Send>>>>);

impl Questions {
    fn waiting(&self) -> MutexGuard<'_, Option<Vec<Box<dyn Any + Send>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, answer: impl Any + Send) {
        if let Some(waiting) = self.waiting().as_mut() {
            waiting.push(Box::new(answer));
        }
    }
}

impl std::fmt::Debug for Questions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} questions", self.waiting().as_ref().map_or(0, Vec::len))
    }
}

struct Silence(Arc<Questions>);

impl Filesystem for Silence {
    fn lookup(&self, _request: &Request, _parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match [NEVER_OPENS, NEVER_READS].iter().find(|(_, own)| name == *own) {
            Some((number, _)) => reply.entry(&A_WHILE, &attributes(*number), Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _request: &Request, number: INodeNo, _handle: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&A_WHILE, &attributes(number));
    }

    fn open(&self, _request: &Request, number: INodeNo, _flags: OpenFlags, reply: ReplyOpen) {
        if number == NEVER_OPENS.0 {
            self.0.keep(reply);
        } else {
            reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
        }
    }

    fn read(
        &self,
        _request: &Request,
        _number: INodeNo,
        _handle: FileHandle,
        _offset: u64,
        _size: u32,
        _flags: OpenFlags,
        _owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        self.0.keep(reply);
    }
}

fn attributes(number: INodeNo) -> FileAttr {
    let (kind, perm) =
        if number == INodeNo::ROOT { (FileType::Directory, 0o755) } else { (FileType::RegularFile, 0o666) };
    FileAttr {
        ino: number,
        size: 4096,
        blocks: 8,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}
