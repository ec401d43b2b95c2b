//! What the store promises, told as stories with real files and a real catalog.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod house; //   the noise
mod footage; // written, read, served
mod lapse; //   now and then
mod photos; //  pictures for themselves
mod motion; //  what moved, kept to be judged again
mod motion_damage; // crashes and damage to that
mod bare; //    events without either
mod room; //    what happens when the disk refuses
mod events; //  paged, kept, deleted
mod objects; // who was in them
mod search; //  by whom they are found
mod traces; //  the ways of things through them
mod sensors; // and what set them off
mod readings; // which tells more than that
mod removal; // what goes, and what must stay
mod mending; // crashes and damage
mod versions; // catalogs of Watchposts before this one
mod troubles; // what was wrong, and small texts
mod access; //  users, sessions, switches
