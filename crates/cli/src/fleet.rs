//! A verb on many guests at once.
//!
//! Each guest gets a process of its own, with the same command line behind `--one GUEST`: none holds another up,
//! and no verb has to know. Some run at a time, the others wait.

use crate::args::Args;
use crate::failure::{self, Usage};
use crate::output;
use crate::process::{self, Finished};
use crate::target::Target;
use crate::target::places::Found;
use crate::terminal::Escaped;
use anyhow::Context;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use qga_wire::json::{Parser, Value};
use serde::Serialize;
use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How many guests are served at a time.
const AT_ONCE: usize = 16;

/// How much of each output of one guest is kept, in bytes: a hostile one would write for ever.
const MOST: u64 = 64 << 20;

/// How often the lines of those that are under way are drawn.
const TICK: Duration = Duration::from_millis(200);

/// What a command line begins with that is for one of many guests, which is named next. Nobody but this program writes
/// it, so it is no option that is shown.
const ONE: &str = "--one";

/// The one of many guests that this process is for, and the command line without it.
pub(crate) fn one_of_many(mut words: Vec<OsString>) -> (Option<Target>, Vec<OsString>) {
    if words.get(1).is_none_or(|word| word != ONE) {
        return (None, words);
    }
    let target = words.get(2).and_then(|word| word.to_str()?.parse().ok());
    if target.is_some() {
        words.drain(1..3);
    }
    (target, words)
}

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
    let lines = MultiProgress::new();
    let waiting = ProgressStyle::with_template("{spinner} {elapsed:>4} {wide_msg}")?;
    let work = |guest: &Found| {
        let name = Escaped(&guest.name).to_string();
        let line = lines.add(ProgressBar::new_spinner().with_style(waiting.clone()).with_message(name));
        line.enable_steady_tick(TICK);
        let outcome = run_one(guest);
        line.finish_and_clear();
        outcome
    };
    let mut codes = Vec::new();
    let mut told = Ok(());
    each(&guests, work, |_, guest, outcome| {
        match lines.suspend(|| tell(args.common.json(), &guest.name, outcome)) {
            Ok(code) => codes.push((&*guest.name, code)),
            Err(error) if told.is_ok() => told = Err(error),
            Err(_) => {}
        }
    });
    told?;
    codes.sort_unstable();
    output::remark(&summary(&codes));
    Ok(ExitCode::from(code_of_all(codes.iter().map(|(_, code)| *code))))
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

/// What came of a verb on one guest.
struct Outcome {
    code: u8,
    output: Vec<u8>,
    errors: Vec<u8>,
}

fn run_one(guest: &Found) -> anyhow::Result<Outcome> {
    let mut command = Command::new(env::current_exe().context("cannot tell where this program is")?);
    // It writes into a pipe, and what it writes comes here.
    if let Some(width) = output::width() {
        command.env(output::WIDTH, width.to_string());
    }
    command.arg(ONE).arg(guest.target.to_string()).args(env::args_os().skip(1));
    let finished = process::run(&mut command, None, MOST).context("cannot run this program")?;
    Ok(outcome(finished, MOST))
}

/// A process whose output has reached the limit wrote on into a closed pipe, and may have thought nothing of it.
fn outcome(finished: Finished, most: u64) -> Outcome {
    let Finished { status, output, mut errors } = finished;
    let is_cut = [&output, &errors].iter().any(|stream| stream.len() as u64 >= most);
    if is_cut {
        errors.extend_from_slice(b"\nqga: that was too much for many guests at once, and is cut\n");
    }
    let code = if is_cut { failure::FAILED } else { process::exit_code(status) };
    Outcome { code, output, errors }
}

/// What one guest's process said, as one object.
#[derive(Serialize)]
struct Told<'a> {
    guest: &'a str,
    code: u8,
    output: Value,
    errors: Option<String>,
}

fn tell(json: bool, guest: &str, outcome: anyhow::Result<Outcome>) -> anyhow::Result<u8> {
    let Outcome { code, output, errors } = outcome?;
    if json {
        let errors = Some(String::from_utf8_lossy(&errors).into_owned()).filter(|errors| !errors.is_empty());
        output::json(&Told { guest, code, output: value(&output), errors })?;
        return Ok(code);
    }
    writeln!(output::text(), "{}:", Escaped(guest))?;
    for (mut stream, bytes) in [(output::guest_bytes(), output), (output::guest_errors(), errors)] {
        stream.write_all(&bytes)?;
        stream.flush()?;
    }
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

fn summary(codes: &[(&str, u8)]) -> String {
    let failed: Vec<_> = codes
        .iter()
        .filter(|(_, code)| *code != 0)
        .map(|(name, code)| format!("{} with code {code}", Escaped(name)))
        .collect();
    let all = match codes.len() {
        1 => "1 guest".to_owned(),
        count => format!("{count} guests"),
    };
    match failed.len() {
        0 => format!("{all}: all ok"),
        count => format!("{all}: {} ok, {count} failed: {}", codes.len() - count, failed.join(", ")),
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
    use std::process::ExitStatus;

    #[test]
    fn the_one_of_many_guests_is_named_in_front() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let target = Some("pve:100".parse().unwrap());
        assert_eq!(one_of_many(words("qga --one pve:100 --all ping")), (target, words("qga --all ping")));
        for other in ["qga", "qga --one", "qga --one x ping", "qga exec --one pve:100"] {
            assert_eq!(one_of_many(words(other)), (None, words(other)));
        }
    }

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
    fn an_output_that_was_cut_is_no_success() {
        let finished = || Finished { status: ExitStatus::default(), output: vec![b'x'; 5], errors: vec![] };
        let whole = outcome(finished(), 6);
        assert_eq!((whole.code, whole.errors.is_empty()), (0, true));
        let cut = outcome(finished(), 5);
        assert_eq!((cut.code, cut.errors.is_empty()), (1, false));
    }

    #[test]
    fn the_summary_names_who_failed() {
        let codes = [("a", 0), ("a", 0), ("b\n", 3), ("c", 4)];
        assert_eq!(summary(&codes), "4 guests: 2 ok, 2 failed: b\\n with code 3, c with code 4");
        assert_eq!(summary(&codes[..1]), "1 guest: all ok");
        assert_eq!(code_of_all([0, 3, 4].into_iter()), 1);
        assert_eq!(code_of_all([0, 3, 3].into_iter()), 3);
        assert_eq!(code_of_all([0].into_iter()), 0);
    }
}
