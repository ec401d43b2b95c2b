//! What the store promises, told as stories with real files and a real catalog.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod house; //   the noise
mod footage; // written, read, served
mod room; //    what happens when the disk refuses
mod events; //  paged, kept, deleted
mod removal; // what goes, and what must stay
mod mending; // crashes and damage
mod access; //  users, sessions, switches
