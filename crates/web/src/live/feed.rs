//! What a camera sends, for any number of viewers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::sync::broadcast;
use watchpost_media::{Codec, Kind, Picture};
use watchpost_model::{ByteSize, WallTime};

/// What a viewer may be behind before it loses pictures; at 30 pictures a second, over 2 s. All
/// viewers share the pictures, which the ring of the camera holds as well.
const QUEUE: usize = 64;
/// The most that is kept from a key picture on. A camera with longer groups is seen from its next
/// key picture on.
const LARGEST_GROUP: ByteSize = ByteSize::from_bytes(8_000_000);

/// What a camera sends, for any number of viewers. Cheap to clone: all clones are the same feed.
#[derive(Clone, Debug)]
pub struct Feed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    now: Mutex<Now>,
    news: broadcast::Sender<News>,
    skipped: AtomicU64,
}

/// What a viewer that comes now must know.
#[derive(Debug, Default)]
struct Now {
    /// From the last key picture on.
    group: Vec<Picture>,
    group_size: ByteSize,
    outage: Option<Outage>,
    /// All bytes of pictures that were ever passed on.
    passed: u64,
    newest: Option<WallTime>,
}

/// What a viewer is told.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// A picture came.
    Picture {
        picture: Picture,
        /// All bytes passed on up to its end.
        passed: u64,
    },
    /// No more come for now.
    Offline(Outage),
}

/// Why a camera sends nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) cause: String,
    pub(super) next_try: Option<WallTime>,
}

/// How far the feed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) newest: Option<WallTime>,
    pub(super) passed: u64,
}

/// What a viewer begins with.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) group: Vec<Picture>,
    pub(super) outage: Option<Outage>,
    pub(super) news: broadcast::Receiver<News>,
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}

impl Feed {
    /// A feed that nothing came through yet.
    #[must_use]
    pub fn new() -> Self {
        let news = broadcast::Sender::new(QUEUE);
        Self(Arc::new(Inner { now: Mutex::default(), news, skipped: AtomicU64::new(0) }))
    }

    /// Passes on a picture. Never waits; without viewers it costs a clone.
    pub fn push(&self, picture: &Picture) {
        self.with(|now| {
            now.outage = None;
            now.keep(picture);
            let size = size(picture);
            now.passed = now.passed.saturating_add(size);
            now.newest = Some(picture.time);
            let news = News::Picture { picture: picture.clone(), passed: now.passed };
            drop(self.0.news.send(news)); // Nobody may be looking.
        });
    }

    /// Tells viewers that the camera sends nothing, why, and when it is tried again.
    pub fn offline(&self, cause: &str, next_try: Option<WallTime>) {
        let outage = Outage { cause: cause.to_owned(), next_try };
        self.with(|now| {
            now.group.clear();
            now.group_size = ByteSize::ZERO;
            now.outage = Some(outage.clone());
            drop(self.0.news.send(News::Offline(outage))); // Nobody may be looking.
        });
    }

    /// How many times a viewer was so slow that pictures were left out for it.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.0.skipped.load(Ordering::Relaxed)
    }

    /// How many look now.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.0.news.receiver_count()
    }

    /// The newest picture, if the camera sends JPEGs and has not stopped, and when it was taken.
    pub(crate) fn jpeg(&self) -> Option<(WallTime, Bytes)> {
        self.with(|now| {
            let newest = now.group.last()?;
            let jpeg = newest.parameters.codec() == Codec::Mjpeg;
            jpeg.then(|| (newest.time, newest.data.clone()))
        })
    }

    pub(super) fn count_skip(&self) {
        self.0.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// Begins to look: no picture is missed between the group and the news.
    pub(super) fn look(&self) -> Start {
        self.with(|now| Start {
            group: now.group.clone(),
            outage: now.outage.clone(),
            news: self.0.news.subscribe(),
        })
    }

    pub(super) fn head(&self) -> Head {
        self.with(|now| Head { newest: now.newest, passed: now.passed })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Now) -> R) -> R {
        work(&mut self.0.now.lock().expect("no holder of the group can panic"))
    }
}

impl Now {
    fn keep(&mut self, picture: &Picture) {
        if picture.kind == Kind::Key {
            self.group.clear();
            self.group_size = ByteSize::ZERO;
        } else if self.group.is_empty() {
            return;
        }
        let size = size(picture);
        self.group_size = self.group_size.saturating_add(ByteSize::from_bytes(size));
        if self.group_size > LARGEST_GROUP {
            self.group = Vec::new();
        } else {
            self.group.push(picture.clone());
        }
    }
}

/// The bytes of a picture and of the sound that came with it.
fn size(picture: &Picture) -> u64 {
    let sound: usize = picture.sound.iter().map(|sound| sound.data.len()).sum();
    u64::try_from(picture.data.len() + sound).unwrap_or(u64::MAX)
}
