//! The picture.

use super::boxes::boxes;
use super::rates::{Filesystem, Processor, Rates, Traffic};
use crate::layout::bar;
use indicatif::BinaryBytes;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Above this a bar is red, above the other yellow.
const HIGH: f64 = 0.9;
const RAISED: f64 = 0.6;

/// The guest's name leaves room for what stands beside it.
const LONGEST_NAME: usize = 32;
/// Draws what goes on, and for how long nothing was heard, when that is worth a word.
pub(super) fn draw(frame: &mut Frame<'_>, rates: &Rates, silence: Option<Duration>) {
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(frame.area());
    frame.render_widget(Paragraph::new(title(rates, silence)), head);
    let [processors, disks, network, filesystems] = boxes(rates, body);
    show(frame, processors, "Processors", &rates.processors);
    show(frame, disks, "Disks: read, written", &rates.disks);
    show(frame, network, "Network: received, sent", &rates.interfaces);
    show(frame, filesystems, "Filesystems", &rates.filesystems);
}

/// What is a line in a box.
trait Item {
    /// How much goes on there: where not all have room, the busiest have.
    fn weight(&self) -> f64;
    fn line(&self, width: usize) -> Line<'_>;
}

fn show<T: Item>(frame: &mut Frame<'_>, area: Rect, title: &str, items: &[T]) {
    let [height, width] = [area.height, area.width].map(|size| usize::from(size.saturating_sub(2)));
    let mut shown: Vec<_> = items.iter().collect();
    let mut more = 0;
    if shown.len() > height {
        shown.sort_by(|one, other| other.weight().total_cmp(&one.weight()));
        let kept = height.saturating_sub(1).max(1);
        more = shown.len() - kept;
        shown.truncate(kept);
    }
    let mut lines: Vec<_> = shown.into_iter().map(|item| item.line(width)).collect();
    if more > 0 {
        lines.push(Line::from(format!("and {more} more").dim()));
    }
    if lines.is_empty() {
        lines.push(Line::from("this agent does not tell".dim()));
    }
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
}

fn title(rates: &Rates, silence: Option<Duration>) -> Line<'_> {
    let load = rates
        .load
        .as_ref()
        .map(|load| format!("load {:.2} {:.2} {:.2}", load.load1m, load.load5m, load.load15m));
    let silence = silence.map(|silence| format!("  no answer for {} s", silence.as_secs()));
    Line::from(vec![
        shortened(&rates.name, LONGEST_NAME).bold(),
        Span::from("  "),
        Span::from(load.unwrap_or_default()),
        Span::styled(silence.unwrap_or_default(), Color::Red),
    ])
}

impl Item for Processor {
    fn weight(&self) -> f64 {
        self.busy
    }

    fn line(&self, width: usize) -> Line<'_> {
        let percent = |part: f64| format!("{:5.1} %", part * 100.0);
        let Processor { number, busy, waiting, stolen } = self;
        let more = format!("  waiting {}  stolen {}", percent(*waiting), percent(*stolen));
        // The number before the bar, and the percentage behind it.
        let room = width.saturating_sub(5 + 6);
        let (room, more) =
            if room < more.width() + 10 { (room, String::new()) } else { (room - more.width(), more) };
        Line::from(vec![
            Span::from(format!("{number:>4} ")),
            Span::styled(bar(thousandths(*busy), 1000, room.clamp(4, 60)), level(*busy)),
            Span::from(more),
        ])
    }
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

impl Item for Traffic {
    #[expect(clippy::cast_precision_loss, reason = "it is only compared")]
    fn weight(&self) -> f64 {
        self.into.saturating_add(self.out) as f64
    }

    fn line(&self, width: usize) -> Line<'_> {
        let rate = |bytes| format!("{}/s", BinaryBytes(bytes));
        let name = fitted(&self.name, width.saturating_sub(28).clamp(6, 24));
        Line::from(format!("{name}{:>14}{:>14}", rate(self.into), rate(self.out)))
    }
}

impl Item for Filesystem {
    #[expect(clippy::cast_precision_loss, reason = "a share chooses a colour, and is compared")]
    fn weight(&self) -> f64 {
        self.used as f64 / self.total.max(1) as f64
    }

    fn line(&self, width: usize) -> Line<'_> {
        // The percentage, the size and a mountpoint beside the bar.
        let room = width.saturating_sub(6 + 16 + 2 + 12).clamp(4, 20);
        let size = BinaryBytes(self.total).to_string();
        Line::from(vec![
            Span::styled(bar(self.used, self.total, room), level(self.weight())),
            Span::from(format!("  of {size:>10}  {}", self.mountpoint)),
        ])
    }
}

/// A name on so many columns, cut or filled up.
fn fitted(name: &str, width: usize) -> String {
    let name = shortened(name, width);
    let gap = width.saturating_sub(name.width());
    format!("{name}{:gap$}", "")
}

fn shortened(name: &str, width: usize) -> String {
    if name.width() <= width {
        return name.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fits = |character: &char| {
        let left = room.checked_sub(character.width().unwrap_or_default());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let beginning: String = name.chars().take_while(fits).collect();
    beginning + "…"
}

#[cfg(test)]
mod tests {
    use super::super::boxes::height;
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn shown(rates: &Rates, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, rates, None)).unwrap();
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
            "█████████████████░░░░░░░░░░░░░░░░░  50 %  waiting   0.0 %  stolen 100.0 %",
            "2.00 KiB/s",
            "does not tell",
            "of   4.00 GiB  /",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_narrow_screen_shows_whole_rates_below_each_other() {
        let rates = Rates {
            processors: vec![Processor { number: 0, busy: 0.5, waiting: 0.0, stolen: 1.0 }],
            disks: vec![Traffic { name: "a-disk-of-a-long-name".into(), into: 1023 << 20, out: 5 }],
            interfaces: vec![Traffic { name: "eth0".into(), into: 2048, out: 0 }],
            filesystems: vec![Filesystem { mountpoint: "/var".into(), used: 1, total: 4 << 30 }],
            ..Rates::default()
        };
        for width in [40, 71, 72, 80] {
            let text = shown(&rates, width, 24);
            for part in [" 1023.00 MiB/s", " 5 B/s", "2.00 KiB/s", "  of   4.00 GiB  /var", "  50 %"] {
                assert!(text.contains(part), "{width} {part}\n{text}");
            }
        }
    }

    #[test]
    fn where_not_all_have_room_the_busiest_have_and_the_others_are_counted() {
        let processor = |number: u8| Processor {
            number: number.into(),
            busy: f64::from(number) / 100.0,
            waiting: 0.0,
            stolen: 0.0,
        };
        let rates = Rates { processors: (0..64).map(processor).collect(), ..Rates::default() };
        let text = shown(&rates, 80, 24);
        assert!(text.contains("  63 ████") && !text.contains("   0 ░"), "{text}");
        assert!(text.contains("and 50 more"), "{text}");
        assert!(shown(&rates, 80, 10).contains("  63 ████"));
        let all = shown(&rates, 80, height(&rates));
        assert!(all.contains("   0 ░") && !all.contains("more"), "{all}");
    }

    #[test]
    fn a_silent_guest_is_told_of() {
        let mut terminal = Terminal::new(TestBackend::new(80, 5)).unwrap();
        terminal.draw(|frame| draw(frame, &Rates::default(), Some(Duration::from_secs(7)))).unwrap();
        assert!(terminal.backend().to_string().contains("no answer for 7 s"));
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
