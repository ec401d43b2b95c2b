//! Users and their sessions. Hashing passwords and tokens is the caller's.

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use watchpost_model::{Secret, WallTime};

use crate::catalog::nonsense;
use crate::{CatalogError, Store};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Owner,
    /// Watch, switch monitoring, keep and delete events; no users, no settings.
    Member,
    /// Watch.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 3] = [Role::Owner, Role::Member, Role::Viewer];

    /// The word for it in the API, on the command line and in the catalog.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Member => "member",
            Role::Viewer => "viewer",
        }
    }

    /// The role of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// As typed at login; upper and lower case differ.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// A PHC string, such as `$argon2id$…`.
    pub password_hash: Secret<String>,
}

/// A session to be remembered.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of the token in the cookie.
    pub token_sha256: [u8; 32],
    /// The user's name.
    pub user: String,
    /// When they logged in.
    pub created: WallTime,
    /// The first moment at which it no longer holds.
    pub expires: WallTime,
}

/// Somebody who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The user's name.
    pub user: String,
    /// What they may do now, which may differ from when they logged in.
    pub role: Role,
    /// The first moment at which it no longer holds.
    pub expires: WallTime,
}

/// A word that is no role.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no role")]
struct InvalidRole(String);

impl Store {
    /// Whether anybody can log in; if not, this is a first start.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read, here and below.
    pub async fn has_users(&self) -> Result<bool, CatalogError> {
        // Index: any; one entry is read.
        let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM user)")
            .fetch_one(&self.inner.catalog.readers)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Adds a user, or changes the one of that name. A new password ends all their sessions.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn put_user(&self, user: &User) -> Result<(), CatalogError> {
        let mut transaction = self.inner.catalog.writer.begin_with("BEGIN IMMEDIATE").await?;
        // Index: session_by_user, and the primary key of user.
        sqlx::query(
            "DELETE FROM session WHERE user_name = ?1 \
             AND (SELECT password_hash FROM user WHERE name = ?1) <> ?2",
        )
        .bind(&user.name)
        .bind(user.password_hash.expose())
        .execute(&mut *transaction)
        .await?;
        // Index: primary key.
        sqlx::query(
            "INSERT INTO user (name, role, password_hash) VALUES (?1, ?2, ?3) \
             ON CONFLICT (name) DO UPDATE \
             SET role = excluded.role, password_hash = excluded.password_hash",
        )
        .bind(&user.name)
        .bind(user.role.word())
        .bind(user.password_hash.expose())
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Adds the very first user; `false`, and nothing is changed, if there is one already.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn put_first_user(&self, user: &User) -> Result<bool, CatalogError> {
        let added = sqlx::query(
            "INSERT INTO user (name, role, password_hash) SELECT ?1, ?2, ?3 \
             WHERE NOT EXISTS (SELECT 1 FROM user)",
        )
        .bind(&user.name)
        .bind(user.role.word())
        .bind(user.password_hash.expose())
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(added.rows_affected() > 0)
    }

    /// The user of that name.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn user(&self, name: &str) -> Result<Option<User>, CatalogError> {
        // Index: primary key.
        let row = sqlx::query("SELECT name, role, password_hash FROM user WHERE name = ?1")
            .bind(name)
            .fetch_optional(&self.inner.catalog.readers)
            .await?;
        row.as_ref().map(read_user).transpose()
    }

    /// All users, by name.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn users(&self) -> Result<Vec<User>, CatalogError> {
        // Index: primary key.
        let rows = sqlx::query("SELECT name, role, password_hash FROM user ORDER BY name")
            .fetch_all(&self.inner.catalog.readers)
            .await?;
        rows.iter().map(read_user).collect()
    }

    /// Removes a user and their sessions; `false` if there is none of that name.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn delete_user(&self, name: &str) -> Result<bool, CatalogError> {
        // Index: primary key; sessions go by session_by_user.
        let deleted = sqlx::query("DELETE FROM user WHERE name = ?1")
            .bind(name)
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// Remembers that somebody logged in.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written, or there is no such user.
    pub async fn put_session(&self, session: &NewSession) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query(
            "INSERT INTO session (token_sha256, user_name, created_us, expires_us) \
             VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(&session.token_sha256[..])
        .bind(&session.user)
        .bind(session.created.as_micros())
        .bind(session.expires.as_micros())
        .execute(&self.inner.catalog.writer)
        .await?;
        Ok(())
    }

    /// Whose session that is, if it still holds at `now`.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be read.
    pub async fn session(
        &self,
        token_sha256: &[u8; 32],
        now: WallTime,
    ) -> Result<Option<Session>, CatalogError> {
        // Index: primary keys of session and user.
        let row = sqlx::query(
            "SELECT user.name AS name, user.role AS role, session.expires_us AS expires_us \
             FROM session JOIN user ON user.name = session.user_name \
             WHERE session.token_sha256 = ?1 AND session.expires_us > ?2",
        )
        .bind(&token_sha256[..])
        .bind(now.as_micros())
        .fetch_optional(&self.inner.catalog.readers)
        .await?;
        let read = |row: SqliteRow| {
            Ok(Session {
                user: row.try_get("name")?,
                role: read_role(&row)?,
                expires: WallTime::from_micros(row.try_get("expires_us")?),
            })
        };
        row.map(read).transpose()
    }

    /// Ends a session; it being ended already is as good.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn delete_session(&self, token_sha256: &[u8; 32]) -> Result<(), CatalogError> {
        // Index: primary key.
        sqlx::query("DELETE FROM session WHERE token_sha256 = ?1")
            .bind(&token_sha256[..])
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(())
    }

    /// Forgets the sessions that no longer hold at `now`, and says how many there were. Writes
    /// nothing if there are none.
    ///
    /// # Errors
    ///
    /// If the catalog cannot be written.
    pub async fn delete_expired(&self, now: WallTime) -> Result<u64, CatalogError> {
        // Index: session_by_expiry.
        let deleted = sqlx::query("DELETE FROM session WHERE expires_us <= ?1")
            .bind(now.as_micros())
            .execute(&self.inner.catalog.writer)
            .await?;
        Ok(deleted.rows_affected())
    }
}

/// A user from a row with `name`, `role` and `password_hash`.
pub(crate) fn read_user(row: &SqliteRow) -> Result<User, CatalogError> {
    Ok(User {
        name: row.try_get("name")?,
        role: read_role(row)?,
        password_hash: Secret::new(row.try_get("password_hash")?),
    })
}

fn read_role(row: &SqliteRow) -> Result<Role, CatalogError> {
    let word: String = row.try_get("role")?;
    Role::from_word(&word).ok_or_else(|| nonsense(InvalidRole(word)))
}
