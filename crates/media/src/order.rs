//! When to decode pictures of which only the time of showing is known.

use std::time::Duration;

/// Finds when each picture of a stream is decoded, where the stream tells the order of decoding and
/// when each is shown: RTP and Matroska do.
///
/// Without B pictures that is the same. With them, the times of showing, put in order and moved back
/// by as many pictures as are reordered, are the times of decoding (as in an MP4 made in one go).
/// How many that are shows after the first few pictures; until then they are shown a little late.
#[derive(Debug)]
pub struct Order {
    /// How many pictures are reordered.
    depth: usize,
    /// When the newest pictures are shown, in order; at most one more than can be reordered.
    shown: Vec<Duration>,
    /// When the last picture was decoded.
    last: Option<Duration>,
}

/// H.264 and H.265 reorder at most 16 pictures.
const DEEPEST: usize = 16;
/// The least from one picture to the next: a tick of the clock of RTP and of our files, rounded up.
const TICK: Duration = Duration::from_micros(12);
/// A step back by more is no reordering, but a clock that was set.
const FAR: Duration = Duration::from_secs(10);

impl Order {
    /// For a stream of which nothing was seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self { depth: 0, shown: Vec::new(), last: None }
    }

    /// When the next picture in the order of decoding, shown at `shown`, is decoded, and how long
    /// after that it is shown. Times of decoding grow; where the clock of the stream was set back
    /// they go on from the last, and the caller should begin anew.
    pub fn place(&mut self, shown: Duration) -> (Duration, Duration) {
        if self.shown.last().is_some_and(|newest| newest.saturating_sub(shown) >= FAR) {
            self.shown.clear();
        }
        // As many pictures as were decoded before this one and are shown after it.
        let later = self.shown.iter().filter(|other| **other > shown).count();
        self.depth = self.depth.max(later).min(DEEPEST);
        let at = self.shown.partition_point(|other| *other <= shown);
        self.shown.insert(at, shown);
        let surplus = self.shown.len().saturating_sub(DEEPEST + 1);
        self.shown.drain(..surplus);
        let back = self.shown.len().saturating_sub(1 + self.depth);
        let wanted = self.shown.get(back).copied().unwrap_or(shown).min(shown);
        let least = self.last.map_or(Duration::ZERO, |last| last + TICK);
        let decoded = wanted.max(least);
        self.last = Some(decoded);
        (decoded, shown.saturating_sub(decoded))
    }
}

impl Default for Order {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(40);

    /// Places pictures that are shown as these frames, and tells when they are decoded, in frames, and
    /// whether all are shown when they should be, from the picture `from` on.
    #[track_caller]
    fn check(shown: &[u32], from: usize, expected: &[u32]) {
        let mut order = Order::new();
        let placed: Vec<_> = shown.iter().map(|frame| order.place(FRAME * *frame)).collect();
        assert!(placed.is_sorted_by(|a, b| a.0 < b.0), "{placed:?}");
        for (frame, (decoded, after)) in shown.iter().zip(&placed).skip(from) {
            assert_eq!(*decoded + *after, FRAME * *frame);
        }
        let decoded: Vec<Duration> = placed[from..].iter().map(|(decoded, _)| *decoded).collect();
        let expected: Vec<Duration> = expected.iter().map(|frame| FRAME * *frame).collect();
        assert_eq!(decoded, expected);
    }

    #[test]
    fn without_b_pictures_each_is_shown_when_it_is_decoded() {
        check(&[0, 1, 2, 5, 6], 0, &[0, 1, 2, 5, 6]);
    }

    #[test]
    fn b_pictures_move_decoding_back_by_one_picture() {
        check(&[0, 3, 1, 2, 6, 4, 5, 9, 7, 8], 5, &[4, 5, 6, 7, 8]);
    }

    #[test]
    fn b_pictures_that_others_lean_on_move_it_back_by_two() {
        check(&[0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11], 7, &[5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn a_clock_set_back_does_not_turn_time_back() {
        let mut order = Order::new();
        let before = order.place(Duration::from_secs(100));
        let after = order.place(Duration::from_secs(3));
        assert_eq!(before, (Duration::from_secs(100), Duration::ZERO));
        assert_eq!(after, (Duration::from_secs(100) + TICK, Duration::ZERO));
    }
}
