use super::Run;
use crate::agent::Agent;
use crate::audit::Number;
use crate::fault::Fault;
use crate::logging::ACCOUNTING;
use crate::need::Need;
use crate::policy::{PathRules, Refused, Touch};
use qga_platform::file::{self, OpenMode, Refusal};
use qga_wire::family::file::{
    FileClose, FileContent, FileFlush, FileOpen, FilePosition, FileRead, FileSeek, FileWhence, FileWrite,
    FileWritten, Whence,
};
use qga_wire::{Base64, Command, Empty};
use std::fs::File;
use std::path::Path;

const DEFAULT_MODE: &str = "r";
const DEFAULT_COUNT: i64 = 4096;
const MOST_COUNT: i64 = 48 << 20;

impl Run for FileOpen {
    const NEEDS: &'static [Need] = &[Need::Files];

    fn number(handle: &i64) -> Option<Number> {
        Some(Number { name: "handle", value: *handle })
    }

    fn touches(&self) -> Touch<'_> {
        Touch::File { path: &self.path, mode: self.mode.as_deref().unwrap_or(DEFAULT_MODE) }
    }

    fn run(self, agent: &Agent) -> Result<i64, Fault> {
        let spelled = self.mode.as_deref().unwrap_or(DEFAULT_MODE);
        log::info!(target: ACCOUNTING, "guest-file-open called, filepath: {}, mode: {spelled}", self.path);
        let mode = OpenMode::parse(spelled)
            .ok_or_else(|| Fault::new(format!("invalid file open mode '{spelled}'")))?;
        let file = match &agent.policy().limits.paths {
            None => file::open(&self.path, mode, spelled)?,
            Some(rules) => open_by(rules, &self.path, mode, spelled)?,
        };
        agent.handles.insert(file)
    }
}

/// The rules are asked about what is found at the path, in the midst of opening it.
fn open_by(rules: &PathRules, path: &str, mode: OpenMode, spelled: &str) -> Result<File, Fault> {
    let permits = |path: &Path| rules.permit(path, mode);
    file::open_confined(path, mode, spelled, &permits).map_err(|refusal| match refusal {
        Refusal::System(error) => error.into(),
        Refusal::NotPermitted(object) => {
            Refused { object, ..Refused::new(&FileOpen::DECLARATION, rules.rule(mode)) }.into()
        }
    })
}

impl Run for FileClose {
    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        agent.handles.close(self.handle)?;
        Ok(Empty {})
    }
}

impl Run for FileRead {
    fn run(self, agent: &Agent) -> Result<FileContent, Fault> {
        agent.handles.with(self.handle, |file| {
            let count = self.count.unwrap_or(DEFAULT_COUNT);
            let bytes = u64::try_from(count).ok().filter(|_| count <= MOST_COUNT);
            let bytes = bytes.ok_or_else(|| invalid_count(count))?;
            let most = agent.policy().limits.largest_read.unwrap_or(u64::MAX);
            let (content, eof) = file::read(file, bytes.min(most))?;
            Ok(FileContent { count: length(content.len()), buf_b64: Base64::from(content), eof })
        })
    }
}

impl Run for FileWrite {
    fn run(self, agent: &Agent) -> Result<FileWritten, Fault> {
        agent.handles.with(self.handle, |file| {
            let bytes = self.buf_b64.into_bytes()?;
            let count = self.count.unwrap_or_else(|| length(bytes.len()));
            let wanted = usize::try_from(count).ok().and_then(|count| bytes.get(..count));
            let written = file::write(file, wanted.ok_or_else(|| invalid_count(count))?)?;
            Ok(FileWritten { count: length(written), eof: false })
        })
    }
}

impl Run for FileSeek {
    fn run(self, agent: &Agent) -> Result<FilePosition, Fault> {
        agent.handles.with(self.handle, |file| {
            let position = file::seek(file, self.offset, origin(self.whence)?)?;
            Ok(FilePosition { eof: false, position })
        })
    }
}

impl Run for FileFlush {
    fn run(self, agent: &Agent) -> Result<Empty, Fault> {
        agent.handles.with(self.handle, |_| Ok(Empty {}))
    }
}

fn origin(whence: FileWhence) -> Result<file::Whence, Fault> {
    match whence {
        FileWhence::Name(Whence::Set) | FileWhence::Code(0) => Ok(file::Whence::SeekSet),
        FileWhence::Name(Whence::Cur) | FileWhence::Code(1) => Ok(file::Whence::SeekCur),
        FileWhence::Name(Whence::End) | FileWhence::Code(2) => Ok(file::Whence::SeekEnd),
        FileWhence::Code(code) => Err(Fault::new(format!("invalid whence code {code}"))),
    }
}

fn invalid_count(count: i64) -> Fault {
    Fault::new(format!("value '{count}' is invalid for argument count"))
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
