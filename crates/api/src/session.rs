//! Who speaks.
//!
//! Types with a password in them do not print it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether the first owner is still to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupState {
    /// True on a recorder that has no user yet.
    pub needed: bool,
}

/// Makes the first owner.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What the recorder printed at its first start.
    pub token: String,
    /// The owner's name, 1 to 64 characters.
    pub name: String,
    /// The owner's password, at least 10 characters.
    #[schema(format = Password, min_length = 10)]
    pub password: String,
}

/// Opens a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user's name.
    pub name: String,
    /// The user's password.
    #[schema(format = Password)]
    pub password: String,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The user's name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// See and switch.
    Member,
    /// See.
    Viewer,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setup { token: _, name, password: _ } = self;
        f.debug_struct("Setup").field("name", name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Login { name, password: _ } = self;
        f.debug_struct("Login").field("name", name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_passwords_nor_tokens_are_printed() {
        let [token, name, password] = ["sesame", "anna", "rosebud"].map(str::to_owned);
        let login = Login { name: name.clone(), password: password.clone() };
        let printed = format!("{login:?} {:?}", Setup { token, name, password });
        assert!(!printed.contains("rosebud") && !printed.contains("sesame"), "{printed}");
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let login: Result<Login, _> =
            serde_json::from_str(r#"{"name":"anna","password":"rosebud","pasword":"x"}"#);
        assert!(login.is_err());
    }
}
