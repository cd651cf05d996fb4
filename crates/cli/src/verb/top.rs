//! `qga top`: a guest's processors, disks, network and filesystems, live.

mod boxes;
mod rates;
mod sample;
mod screen;

use crate::args::{Common, seconds};
use crate::interrupt::Interrupts;
use crate::output;
use anyhow::{Context, bail};
use qga_client::{Client, Error};
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{DefaultTerminal, Terminal};
use rates::Rates;
use sample::Sample;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "q, Escape and Ctrl-C end it. Where there is no terminal one screen is printed as text; with --json \
that is one object, rates being in bytes per second and shares of 1."
)]
pub(crate) struct Args {
    /// How long from one look to the next
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "2")]
    interval: Duration,
}

/// The screen that is printed where there is no terminal: how wide it is, and how high at most.
const PRINTED: (u16, u16) = (100, 1000);

/// How often keys, signals and samples are looked for.
const GLANCE: Duration = Duration::from_millis(100);

/// A guest that is so much later than it should be is silent.
const LATE: Duration = Duration::from_secs(2);

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    let first = Sample::take(&mut client)?;
    if common.json() || !io::stdout().is_terminal() {
        thread::sleep(args.interval);
        let rates = Rates::between(&first, &Sample::take(&mut client)?);
        return if common.json() { output::json(&rates) } else { print(&rates) };
    }
    let interrupts = Interrupts::catch(|| {})?;
    let samples = samples(client, args.interval);
    let mut terminal = ratatui::try_init().context("cannot use this terminal")?;
    let ended = watch(&mut terminal, args.interval, first, &samples, &interrupts);
    ratatui::try_restore().context("cannot give the terminal back")?;
    ended
}

/// Asks the guest again and again on a thread of its own: one that is slow or silent must not hold up the keys.
fn samples(mut client: Client, interval: Duration) -> Receiver<Result<Sample, Error>> {
    let (sender, samples) = mpsc::channel();
    thread::spawn(move || {
        loop {
            thread::sleep(interval);
            let sample = Sample::take(&mut client);
            let is_last = sample.is_err();
            if sender.send(sample).is_err() || is_last {
                return;
            }
        }
    });
    samples
}

fn watch(
    terminal: &mut DefaultTerminal,
    interval: Duration,
    first: Sample,
    samples: &Receiver<Result<Sample, Error>>,
    interrupts: &Interrupts,
) -> anyhow::Result<()> {
    let mut rates = Rates::between(&first, &first);
    let mut last = first;
    while !interrupts.within(Duration::ZERO) {
        match samples.try_recv() {
            Ok(sample) => {
                let sample = sample?;
                rates = Rates::between(&last, &sample);
                last = sample;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => bail!("nobody asks the guest any more"),
        }
        let silence = last.taken.elapsed();
        let silence = Some(silence).filter(|silence| *silence > interval.saturating_add(LATE));
        // Only what has changed goes to the terminal.
        terminal.draw(|frame| screen::draw(frame, &rates, silence))?;
        if event::poll(GLANCE)? && matches!(event::read()?, Event::Key(key) if ends(key)) {
            break;
        }
    }
    Ok(())
}

/// The terminal is raw, so Ctrl-C is a key as others are.
fn ends(key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

fn print(rates: &Rates) -> anyhow::Result<()> {
    let (width, highest) = PRINTED;
    let mut terminal = Terminal::new(TestBackend::new(width, boxes::height(rates).min(highest)))?;
    terminal.draw(|frame| screen::draw(frame, rates, None))?;
    let cells = terminal.backend().buffer().content();
    let lines = cells.chunks(usize::from(width));
    let text: Vec<_> = lines.map(|line| line.iter().map(Cell::symbol).collect::<String>()).collect();
    let mut out = output::text();
    text.join("\n").trim_end().lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
    Ok(())
}
