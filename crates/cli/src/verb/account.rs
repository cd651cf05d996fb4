//! `qga passwd` and `qga keys`.

use crate::args::Common;
use crate::failure::Usage;
use crate::output;
use crate::terminal::Escaped;
use crate::verb::show::done;
use anyhow::Context;
use clap::Subcommand;
use qga_wire::family::account::SetUserPassword;
use qga_wire::family::ssh::{SshAddAuthorizedKeys, SshGetAuthorizedKeys, SshRemoveAuthorizedKeys};
use std::io::{self, IsTerminal, Write};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The password is asked for without showing it, or read from standard input up to the first line's end. It is never an \
argument, which everybody on this host could see.")]
pub(crate) struct PasswdArgs {
    /// Whose password
    user: String,
    /// It is hashed already, in a form that the guest knows (crypt(5))
    #[arg(long)]
    crypted: bool,
}

pub(crate) fn passwd(common: &Common, args: &PasswdArgs) -> anyhow::Result<()> {
    let password = read_password()?;
    if password.is_empty() {
        return Err(Usage("no password was given".to_owned()).into());
    }
    let username = args.user.clone();
    // Not before it is typed: most channels serve one at a time.
    common.connect()?.call(&SetUserPassword {
        username,
        password: password.into_bytes().into(),
        crypted: args.crypted,
    })?;
    done(common, "The password is set.")
}

fn read_password() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().read_line(&mut line).context("cannot read the password")?;
        return Ok(line.trim_end_matches(['\n', '\r']).to_owned());
    }
    let ask = |prompt| rpassword::prompt_password(prompt).context("cannot read the password");
    let password = ask("New password: ")?;
    if ask("And again: ")? != password {
        return Err(Usage("the two are not the same; nothing was changed".to_owned()).into());
    }
    Ok(password)
}

#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    /// Whose keys
    user: String,
    #[command(subcommand)]
    action: Action,
}

impl KeysArgs {
    /// Whether the keys come from standard input.
    pub(crate) fn reads_input(&self) -> bool {
        match &self.action {
            Action::List => false,
            Action::Add { keys, .. } | Action::Remove { keys } => keys.is_empty(),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the keys that the user may log in with
    List,
    /// Add keys, given here or on standard input, a line each
    Add {
        /// A whole line, as in a .pub file
        keys: Vec<String>,
        /// Remove all others
        #[arg(long)]
        reset: bool,
    },
    /// Remove keys, given here or on standard input, a line each
    Remove {
        /// A whole line, to the letter
        keys: Vec<String>,
    },
}

pub(crate) fn keys(common: &Common, args: &KeysArgs) -> anyhow::Result<()> {
    let username = args.user.clone();
    match &args.action {
        Action::List => list(common, username),
        Action::Add { keys, reset } => {
            let keys = given_or_read(keys)?;
            common.connect()?.call(&SshAddAuthorizedKeys { username, keys, reset: reset.then_some(true) })?;
            done(common, "The keys are there.")
        }
        Action::Remove { keys } => {
            let keys = given_or_read(keys)?;
            common.connect()?.call(&SshRemoveAuthorizedKeys { username, keys })?;
            done(common, "The keys are gone.")
        }
    }
}

fn list(common: &Common, username: String) -> anyhow::Result<()> {
    let answer = common.connect()?.call(&SshGetAuthorizedKeys { username })?;
    if common.json() {
        return output::json(&answer);
    }
    let mut out = output::text();
    answer.keys.iter().try_for_each(|key| writeln!(out, "{}", Escaped(key)))?;
    Ok(())
}

fn given_or_read(given: &[String]) -> anyhow::Result<Vec<String>> {
    let keys = match given {
        [] => io::read_to_string(io::stdin())
            .context("cannot read the keys")?
            .lines()
            .map(str::to_owned)
            .collect(),
        given => given.to_vec(),
    };
    let keys: Vec<_> =
        keys.into_iter().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect();
    if keys.is_empty() {
        return Err(Usage("no keys were given".to_owned()).into());
    }
    Ok(keys)
}
