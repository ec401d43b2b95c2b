//! What obeys: lights, servos, outputs.

pub(crate) mod light;
pub(crate) mod output;
pub(crate) mod servo;
