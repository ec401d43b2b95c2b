//! Switches that outlive a restart, such as whether monitoring is on.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::WallTime;

use crate::{CatalogError, Store};

/// How a switch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Whether it is on.
    pub on: bool,
    /// When it was last set.
    pub since: WallTime,
    /// The user who set it last, or `None` if the program did.
    pub by: Option<String>,
}

impl Store {
    /// How the switch `name` stands, or `None` if it was never set.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn flag(&self, name: &str) -> Result<Option<Flag>, CatalogError> {
        // Index: primary key.
        let row = sqlx::query("SELECT name, is_on, since_us, set_by FROM flag WHERE name = ?1")
            .bind(name)
            .fetch_optional(&self.inner.catalog.readers)
            .await?;
        row.as_ref().map(|row| Ok(read_flag(row)?.1)).transpose()
    }

    /// Sets the switch `name`.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn set_flag(&self, name: &str, flag: &Flag) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query(
            "INSERT INTO flag (name, is_on, since_us, set_by) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, \
             since_us = excluded.since_us, set_by = excluded.set_by",
        )
        .bind(name)
        .bind(flag.on)
        .bind(flag.since.as_micros())
        .bind(flag.by.as_deref())
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }
}

/// A switch and its name from a row.
pub(crate) fn read_flag(row: &SqliteRow) -> Result<(String, Flag), CatalogError> {
    let flag = Flag {
        on: row.try_get("is_on")?,
        since: WallTime::from_micros(row.try_get("since_us")?),
        by: row.try_get("set_by")?,
    };
    Ok((row.try_get("name")?, flag))
}
