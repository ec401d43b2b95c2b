//! Keeps the disk in order: carries out what retention decides, and measures the room.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{MissedTickBehavior, interval};
use watchpost_model::ByteSize;
use watchpost_model::config::{Camera, Config, Keep, Record};
use watchpost_store::{FileError, Store, WriteError};
use watchpost_watch::retention::{self, ItemId, Reason};
use watchpost_web::{Change, Disk};

use crate::clock;
use crate::status::{Faults, with_sources};

/// How often retention looks.
const EVERY: Duration = Duration::from_secs(30);

/// How long a deleted event can be brought back.
const UNDO: Duration = Duration::from_mins(1);

/// What keeping order needs.
pub(crate) struct Desk {
    pub(crate) store: Store,
    /// What the owner set; may change.
    pub(crate) config: watch::Receiver<Arc<Config>>,
    pub(crate) faults: Faults,
    /// Where the measured room is told.
    pub(crate) disk: watch::Sender<Disk>,
    /// To whoever looks at the page.
    pub(crate) changes: broadcast::Sender<Change>,
    /// Rung when a disk is full.
    pub(crate) make_room: Arc<Notify>,
}

/// Why order could not be kept.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Catalog(#[from] watchpost_store::CatalogError),
    #[error(transparent)]
    File(#[from] FileError),
}

/// Keeps order until it is dropped: each step is whole in itself, and one cut short is finished at the
/// next start.
pub(crate) async fn run(desk: Desk) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = desk.make_room.notified() => {}
        }
        match desk.round().await {
            Ok(()) => desk.faults.clear("retention"),
            Err(error) => {
                let hint = "Old footage is not removed until this is mended.";
                desk.faults.set("retention", with_sources(&error), hint, clock::now());
            }
        }
    }
}

impl Desk {
    async fn round(&self) -> Result<(), KeepError> {
        // Each of them, whatever becomes of the others: a file that cannot be removed must not fill the
        // disk with new ones.
        let rested = self.store.rest_motion(clock::now()).await.map_err(KeepError::from);
        let steps = [
            rested,
            self.rest_readings().await,
            self.remove_old().await,
            self.purge().await,
            self.measure().await,
        ];
        steps.into_iter().collect()
    }

    /// Writes what sensors told a while ago, and removes what they told before any footage that is kept.
    async fn rest_readings(&self) -> Result<(), KeepError> {
        let now = clock::now();
        self.store.rest_readings(now).await?;
        let config = Arc::clone(&self.config.borrow());
        let length = |camera: &Camera| match camera.keep {
            Keep::For(length) => Some(length),
            Keep::Forever => None,
        };
        let kept: Option<Vec<Duration>> = config.cameras.iter().map(length).collect();
        if let Some(longest) = kept.and_then(|lengths| lengths.into_iter().max()) {
            self.store.drop_readings_before(now - longest).await?;
        }
        Ok(())
    }

    /// Removes what was deleted for good, and sessions that are over.
    async fn purge(&self) -> Result<(), KeepError> {
        let now = clock::now();
        let config = Arc::clone(&self.config.borrow());
        let by_event = |camera: &&Camera| matches!(camera.record, Record::Events | Record::Photos);
        let by_event = config.cameras.iter().filter(by_event).map(|camera| camera.name.clone());
        let purged = self.store.purge_deleted(now - UNDO, &by_event.collect::<Vec<_>>()).await?;
        self.tell(purged.photos.into_iter().map(Change::PhotoDeleted));
        self.store.delete_expired(now).await?;
        // What has no file goes by its age alone.
        for camera in &config.cameras {
            if let Keep::For(length) = camera.keep {
                let gone = self.store.forget(&camera.name, now - length).await?;
                self.tell(gone.into_iter().map(Change::Deleted));
            }
        }
        Ok(())
    }

    async fn remove_old(&self) -> Result<(), KeepError> {
        let config = Arc::clone(&self.config.borrow());
        let cameras: Vec<_> = config
            .cameras
            .iter()
            .map(|camera| retention::Camera {
                camera: camera.name.clone(),
                keep: match camera.keep {
                    Keep::For(length) => Some(length),
                    Keep::Forever => None,
                },
                max_size: camera.max_size,
            })
            .collect();
        let items = self.store.survey().await?.into_iter().map(|row| {
            let watchpost_store::Surveyed { id, camera, interval, bytes, kept } = row;
            let id = match id {
                watchpost_store::ItemId::Segment(id) => ItemId::Segment(id),
                watchpost_store::ItemId::Photo(id) => ItemId::Photo(id),
                watchpost_store::ItemId::Motion(id) => ItemId::Motion(id),
            };
            retention::Item { id, camera, interval, size: bytes, kept }
        });
        let free = self.store.free_space().await?;
        let disk = retention::Disk { free, min_free: config.store.min_free };
        let plan = retention::plan(&cameras, items.collect(), disk, clock::now());
        if plan.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = plan
            .iter()
            .map(|(id, _)| match id {
                ItemId::Segment(id) => watchpost_store::ItemId::Segment(*id),
                ItemId::Photo(id) => watchpost_store::ItemId::Photo(*id),
                ItemId::Motion(id) => watchpost_store::ItemId::Motion(*id),
            })
            .collect();
        let removed = self.store.remove(&ids).await?;
        let mut why: BTreeMap<Reason, usize> = BTreeMap::new();
        for (_, reason) in &plan {
            *why.entry(*reason).or_default() += 1;
        }
        let photos = removed.photos.iter().map(|id| Change::PhotoDeleted(*id));
        self.tell(photos.chain(removed.events.into_iter().map(Change::Deleted)));
        tracing::info!(files = removed.segments + removed.motion, freed = %removed.bytes, ?why, "old footage removed");
        Ok(())
    }

    fn tell(&self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            let _ = self.changes.send(change); // Nobody may be looking.
        }
    }

    async fn measure(&self) -> Result<(), KeepError> {
        let space = self.store.disk_space().await?;
        let used = self.store.used_by_footage().await?;
        self.disk.send_replace(Disk {
            total: space.total,
            free: space.free,
            used_by_recordings: used,
        });
        let min_free = self.config.borrow().store.min_free;
        // A little short is no news: the next round makes room.
        let short = ByteSize::from_bytes(min_free.as_bytes() / 2);
        if space.free < short {
            let message = format!("only {} are free; {min_free} should be", space.free);
            let hint = "Nothing more can be removed: free some space, keep fewer events, or set `keep` or `max_size` lower.";
            self.faults.set("disk", message, hint, clock::now());
        } else {
            self.faults.clear("disk");
        }
        Ok(())
    }
}
