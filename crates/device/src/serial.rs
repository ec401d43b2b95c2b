//! Lines of text over a wire.
