//! Stories end to end: the real program, real servers, real files.
//!
//! Each starts the program as an owner would and looks at it from outside: its page's API, its files,
//! its log. They need what `make setup-test` installs.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]

mod program; // the program under test
mod peer; //    the servers it speaks to

mod recording; // what a camera shows is there to be played
mod sources; //   every kind of camera
mod ways; //      every way of recording
mod motion; //    what moves, and what would have moved
mod model; //     who is in files
mod objects; //   who it is
mod devices; //   sensors that trigger it, and what obeys
mod broker; //    sensors behind an MQTT broker
mod boards; //    sensors on real firmware
mod health; //    a camera that shows nothing
mod crash; //     whatever is killed, footage stays whole
mod economy; //   what is decoded while nothing stirs
mod trouble; //   bad cameras, disks and clocks
mod settings; //  the owner's file
mod door; //      who may come in
