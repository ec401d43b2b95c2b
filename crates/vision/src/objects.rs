//! What a thing is: around a model that recognises objects in colour pictures.
//!
//! To be read in this order: `gaze` (when to look, and where), `rgb` and `fit` (a picture for a model),
//! `layout` (what a model's outputs mean), `overlap` (one box for one object), `tracker` (one object
//! through many frames), `deeds` (what it does).

pub mod gaze; //    when to look, and where
mod rgb; //         a colour picture
pub mod fit; //     made to fit a model
pub mod layout; //  what a model's outputs mean
pub mod overlap; // one box for one object
pub mod tracker; // one object through many frames
pub mod deeds; //   what it does

use watchpost_model::Region;

pub use rgb::Rgb;

/// What a model found in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// By the number of the class in the model.
    pub class: u16,
    /// How sure it is, 0 to 1.
    pub score: f32,
    /// A box around it, in shares of the picture that was looked at.
    pub region: Region,
    /// See [`watchpost_model::Object::sharpness`].
    pub sharpness: f32,
}
