//! A little room on the disk that only the catalog may use, and only on the way to more: to close and to
//! remove a file the catalog must write, and on a full disk it could do neither for ever.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};

use crate::files::blocking;
use crate::{CatalogError, Store};

/// Its name in the data folder.
const NAME: &str = "reserve";

/// A transaction that closes or removes files takes a few dozen pages of 4 kB.
const SIZE: u64 = 512 << 10;

impl Store {
    /// Takes the room, if it is not taken yet. Where there is none now, later.
    pub(crate) async fn take_reserve(&self) {
        let path = self.data_dir().join(NAME);
        let taken = blocking(move || {
            if path.metadata().is_ok_and(|file| file.len() == SIZE) {
                return Ok(());
            }
            take(&path).inspect_err(|_| {
                let _ = fs::remove_file(&path); // Half of it is of no use.
            })
        });
        if let Err(error) = taken.await {
            tracing::debug!(%error, "no room can be kept for the catalog now");
        }
    }

    /// Whether `done` failed for want of room, and is worth another try: the reserve is free now.
    pub(crate) async fn gives_reserve<T>(&self, done: &Result<T, CatalogError>) -> bool {
        if !matches!(done, Err(CatalogError::Full { .. })) {
            return false;
        }
        let path = self.data_dir().join(NAME);
        blocking(move || fs::remove_file(&path).is_ok()).await
    }
}

fn take(path: &Path) -> io::Result<()> {
    let file = File::create(path)?;
    // Room that is only promised (`set_len`) would be no room.
    fallocate(&file, FallocateFlags::empty(), 0, SIZE)?;
    Ok(())
}
