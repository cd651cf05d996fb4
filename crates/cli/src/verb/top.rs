//! `qga top`: a guest's processors, disks, network and filesystems, live.

mod rates;
mod sample;
mod screen;

use crate::args::{Common, seconds};
use crate::output;
use anyhow::Context;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use rates::Rates;
use sample::Sample;
use std::io::{self, IsTerminal, Write};
use std::thread;
use std::time::{Duration, Instant};

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

/// The size of the screen that is printed where there is no terminal.
const PRINTED: (u16, u16) = (100, 30);

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let mut client = common.connect()?;
    let before = Sample::take(&mut client)?;
    if common.json() || !io::stdout().is_terminal() {
        thread::sleep(args.interval);
        let rates = Rates::between(&before, &Sample::take(&mut client)?);
        return if common.json() { output::json(&rates) } else { print(&rates) };
    }
    let mut terminal = ratatui::try_init().context("cannot use this terminal")?;
    let ended = watch(&mut terminal, args.interval, before, || Sample::take(&mut client));
    ratatui::try_restore().context("cannot give the terminal back")?;
    ended
}

fn watch(
    terminal: &mut ratatui::DefaultTerminal,
    interval: Duration,
    mut before: Sample,
    mut take: impl FnMut() -> Result<Sample, qga_client::Error>,
) -> anyhow::Result<()> {
    loop {
        let now = take()?;
        let rates = Rates::between(&before, &now);
        terminal.draw(|frame| screen::draw(frame, &rates))?;
        before = now;
        let next = Instant::now() + interval;
        while let Some(left) = next.checked_duration_since(Instant::now()) {
            if event::poll(left)? {
                match event::read()? {
                    Event::Key(key) if ends(key) => return Ok(()),
                    Event::Resize(..) => {
                        terminal.draw(|frame| screen::draw(frame, &rates))?;
                    }
                    _ => {}
                }
            }
        }
    }
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
    let (width, height) = PRINTED;
    let mut terminal = Terminal::new(TestBackend::new(width, height))?;
    terminal.draw(|frame| screen::draw(frame, rates))?;
    let cells = terminal.backend().buffer().content();
    let lines = cells.chunks(usize::from(width));
    let text: Vec<_> = lines.map(|line| line.iter().map(Cell::symbol).collect::<String>()).collect();
    let mut out = output::text();
    text.join("\n").trim_end().lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
    Ok(())
}
