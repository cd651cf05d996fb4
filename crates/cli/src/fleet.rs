//! A verb on many guests at once.
//!
//! Each guest gets a process of its own, with the same command line and `--one GUEST`: none holds another up,
//! and no verb has to know. Some run at a time, the others wait.

use crate::args::Args;
use crate::failure::{self, Usage};
use crate::output;
use crate::target::places::Found;
use crate::terminal::Escaped;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use qga_wire::json::{Parser, Value};
use serde::Serialize;
use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// How many guests are served at a time.
const AT_ONCE: usize = 16;

/// Runs the verb on all guests that are wanted, and tells how it went.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(reason) = args.verb.only_for_one() {
        return Err(Usage(format!("this cannot be done on many guests at once: {reason}")).into());
    }
    let guests = args.common.guests()?;
    if guests.is_empty() {
        let text =
            "no guest here is meant: qga list shows the ones there are, --dir names directories of sockets";
        return Err(Usage(text.into()).into());
    }
    let bar = ProgressBar::new(guests.len() as u64)
        .with_style(ProgressStyle::with_template("{pos} of {len} guests {wide_bar}")?);
    let mut codes = BTreeMap::new();
    let mut told = Ok(());
    each(&guests, run_one, |_, guest, ended| {
        let one = bar.suspend(|| tell(args.common.json(), &guest.name, ended));
        bar.inc(1);
        match one {
            Ok(code) => drop(codes.insert(&guest.name, code)),
            Err(error) if told.is_ok() => told = Err(error),
            Err(_) => {}
        }
    });
    bar.finish_and_clear();
    told?;
    output::remark(&summary(&codes));
    Ok(ExitCode::from(code_of_all(codes.values().copied())))
}

/// Does `work` for each of `items`, some at a time, and hands over what came of it as it comes, with the number
/// of the item.
pub(crate) fn each<'a, T: Sync, R: Send>(
    items: &'a [T],
    work: impl Fn(&T) -> R + Sync,
    mut done: impl FnMut(usize, &'a T, R),
) {
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(items.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                let take = || {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    items.get(number).map(|item| (number, item))
                };
                while let Some((number, item)) = take() {
                    // The other end takes all there are.
                    drop(sender.send((number, item, work(item))));
                }
            });
        }
        drop(sender);
        for (number, item, result) in results {
            done(number, item, result);
        }
    });
}

fn run_one(guest: &Found) -> anyhow::Result<Output> {
    let program = env::current_exe().context("cannot tell where this program is")?;
    let mut command = Command::new(program);
    // It writes into a pipe, and what it writes comes here.
    if let Some(width) = output::width() {
        command.env(output::WIDTH, width.to_string());
    }
    let output = command
        .arg("--one")
        .arg(guest.target.to_string())
        .args(env::args_os().skip(1))
        .stdin(Stdio::null())
        .output();
    output.context("cannot run this program")
}

/// What one guest's process said, as one object.
#[derive(Serialize)]
struct Told<'a> {
    guest: &'a str,
    code: u8,
    output: Value,
    errors: Option<String>,
}

fn tell(json: bool, guest: &str, ended: anyhow::Result<Output>) -> anyhow::Result<u8> {
    let ended = ended?;
    let code = ended.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(failure::FAILED);
    if json {
        let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
        let errors = Some(errors).filter(|errors| !errors.is_empty());
        output::json(&Told { guest, code, output: value(&ended.stdout), errors })?;
        return Ok(code);
    }
    writeln!(output::text(), "{}:", Escaped(guest))?;
    let mut out = output::guest_bytes();
    out.write_all(&ended.stdout)?;
    out.flush()?;
    io::stderr().write_all(&ended.stderr)?;
    Ok(code)
}

/// The value that was printed, or the text as it is.
fn value(output: &[u8]) -> Value {
    let mut parser = Parser::new();
    parser.feed(output);
    match parser.next() {
        Some(Ok(node)) => Value::from(node),
        _ => Value::String(String::from_utf8_lossy(output).into_owned()),
    }
}

fn summary(codes: &BTreeMap<&String, u8>) -> String {
    let failed: Vec<_> = codes
        .iter()
        .filter(|(_, code)| **code != 0)
        .map(|(name, code)| format!("{} with code {code}", Escaped(name)))
        .collect();
    match failed.len() {
        0 => format!("{} guests: all ok", codes.len()),
        count => format!(
            "{} guests: {} ok, {count} failed: {}",
            codes.len(),
            codes.len() - count,
            failed.join(", ")
        ),
    }
}

/// The code that all failures share, else that of a failure.
fn code_of_all(codes: impl Iterator<Item = u8>) -> u8 {
    let mut failures = codes.filter(|code| *code != 0);
    let Some(first) = failures.next() else { return 0 };
    if failures.all(|code| code == first) { first } else { failure::FAILED }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_the_slow_hold_up_nobody() {
        let items: Vec<usize> = (0..100).collect();
        let (sender, receiver) = mpsc::channel::<()>();
        let receiver = std::sync::Mutex::new(receiver);
        let mut done = Vec::new();
        let work = |item: &usize| {
            if *item == 0 {
                // Waits until all others are done.
                receiver.lock().unwrap().recv().unwrap();
            }
            item * 2
        };
        each(&items, work, |number, _, result| {
            assert_eq!(result, number * 2);
            done.push(number);
            if done.len() == 99 {
                sender.send(()).unwrap();
            }
        });
        assert_eq!(done.last(), Some(&0));
        done.sort_unstable();
        assert_eq!(done, items);
    }

    #[test]
    fn the_summary_names_who_failed() {
        let names = ["a".to_owned(), "b\n".to_owned(), "c".to_owned()];
        let codes: BTreeMap<_, _> = names.iter().zip([0, 3, 4]).collect();
        assert_eq!(summary(&codes), "3 guests: 1 ok, 2 failed: b\\n with code 3, c with code 4");
        assert_eq!(code_of_all([0, 3, 4].into_iter()), 1);
        assert_eq!(code_of_all([0, 3, 3].into_iter()), 3);
        assert_eq!(code_of_all([0].into_iter()), 0);
    }
}
