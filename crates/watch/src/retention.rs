//! What footage must go, and in which order.

use std::time::Duration;

use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

/// How long one camera's footage stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// Which camera.
    pub camera: CameraId,
    /// Footage older than this goes; `None` keeps it for good.
    pub keep: Option<Duration>,
    /// What all its footage may take on disk; `None` sets no limit.
    pub max_size: Option<ByteSize>,
}

/// A file of footage that is complete. One still being written is not up for decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number in the catalog.
    pub id: i64,
    /// Whose it is.
    pub camera: CameraId,
    /// What it shows.
    pub interval: Interval,
    /// What it takes on disk.
    pub size: ByteSize,
    /// Whether an event that the owner keeps needs it. Such footage never goes.
    pub kept: bool,
}

/// The disk that holds the footage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What is free.
    pub free: ByteSize,
    /// What must be free.
    pub min_free: ByteSize,
}

/// Why a segment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Older than the camera's `keep`.
    Age,
    /// Its camera has more than `max_size`.
    Size,
    /// The disk has less than `min_free`.
    DiskFull,
}

/// Which segments must go now, in the order in which to remove them, and why.
///
/// By age first, then each camera's oldest until it fits `max_size`, then the oldest of all cameras
/// until the disk has room. Kept ones count as space but never go. A segment whose end lies in the
/// future (the clock was set back) is young, not old. A camera that is not in `cameras` (it left
/// the configuration) is bound by the disk alone.
#[must_use]
pub fn plan(
    cameras: &[Camera],
    mut segments: Vec<Segment>,
    disk: Disk,
    now: WallTime,
) -> Vec<(i64, Reason)> {
    segments.sort_by_key(|segment| (segment.interval.start(), segment.id));
    let mut removed = Vec::new();
    for camera in cameras {
        let old = |segment: &Segment| {
            let age = now.since_or_zero(segment.interval.end());
            camera.keep.is_some_and(|keep| age > keep)
        };
        take(&mut segments, &mut removed, Reason::Age, |segment| {
            segment.camera == camera.camera && old(segment)
        });
        let Some(max_size) = camera.max_size else { continue };
        let mut size = total(segments.iter().filter(|segment| segment.camera == camera.camera));
        take(&mut segments, &mut removed, Reason::Size, |segment| {
            let goes = segment.camera == camera.camera && size > max_size;
            if goes {
                size = size.saturating_sub(segment.size);
            }
            goes
        });
    }
    let freed = total(removed.iter().map(|(segment, _)| segment));
    let mut free = disk.free.saturating_add(freed);
    take(&mut segments, &mut removed, Reason::DiskFull, |segment| {
        let goes = free < disk.min_free;
        if goes {
            free = free.saturating_add(segment.size);
        }
        goes
    });
    removed.into_iter().map(|(segment, reason)| (segment.id, reason)).collect()
}

/// Moves the segments that `goes` names from `segments` to `removed`; kept ones are not asked.
fn take(
    segments: &mut Vec<Segment>,
    removed: &mut Vec<(Segment, Reason)>,
    reason: Reason,
    mut goes: impl FnMut(&Segment) -> bool,
) {
    let gone = segments.extract_if(.., |segment| !segment.kept && goes(segment));
    removed.extend(gone.map(|segment| (segment, reason)));
}

fn total<'a>(segments: impl Iterator<Item = &'a Segment>) -> ByteSize {
    segments.fold(ByteSize::ZERO, |sum, segment| sum.saturating_add(segment.size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// Ten segments of one hour and 10 bytes each, ended 10, 9, … 1 hours ago; `kept` ones by index.
    fn day(camera: &str, first_id: i64, kept: &[i64]) -> Vec<Segment> {
        let hour = |n: i64| WallTime::from_micros(n * HOUR);
        (0..10)
            .map(|n| Segment {
                id: first_id + n,
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

    fn ids(removed: &[(i64, Reason)], why: Reason) -> Vec<i64> {
        removed.iter().filter(|(_, reason)| *reason == why).map(|(id, _)| *id).collect()
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
        assert_eq!(removed, [(0, Reason::Size), (1, Reason::Size), (2, Reason::Size)]);
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
    fn a_clock_set_back_makes_nothing_old() {
        let before = WallTime::from_micros(-100 * HOUR);
        assert_eq!(plan(&[camera(1, 1_000)], day("door", 0, &[]), ROOMY, before), []);
    }
}
