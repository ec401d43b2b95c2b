//! What footage, which photos and which motion files must go, and in which order.

use std::time::Duration;

use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

/// How long one camera's footage, photos and motion files stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// Which camera.
    pub camera: CameraId,
    /// What is older than this goes; `None` keeps it for good.
    pub keep: Option<Duration>,
    /// What all of it may take on disk; `None` sets no limit.
    pub max_size: Option<ByteSize>,
}

/// What names an item: its number in the catalog, which counts segments, photos and motion files apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemId {
    /// A file of footage.
    Segment(i64),
    /// A photo.
    Photo(i64),
    /// A file of what moved on a day.
    Motion(i64),
}

/// A file of footage, a photo or a motion file that is complete. One still being written is not up for decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub id: ItemId,
    /// Whose it is.
    pub camera: CameraId,
    /// What it shows; of a photo, its moment.
    pub interval: Interval,
    /// What it takes on disk.
    pub size: ByteSize,
    /// Whether an event that the owner keeps needs it. Such an item never goes.
    pub kept: bool,
}

impl Item {
    /// Where it stands in the line of what goes.
    fn place(&self) -> WallTime {
        match self.id {
            ItemId::Segment(_) | ItemId::Photo(_) => self.interval.start(),
            ItemId::Motion(_) => self.interval.end(),
        }
    }
}

/// The disk that holds the footage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What is free.
    pub free: ByteSize,
    /// What must be free.
    pub min_free: ByteSize,
}

/// Why an item goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Older than the camera's `keep`.
    Age,
    /// Its camera has more than `max_size`.
    Size,
    /// The disk has less than `min_free`.
    DiskFull,
}

/// Which items must go now, in the order in which to remove them, and why.
///
/// By age first, then each camera's oldest until it fits `max_size`, then the oldest of all cameras
/// until the disk has room. A motion file is as old as its end: what moved on a day is of use as long
/// as there is footage of it. Kept ones count as space but never go. An item whose end lies in the
/// future (the clock was set back) is young, not old. A camera that is not in `cameras` (it left
/// the configuration) is bound by the disk alone.
#[must_use]
pub fn plan(
    cameras: &[Camera],
    mut items: Vec<Item>,
    disk: Disk,
    now: WallTime,
) -> Vec<(ItemId, Reason)> {
    items.sort_by_key(|item| (item.place(), item.id));
    let mut removed = Vec::new();
    for camera in cameras {
        let old = |item: &Item| {
            let age = now.since_or_zero(item.interval.end());
            camera.keep.is_some_and(|keep| age > keep)
        };
        take(&mut items, &mut removed, Reason::Age, |item| {
            item.camera == camera.camera && old(item)
        });
        let Some(max_size) = camera.max_size else { continue };
        let mut size = total(items.iter().filter(|item| item.camera == camera.camera));
        take(&mut items, &mut removed, Reason::Size, |item| {
            let goes = item.camera == camera.camera && size > max_size;
            if goes {
                size = size.saturating_sub(item.size);
            }
            goes
        });
    }
    let freed = total(removed.iter().map(|(item, _)| item));
    let mut free = disk.free.saturating_add(freed);
    take(&mut items, &mut removed, Reason::DiskFull, |item| {
        let goes = free < disk.min_free;
        if goes {
            free = free.saturating_add(item.size);
        }
        goes
    });
    removed.into_iter().map(|(item, reason)| (item.id, reason)).collect()
}

/// Moves the items that `goes` names from `items` to `removed`; kept ones are not asked.
fn take(
    items: &mut Vec<Item>,
    removed: &mut Vec<(Item, Reason)>,
    reason: Reason,
    mut goes: impl FnMut(&Item) -> bool,
) {
    let gone = items.extract_if(.., |item| !item.kept && goes(item));
    removed.extend(gone.map(|item| (item, reason)));
}

