//! Services on the network.

use watchpost_model::Label;
use watchpost_model::config::detector;

use crate::{DetectError, Detector, Looking, Shown, Wants};

/// A service on the network.
#[derive(Debug)]
pub struct Remote {
    settings: detector::Remote,
}

/// Why a service's answer is worth nothing.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// It takes longer than it may.
    #[error("it has not answered for {0} s")]
    Slow(u64),
}

impl RemoteError {
    /// What the owner can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        ""
    }
}

impl Remote {
    /// The service of these settings. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: detector::Remote) -> Self {
        Self { settings }
    }
}

impl Detector for Remote {
    fn wants(&self) -> Wants {
        Wants::Jpeg { size: self.settings.size }
    }

    fn labels(&self) -> Option<&[Label]> {
        None
    }

    fn look(&mut self, picture: Shown) -> Looking<'_> {
        Box::pin(async move {
            let Shown::Jpeg(_) = picture else { return Err(DetectError::Shown) };
            Ok(Vec::new())
        })
    }
}
