//! The name of a camera.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A camera's name: 1 to 64 ASCII letters, digits, `-` and `_`.
///
/// It names the camera's folder on disk and stands in addresses, so nothing else is allowed in it.
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CameraId(Arc<str>);

/// Text that cannot name a camera.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot name a camera: use 1 to 64 letters (a-z, A-Z), digits, '-' and '_'")]
pub struct InvalidCameraId {
    text: String,
}

impl CameraId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CameraId {
    type Err = InvalidCameraId;

    fn from_str(text: &str) -> Result<Self, InvalidCameraId> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidCameraId { text: text.to_owned() })
        }
    }
}

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leaves_its_folder_is_refused() {
        for text in ["", "..", "a/b", "front door", "tür", &"x".repeat(65)] {
            assert!(text.parse::<CameraId>().is_err(), "{text:?}");
        }
        assert!("Front-door_2".parse::<CameraId>().is_ok());
    }
}
