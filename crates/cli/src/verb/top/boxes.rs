//! How the screen is shared out.

use super::rates::Rates;
use ratatui::layout::{Constraint, Layout, Rect};

/// On so many columns disks and network stand side by side.
const WIDE: u16 = 72;
/// The height of a box with one line in it.
const SMALLEST: u16 = 3;

/// How high a wide screen is that shows everything.
pub(super) fn height(rates: &Rates) -> u16 {
    wanted(rates).into_iter().fold(1, u16::saturating_add)
}

/// The boxes of a wide screen: processors, disks and network side by side, filesystems.
fn wanted(rates: &Rates) -> [u16; 3] {
    [rates.processors.len(), rates.disks.len().max(rates.interfaces.len()), rates.filesystems.len()]
        .map(boxed)
}

/// Where processors, disks, network and filesystems are shown: narrow screens have them all below each other.
pub(super) fn boxes(rates: &Rates, body: Rect) -> [Rect; 4] {
    if body.width < WIDE {
        let lines =
            [rates.processors.len(), rates.disks.len(), rates.interfaces.len(), rates.filesystems.len()];
        return Layout::vertical(heights(body.height, lines.map(boxed)).map(Constraint::Length)).areas(body);
    }
    let heights = heights(body.height, wanted(rates));
    let [processors, middle, filesystems] = Layout::vertical(heights.map(Constraint::Length)).areas(body);
    let [disks, network] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(middle);
    [processors, disks, network, filesystems]
}

/// The height of so many lines in a box.
fn boxed(lines: usize) -> u16 {
    u16::try_from(lines.max(1).saturating_add(2)).unwrap_or(u16::MAX)
}

/// Shares `total` among boxes that want so much each: a little for each first, then evenly; what is left is the last's.
fn heights<const N: usize>(total: u16, wanted: [u16; N]) -> [u16; N] {
    let mut left = total;
    let mut heights = wanted.map(|_| {
        let height = if left >= SMALLEST { SMALLEST } else { 0 };
        left -= height;
        height
    });
    while left > 0 {
        let before = left;
        for (height, wanted) in heights.iter_mut().zip(wanted) {
            if left > 0 && (1..wanted).contains(height) {
                *height += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    if let Some(last) = heights.iter_mut().rfind(|height| **height > 0) {
        *last += left;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_share_what_there_is() {
        assert_eq!(heights(20, [4, 12, 4]), [4, 12, 4]);
        assert_eq!(heights(30, [4, 12, 4]), [4, 12, 14]);
        assert_eq!(heights(12, [4, 12, 4]), [4, 4, 4]);
        assert_eq!(heights(7, [4, 12, 4]), [4, 3, 0]);
        assert_eq!(heights(2, [4, 12, 4]), [0, 0, 0]);
    }
}
