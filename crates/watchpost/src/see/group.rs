//! What a frame of the last moments can be decoded from.

use std::collections::VecDeque;

use watchpost_media::{Kind, Picture};
use watchpost_model::WallTime;

/// The most pictures of one group that are remembered; a camera with longer ones has its snapshots from
/// the start of the group.
const LONGEST: usize = 600;

/// The pictures of a stream's last two groups.
#[derive(Default)]
pub(super) struct Group(VecDeque<Picture>);

fn is_key(picture: &Picture) -> bool {
    picture.kind == Kind::Key
}

impl Group {
    pub(super) fn push(&mut self, picture: Picture) {
        if is_key(&picture) {
            let keys = self.0.iter().filter(|picture| is_key(picture)).count();
            if keys >= 2 {
                self.0.pop_front();
                while self.0.front().is_some_and(|picture| !is_key(picture)) {
                    self.0.pop_front();
                }
            }
        }
        if self.0.len() < LONGEST || is_key(&picture) {
            self.0.push_back(picture);
        }
    }

    pub(super) fn newest(&self) -> Option<&Picture> {
        self.0.back()
    }

    /// When each of them is, in order.
    pub(super) fn times(&self) -> Vec<WallTime> {
        self.0.iter().map(|picture| picture.time).collect()
    }

    /// From the last key picture at or before `at` up to `at`; at least that key picture.
    pub(super) fn up_to(&self, at: WallTime) -> Vec<Picture> {
        let before = self.0.iter().rposition(|picture| is_key(picture) && picture.time <= at);
        let first = before.or_else(|| self.0.iter().position(is_key)).unwrap_or(0);
        let within = |(index, picture): &(usize, &Picture)| *index == first || picture.time <= at;
        self.0
            .iter()
            .enumerate()
            .skip(first)
            .take_while(within)
            .map(|(_, picture)| picture.clone())
            .collect()
    }

    /// All but the newest, from the last key picture at or before `seen` on; where nothing was seen yet,
    /// from the last key picture.
    pub(super) fn since(&self, seen: Option<WallTime>) -> Vec<Picture> {
        let older = self.0.len().saturating_sub(1);
        let before = |picture: &Picture| seen.is_none_or(|seen| picture.time <= seen);
        let first = self.0.iter().rposition(|picture| is_key(picture) && before(picture));
        let first = first.or_else(|| self.0.iter().position(is_key)).unwrap_or(older);
        self.0.range(first.min(older)..older).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::Bytes;
    use watchpost_media::Parameters;

    use super::*;

    /// Pictures 100 ms apart, key pictures where there is a `K`.
    fn group(kinds: &str) -> Group {
        let parameters = Arc::new(Parameters::mjpeg(16, 16).unwrap());
        let mut group = Group::default();
        for (index, kind) in (0..).zip(kinds.chars()) {
            group.push(Picture {
                parameters: Arc::clone(&parameters),
                data: Bytes::new(),
                kind: if kind == 'K' { Kind::Key } else { Kind::Delta },
                time: WallTime::from_micros(index * 100_000),
                shown_after: Duration::ZERO,
                sound: Vec::new(),
            });
        }
        group
    }

    fn tenths(pictures: &[Picture]) -> Vec<i64> {
        pictures.iter().map(|picture| picture.time.as_micros() / 100_000).collect()
    }

    #[test]
    fn what_was_left_alone_begins_at_the_key_picture_before_what_was_seen() {
        let group = group("KddKddKdd");
        let since = |tenth: i64| tenths(&group.since(Some(WallTime::from_micros(tenth * 100_000))));
        assert_eq!(since(3), [3, 4, 5, 6, 7]);
        assert_eq!(since(5), [3, 4, 5, 6, 7]);
        assert_eq!(since(7), [6, 7]);
        assert_eq!(since(1), [3, 4, 5, 6, 7], "what came before is forgotten");
        assert_eq!(tenths(&group.since(None)), [6, 7]);
    }

    #[test]
    fn a_moment_is_decoded_from_the_key_picture_before_it() {
        let group = group("KddKdd");
        let up_to = |tenth: i64| tenths(&group.up_to(WallTime::from_micros(tenth * 100_000)));
        assert_eq!(up_to(2), [0, 1, 2]);
        assert_eq!(up_to(4), [3, 4]);
        assert_eq!(up_to(-1), [0]);
    }
}
