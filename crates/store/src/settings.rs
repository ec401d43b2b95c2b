//! Small texts that outlive a restart, such as picture settings that were changed at run time.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{CatalogError, Store};

impl Store {
    /// The text called `name`, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, CatalogError> {
        // Index: primary key.
        let row = sqlx::query("SELECT name, value FROM setting WHERE name = ?1")
            .bind(name)
            .fetch_optional(&self.inner.catalog.readers)
            .await?;
        row.as_ref().map(|row| Ok(read_setting(row)?.1)).transpose()
    }

    /// Keeps `value` under `name`, or forgets it for `None`.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn set_setting(&self, name: &str, value: Option<&str>) -> Result<(), CatalogError> {
        // Index: primary key.
        let query = match value {
            Some(value) => sqlx::query(
                "INSERT INTO setting (name, value) VALUES (?1, ?2) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value),
            None => sqlx::query("DELETE FROM setting WHERE name = ?1").bind(name),
        };
        query.execute(&self.inner.catalog.writer).await?;
        Ok(())
    }
}

/// A name and its text from a row.
pub(crate) fn read_setting(row: &SqliteRow) -> Result<(String, String), CatalogError> {
    Ok((row.try_get("name")?, row.try_get("value")?))
}
