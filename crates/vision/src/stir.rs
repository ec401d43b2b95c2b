//! Whether something stirs before a camera, without decoding its pictures: by their sizes alone.
//!
//! A predicted picture holds what its predecessors did not show. A [`Scale`] learns how heavy such
//! pictures are while nothing moves, by their place in the group of pictures, and tells when some are
//! heavier than noise explains. A [`Vigil`] decides with it, and with what key pictures show, when all
//! pictures must be decoded and when key pictures are enough.
//!
//! Source of the idea: Poppe, De Bruyne, Paridaens, Lambert and Van de Walle, "Moving object detection in
//! the H.264/AVC compressed domain for video surveillance applications", Journal of Visual Communication
//! and Image Representation 20(6), 2009: the bits that a block takes tell better than its motion vector
//! whether anything moves in it. Here they are taken for the picture as a whole, for which not even the
//! entropy code must be read. Something small and far weighs less than noise; key pictures show it.

mod scale; // how heavy pictures are
mod vigil; // asleep or awake

pub use scale::Scale;
pub use vigil::{Care, Sight, Vigil};
