//! What waits until something may be written.

use std::collections::VecDeque;

/// How many bytes are held; a freeze that says more than this has said the same often.
const MOST_BYTES: usize = 256 << 10;

/// Messages or records that wait; the oldest ones give way.
#[derive(Debug)]
pub(crate) struct Held<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    dropped: u64,
}

impl<T> Default for Held<T> {
    fn default() -> Held<T> {
        Held { items: VecDeque::new(), bytes: 0, dropped: 0 }
    }
}

impl<T> Held<T> {
    /// Holds `item`, which takes so many bytes.
    pub(crate) fn push(&mut self, item: T, bytes: usize) {
        self.bytes += bytes;
        self.items.push_back((item, bytes));
        while self.bytes > MOST_BYTES {
            let Some((_, oldest)) = self.items.pop_front() else { return };
            self.bytes -= oldest;
            self.dropped += 1;
        }
    }

    /// Whether there is nothing to be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.dropped == 0
    }

    /// How many gave way.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// All that is held, the oldest first.
    pub(crate) fn into_items(self) -> impl Iterator<Item = T> {
        self.items.into_iter().map(|(item, _)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way_and_are_counted() {
        let mut held = Held::default();
        assert!(held.is_empty());
        (0..5).for_each(|number| held.push(number, MOST_BYTES / 3));
        assert_eq!(held.dropped(), 2);
        assert_eq!(held.into_items().collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn what_is_too_big_by_itself_is_not_held() {
        let mut held = Held::default();
        held.push((), MOST_BYTES + 1);
        assert!(!held.is_empty(), "that it is missing is to be told");
        assert_eq!((held.dropped(), held.into_items().count()), (1, 0));
    }
}
