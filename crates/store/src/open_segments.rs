//! What is known of segments that are being written, and not in the catalog before they end.
//!
//! So that recording costs the catalog two writes a segment and not two a second.

use std::collections::BTreeMap;
use std::sync::Mutex;

use watchpost_model::{ByteSize, CameraId, Interval, WallTime};

use crate::segments::{Segment, SegmentKind};

/// The segments being written, by their row in the catalog.
#[derive(Debug, Default)]
pub(crate) struct OpenSegments(Mutex<BTreeMap<i64, Segment>>);

impl OpenSegments {
    /// A segment begins: nothing of it can be seen yet.
    pub(crate) fn begin(&self, segment: Segment) {
        self.with(|open| open.insert(segment.id, segment));
    }

    /// A fragment was added: the segment now reaches to `end` and is `bytes` long.
    pub(crate) fn grow(&self, id: i64, end: WallTime, bytes: ByteSize) {
        self.with(|open| {
            if let Some(segment) = open.get_mut(&id) {
                segment.interval = Interval::new(segment.interval.start(), end);
                segment.bytes = bytes;
            }
        });
    }

    /// The catalog knows it from now on, or it is gone.
    pub(crate) fn forget(&self, id: i64) {
        self.with(|open| open.remove(&id));
    }

    /// Those of a kind that share a moment with `interval`, of one camera or of all.
    pub(crate) fn overlapping(
        &self,
        camera: Option<&CameraId>,
        kind: SegmentKind,
        interval: Interval,
    ) -> Vec<Segment> {
        self.with(|open| {
            open.values()
                .filter(|segment| camera.is_none_or(|camera| *camera == segment.camera))
                .filter(|segment| segment.kind == kind)
                .filter(|segment| segment.interval.overlaps(interval))
                .cloned()
                .collect()
        })
    }

    /// The bytes of all of them.
    pub(crate) fn bytes(&self) -> ByteSize {
        self.with(|open| {
            open.values().fold(ByteSize::ZERO, |sum, segment| sum.saturating_add(segment.bytes))
        })
    }

    /// The only place that locks.
    fn with<R>(&self, work: impl FnOnce(&mut BTreeMap<i64, Segment>) -> R) -> R {
        work(&mut self.0.lock().expect("no holder of the map can panic"))
    }
}
