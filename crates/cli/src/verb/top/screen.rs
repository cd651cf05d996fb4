//! The picture.

use super::rates::{Filesystem, Processor, Rates, Traffic};
use crate::layout::bar;
use indicatif::BinaryBytes;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

/// Above this a bar is red, above the other yellow.
const HIGH: f64 = 0.9;
const RAISED: f64 = 0.6;

pub(super) fn draw(frame: &mut Frame<'_>, rates: &Rates) {
    let [head, processors, middle, filesystems] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(boxed(rates.processors.len())),
        Constraint::Length(boxed(rates.disks.len().max(rates.interfaces.len()))),
        Constraint::Min(3),
    ])
    .areas(frame.area());
    let [disks, network] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(middle);
    frame.render_widget(Paragraph::new(title(rates)), head);
    let width = processors.width;
    show(frame, processors, "Processors", rates.processors.iter().map(|one| processor(one, width)));
    show(frame, disks, "Disks: read, written", rates.disks.iter().map(traffic));
    show(frame, network, "Network: received, sent", rates.interfaces.iter().map(traffic));
    show(frame, filesystems, "Filesystems", rates.filesystems.iter().map(filesystem));
}

/// The height of so many lines in a box; one that is too high is cut by the layout.
fn boxed(lines: usize) -> u16 {
    u16::try_from(lines.max(1).saturating_add(2)).unwrap_or(u16::MAX).min(12)
}

fn show<'a>(frame: &mut Frame<'_>, area: Rect, title: &'a str, lines: impl Iterator<Item = Line<'a>>) {
    let lines: Vec<_> = lines.take(usize::from(area.height)).collect();
    let lines = if lines.is_empty() { vec![Line::from("this agent does not tell".dim())] } else { lines };
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
}

fn title(rates: &Rates) -> Line<'_> {
    let load = rates
        .load
        .as_ref()
        .map(|load| format!("load {:.2} {:.2} {:.2}", load.load1m, load.load5m, load.load15m));
    Line::from(vec![rates.name.as_str().bold(), Span::from("  "), Span::from(load.unwrap_or_default())])
}

fn processor(processor: &Processor, width: u16) -> Line<'_> {
    let bar_width = usize::from(width.saturating_sub(50)).clamp(10, 60);
    let percent = |part: f64| format!("{:5.1} %", part * 100.0);
    let Processor { number, busy, waiting, stolen } = processor;
    Line::from(vec![
        Span::from(format!("{number:>4} ")),
        Span::styled(bar(thousandths(*busy), 1000, bar_width), level(*busy)),
        Span::from(format!("  waiting {}  stolen {}", percent(*waiting), percent(*stolen))),
    ])
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a share of 1")]
fn thousandths(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 1000.0) as u64
}

fn level(share: f64) -> Style {
    Style::from(match share {
        share if share > HIGH => Color::Red,
        share if share > RAISED => Color::Yellow,
        _ => Color::Green,
    })
}

fn traffic(traffic: &Traffic) -> Line<'_> {
    let rate = |bytes| format!("{}/s", BinaryBytes(bytes));
    Line::from(format!("{:<12} {:>14} {:>14}", traffic.name, rate(traffic.into), rate(traffic.out)))
}

#[expect(clippy::cast_precision_loss, reason = "a share chooses a colour")]
fn filesystem(filesystem: &Filesystem) -> Line<'_> {
    let Filesystem { mountpoint, used, total } = filesystem;
    let share = *used as f64 / (*total).max(1) as f64;
    Line::from(vec![
        Span::styled(bar(*used, *total, 20), level(share)),
        Span::from(format!("  of {:>10}  {mountpoint}", BinaryBytes(*total).to_string())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn shown(rates: &Rates, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, rates)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn everything_has_its_place_on_the_screen() {
        let rates = Rates {
            name: "web1".into(),
            load: None,
            processors: vec![Processor { number: 0, busy: 0.5, waiting: 0.0, stolen: 1.0 }],
            disks: vec![Traffic { name: "vda".into(), into: 2048, out: 0 }],
            interfaces: vec![],
            filesystems: vec![Filesystem { mountpoint: "/".into(), used: 1, total: 4 << 30 }],
        };
        let text = shown(&rates, 80, 24);
        for part in [
            "web1",
            "███████████████░░░░░░░░░░░░░░░  50 %",
            "2.00 KiB/s",
            "does not tell",
            "of   4.00 GiB  /",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn no_screen_is_too_small_and_no_guest_too_large() {
        let traffic = |number: usize| Traffic { name: format!("eth{number}"), into: u64::MAX, out: 0 };
        let rates = Rates { interfaces: (0..10_000).map(traffic).collect(), ..Rates::default() };
        for (width, height) in [(1, 1), (10, 3), (80, 24), (300, 5)] {
            assert!(!shown(&rates, width, height).is_empty());
        }
    }
}