fn total<'a>(items: impl Iterator<Item = &'a Item>) -> ByteSize {
    items.fold(ByteSize::ZERO, |sum, item| sum.saturating_add(item.size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// Ten segments of one hour and 10 bytes each, ended 10, 9, … 1 hours ago; `kept` ones by index.
    fn day(camera: &str, first_id: i64, kept: &[i64]) -> Vec<Item> {
        let hour = |n: i64| WallTime::from_micros(n * HOUR);
        (0..10)
            .map(|n| Item {
                id: ItemId::Segment(first_id + n),
                camera: camera.parse().unwrap(),
                interval: Interval::new(hour(n), hour(n + 1)),
                size: ByteSize::from_bytes(10),
                kept: kept.contains(&n),
            })
            .collect()
    }

    fn camera(keep_hours: u64, max_size: u64) -> Camera {
        Camera {
            camera: "door".parse().unwrap(),
            keep: Some(Duration::from_secs(keep_hours * 3600)),
            max_size: Some(ByteSize::from_bytes(max_size)),
        }
    }

    const ROOMY: Disk =
        Disk { free: ByteSize::from_bytes(1_000), min_free: ByteSize::from_bytes(100) };
    const NOW: WallTime = WallTime::from_micros(11 * HOUR);

    fn ids(removed: &[(ItemId, Reason)], why: Reason) -> Vec<i64> {
        let number = |id: ItemId| match id {
            ItemId::Segment(number) | ItemId::Photo(number) | ItemId::Motion(number) => number,
        };
        removed.iter().filter(|(_, reason)| *reason == why).map(|(id, _)| number(*id)).collect()
    }

    /// A photo of 1 byte for each hour, taken half past, numbered from 50; `kept` ones by index.
    fn photos(camera: &str, kept: &[i64]) -> Vec<Item> {
        let half_past = |n: i64| WallTime::from_micros(n * HOUR + HOUR / 2);
        (0..10)
            .map(|n| Item {
                id: ItemId::Photo(50 + n),
                camera: camera.parse().unwrap(),
                interval: Interval::new(half_past(n), half_past(n)),
                size: ByteSize::from_bytes(1),
                kept: kept.contains(&n),
            })
            .collect()
    }

    #[test]
    fn what_is_older_than_keep_goes() {
        let removed = plan(&[camera(7, 1_000)], day("door", 0, &[]), ROOMY, NOW);
        assert_eq!(ids(&removed, Reason::Age), [0, 1, 2]);
        assert_eq!(removed.len(), 3);
    }

    #[test]
    fn what_is_over_max_size_goes_oldest_first() {
        let removed = plan(&[camera(100, 75)], day("door", 0, &[]), ROOMY, NOW);
        assert_eq!(ids(&removed, Reason::Size), [0, 1, 2]);
        assert_eq!(removed.len(), 3);
    }

    #[test]
    fn kept_footage_never_goes_but_counts() {
        let removed = plan(&[camera(5, 35)], day("door", 0, &[0, 6]), ROOMY, NOW);
        assert_eq!(ids(&removed, Reason::Age), [1, 2, 3, 4]);
        assert_eq!(ids(&removed, Reason::Size), [5, 7, 8]);
    }

    #[test]
    fn a_full_disk_takes_the_oldest_of_all_cameras() {
        let full = Disk { free: ByteSize::from_bytes(70), min_free: ByteSize::from_bytes(100) };
        let both = [day("door", 0, &[0]), day("gone", 100, &[])].concat();
        let removed = plan(&[camera(100, 1_000)], both, full, NOW);
        assert_eq!(ids(&removed, Reason::DiskFull), [100, 1, 101]);
    }

    #[test]
    fn a_full_disk_spares_what_age_has_freed_already() {
        let full = Disk { free: ByteSize::from_bytes(70), min_free: ByteSize::from_bytes(100) };
        let removed = plan(&[camera(7, 1_000)], day("door", 0, &[]), full, NOW);
        assert!(ids(&removed, Reason::DiskFull).is_empty());
    }

    #[test]
    fn photos_go_in_line_with_the_footage_of_their_time() {
        let both = [photos("door", &[1]), day("door", 0, &[])].concat();
        let removed = plan(&[camera(7, 53)], both, ROOMY, NOW);
        assert_eq!(ids(&removed, Reason::Age), [0, 50, 1, 2, 52, 53]);
        assert_eq!(ids(&removed, Reason::Size), [3, 4, 54, 5]);
    }

    #[test]
    fn what_moved_stays_as_long_as_footage_of_its_time() {
        // From the start of the first segment to the middle of the sixth.
        let half_past_5 = WallTime::from_micros(5 * HOUR + HOUR / 2);
        let motion = Item {
            id: ItemId::Motion(70),
            camera: "door".parse().unwrap(),
            interval: Interval::new(WallTime::from_micros(0), half_past_5),
            size: ByteSize::from_bytes(10),
            kept: false,
        };
        let removed = |camera: Camera, why| {
            let both = [day("door", 0, &[]), vec![motion.clone()]].concat();
            ids(&plan(&[camera], both, ROOMY, NOW), why)
        };
        assert_eq!(removed(camera(100, 50), Reason::Size), [0, 1, 2, 3, 4, 5], "it counts");
        assert_eq!(removed(camera(100, 40), Reason::Size), [0, 1, 2, 3, 4, 5, 70]);
        assert_eq!(removed(camera(6, 1_000), Reason::Age), [0, 1, 2, 3]);
        assert_eq!(removed(camera(5, 1_000), Reason::Age), [0, 1, 2, 3, 4, 70]);
    }

    #[test]
    fn a_clock_set_back_makes_nothing_old() {
        let before = WallTime::from_micros(-100 * HOUR);
        assert_eq!(plan(&[camera(1, 1_000)], day("door", 0, &[]), ROOMY, before), []);
    }
}
