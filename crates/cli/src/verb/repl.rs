//! `qga repl`: one command after the other, with history and completion.

mod complete;
mod line;

use crate::args::Common;
use crate::catalogue;
use crate::failure;
use crate::output;
use crate::terminal::Escaped;
use anyhow::Context;
use complete::Names;
use line::Line;
use qga_client::{Client, Error};
use qga_wire::family::system::Info;
use qga_wire::json::Value;
use qga_wire::list::COMMANDS;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use std::env;
use std::fs;
use std::io::{IsTerminal, Write, stdin};
use std::path::{Path, PathBuf};

const HELP: &str = "\
A line is a command and its arguments: guest-file-open path=/etc/hosts, or in JSON: guest-file-open {'path': '/etc/hosts'}.
help NAME shows what a command takes and answers, quit or Ctrl-D ends, Tab completes.
";

pub(crate) fn run(common: &Common) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    let names = names(&mut client)?;
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor: Editor<Names, FileHistory> =
        Editor::with_config(config).context("cannot use this terminal")?;
    editor.set_helper(Some(Names(names)));
    let history = history_file();
    if let Some(history) = &history {
        // The first time there is none.
        let _ = editor.load_history(history);
    }
    let mut guest = Guest { common, client: Some(client) };
    let prompt = if stdin().is_terminal() { "qga> " } else { "" };
    loop {
        let text = match editor.readline(prompt) {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("cannot read a line"),
        };
        let line = Line::parse(&text);
        if line != Ok(Line::Empty) {
            editor.add_history_entry(&text).context("cannot keep the line")?;
        }
        if !guest.obey(line)? {
            break;
        }
    }
    keep_history(&mut editor, history.as_deref())
}

/// The commands to complete: the agent's, or all there are where it does not tell.
fn names(client: &mut Client) -> Result<Vec<String>, Error> {
    match client.call(&Info {}) {
        Ok(info) => Ok(info.supported_commands.into_iter().map(|command| command.name).collect()),
        Err(Error::Agent { .. }) => Ok(COMMANDS.iter().map(|command| command.name.to_owned()).collect()),
        Err(error) => Err(error),
    }
}

/// A guest that may come and go while somebody talks to it.
struct Guest<'a> {
    common: &'a Common,
    client: Option<Client>,
}

impl Guest<'_> {
    /// Does what a line says; says whether to go on.
    fn obey(&mut self, line: Result<Line, String>) -> anyhow::Result<bool> {
        match line {
            Ok(Line::Empty) => {}
            Ok(Line::Quit) => return Ok(false),
            Ok(Line::Help(name)) => write!(output::text(), "{}", help(name.as_deref()))?,
            Ok(Line::Call { name, arguments }) => match self.call(&name, arguments.as_ref()) {
                Ok(value) if self.common.json() => output::json(&value)?,
                Ok(value) => output::readable_json(&value)?,
                Err(error) => output::remark(&failure::line(&error)),
            },
            Err(problem) => output::remark(&format!("qga: {}", Escaped(problem))),
        }
        Ok(true)
    }

    /// Nothing is sent twice: after the connection broke, it is the next line that connects anew.
    fn call(&mut self, name: &str, arguments: Option<&Value>) -> anyhow::Result<Value> {
        let mut client = self.client.take().map_or_else(|| self.common.connect(), Ok)?;
        let answer = client.call_raw(name, arguments);
        if !matches!(answer, Err(Error::Unreachable { .. })) {
            self.client = Some(client);
        }
        Ok(answer?)
    }
}

fn help(name: Option<&str>) -> String {
    let Some(name) = name else { return HELP.to_owned() };
    catalogue::declaration(name).map_or_else(|| catalogue::unknown(name), catalogue::page)
}

/// Where lines are kept, if this user has a home.
fn history_file() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("qga/history"))
}

fn keep_history(editor: &mut Editor<Names, FileHistory>, place: Option<&Path>) -> anyhow::Result<()> {
    let Some(place) = place.filter(|_| stdin().is_terminal()) else { return Ok(()) };
    place.parent().map_or(Ok(()), fs::create_dir_all).context("cannot make a directory for the history")?;
    editor.save_history(place).context("cannot keep the history")
}
