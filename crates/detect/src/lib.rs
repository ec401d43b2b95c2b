//! Recognises objects in colour pictures: by a model in a file, run in a sandboxed child process, or by a
//! service on the network.
//!
//! A detector that fails knows nothing: its answer is an error, never "nobody".
#![forbid(unsafe_code)]

mod file; //       a model on the disk
mod library; //    where ONNX Runtime lies
mod worker; //     the recorder's side
mod probe; //      whether two engines compute the same
mod wire; //       what recorder and worker say to each other
pub mod child; //  the worker's side: runs a model, and can do nothing else
mod model; //      a model that looks at pictures
mod onnx; //       whether a file is one
mod engine; //     what computes it
mod names; //      what its classes are called
mod coco; //       the usual 80
mod sharpness; //  how sharp an object is
mod cast; //       numbers that change their kind
pub mod remote; // services on the network

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use watchpost_model::{Label, Object};
use watchpost_vision::objects::Rgb;

pub use file::ModelFile;
pub use worker::{Card, Worker};

/// Recognises objects.
pub trait Detector: Send {
    /// What it wants to be shown.
    fn wants(&self) -> Wants;

    /// The class names it knows, by number; `None` if it does not say beforehand.
    fn labels(&self) -> Option<&[Label]>;

    /// Looks at one picture. Objects are in shares of that picture.
    fn look(&mut self, picture: Shown) -> Looking<'_>;
}

/// What [`Detector::look`] will have found.
pub type Looking<'a> = Pin<Box<dyn Future<Output = Result<Vec<Object>, DetectError>> + Send + 'a>>;

/// What a detector wants to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Pixels; regions of a picture as well as whole ones. Any size will do; about this width and height,
    /// in pixels, shows it the most.
    Pixels {
        /// Of its input.
        width: u16,
        /// See `width`.
        height: u16,
    },
    /// Whole pictures, as JPEG, whose longer side has at most so many pixels.
    Jpeg {
        /// Of the longer side.
        size: u16,
    },
}

/// What a detector is shown.
#[derive(Clone, Debug)]
pub enum Shown {
    /// For [`Wants::Pixels`].
    Pixels(Rgb),
    /// For [`Wants::Jpeg`].
    Jpeg(Bytes),
}

/// Why a detector does not know.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// Its model cannot be used at all; trying again does not help.
    #[error("{story}")]
    Model {
        /// What is wrong, and where.
        story: String,
        /// How to mend it.
        hint: String,
    },
    /// It is lost; another may be started.
    #[error("the detector is lost")]
    Lost(#[from] watchpost_sandbox::HandleError),
    /// A service does not answer as it should.
    #[error(transparent)]
    Remote(#[from] remote::RemoteError),
    /// It was shown what it does not want.
    #[error("it was shown what it does not want")]
    Shown,
}

impl DetectError {
    /// What the owner can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            DetectError::Model { hint, .. } => hint.clone(),
            DetectError::Lost(_) | DetectError::Shown => {
                "It is started again. If this goes on, see the log.".to_owned()
            }
            DetectError::Remote(error) => error.hint().to_owned(),
        }
    }
}
