//! Passwords: chosen long enough, kept as argon2id hashes, and compared where it blocks nobody.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use watchpost_model::Secret;

/// The fewest characters a password may have.
const SHORTEST: usize = 10;
/// The most bytes; more are a way to keep us busy.
const LONGEST: usize = 1024;

/// A password that is long enough to be chosen.
#[derive(Clone, Debug)]
pub struct Password(Secret<String>);

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It is easily guessed.
    #[error("the password has under {SHORTEST} characters")]
    TooShort,
    /// It is longer than anybody types.
    #[error("the password has over {LONGEST} bytes")]
    TooLong,
}

/// A password could not be hashed: there is no memory or no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashError(#[from] password_hash::Error);

impl Password {
    /// `text`, if it may be chosen as a password.
    ///
    /// # Errors
    ///
    /// When it is too short or too long.
    pub fn new(text: Secret<String>) -> Result<Self, WeakPassword> {
        if text.expose().chars().count() < SHORTEST {
            Err(WeakPassword::TooShort)
        } else if text.expose().len() > LONGEST {
            Err(WeakPassword::TooLong)
        } else {
            Ok(Self(text))
        }
    }

    /// What the store keeps of it: argon2id in PHC form, with a salt of its own. Takes tens of
    /// milliseconds and 19 MiB.
    ///
    /// # Errors
    ///
    /// When there is no memory or no randomness.
    pub fn hash(&self) -> Result<Secret<String>, HashError> {
        let hash = Argon2::default().hash_password(self.0.expose().as_bytes())?;
        Ok(Secret::new(hash.to_string()))
    }
}

/// Whether `typed` is the password of `hash`. Without a hash it takes as long and is not, so that
/// nobody learns by a clock which users there are. Takes tens of milliseconds and 19 MiB.
pub(super) fn is_right(typed: &Secret<String>, hash: Option<&Secret<String>>) -> bool {
    static NOBODY: LazyLock<Option<Secret<String>>> = LazyLock::new(|| {
        let nobody = Password(Secret::new(super::hex(&rand::random::<[u8; 32]>())));
        nobody.hash().ok()
    });
    let parsed = hash.or(NOBODY.as_ref()).map(|hash| PasswordHash::new(hash.expose()));
    let Some(Ok(parsed)) = parsed else { return false };
    typed.expose().len() <= LONGEST
        && Argon2::default().verify_password(typed.expose().as_bytes(), &parsed).is_ok()
        && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_right() {
        let password = Password::new(secret("correct horse")).unwrap();
        let hash = password.hash().unwrap();
        assert!(hash.expose().starts_with("$argon2id$"));
        assert!(is_right(&secret("correct horse"), Some(&hash)));
        assert!(!is_right(&secret("Correct horse"), Some(&hash)));
        assert!(!is_right(&secret("correct horse"), None));
        assert!(!is_right(&secret("correct horse"), Some(&secret("rubbish"))));
    }

    #[test]
    fn ten_characters_are_enough() {
        assert_eq!(Password::new(secret("ünsichtba")).unwrap_err(), WeakPassword::TooShort);
        assert!(Password::new(secret("ünsichtbar")).is_ok());
        assert!(Password::new(secret(&"x".repeat(1025))).is_err());
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }
}
