//! `watchpost user`: who may come in, from the command line.

use std::io::{self, BufRead};

use watchpost_model::Secret;
use watchpost_store::{CatalogError, Role, Store, User};
use watchpost_web::{HashError, Password, WeakPassword};

/// Why a user could not be added or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserError {
    /// The password did not come.
    #[error("no password came on standard input")]
    NoPassword(#[source] io::Error),
    /// It is too easy.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// It could not be hashed.
    #[error("the password cannot be hashed")]
    Hash(#[from] HashError),
    /// The catalog refused.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// There is nobody of that name.
    #[error("there is no user {name:?}; `watchpost user list` shows all")]
    Nobody {
        /// The name.
        name: String,
    },
}

/// Adds a user, or gives one a new password and role. The password is the first line of `input`.
///
/// # Errors
///
/// If the password is missing or too easy, or the catalog refuses.
pub(crate) async fn add(
    store: &Store,
    name: String,
    role: Role,
    input: &mut impl BufRead,
) -> Result<(), UserError> {
    let mut line = String::new();
    input.read_line(&mut line).map_err(UserError::NoPassword)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    let password_hash = Password::new(Secret::new(password))?.hash()?;
    store.put_user(&User { name, role, password_hash }).await?;
    Ok(())
}

/// Every user: name and role, a line each.
///
/// # Errors
///
/// If the catalog cannot be read.
pub(crate) async fn list(store: &Store) -> Result<Vec<String>, UserError> {
    let line = |user: User| format!("{}\t{}", user.name, user.role.word());
    Ok(store.users().await?.into_iter().map(line).collect())
}

/// Removes a user, who is signed out everywhere.
///
/// # Errors
///
/// If there is nobody of that name.
pub(crate) async fn remove(store: &Store, name: String) -> Result<(), UserError> {
    if store.delete_user(&name).await? { Ok(()) } else { Err(UserError::Nobody { name }) }
}
