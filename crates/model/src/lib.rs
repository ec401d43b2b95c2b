//! The words everything else is said in: moments, cameras, triggers, events, and the checked
//! configuration.
//!
//! Pure: no clock, no socket, no file, no thread.
#![forbid(unsafe_code)]

mod time; //    when
mod amount; //  how much
mod camera; //  who looked
mod event; //   what happened
mod motion; //  what counts as motion
mod region; //  where
mod object; //  what it is
mod device; //  what senses, and what obeys
mod secret; //  what must not be printed

pub mod config; // what the owner wants

pub use amount::{ByteSize, Fraction};
pub use camera::{CameraId, InvalidCameraId};
pub use device::{DeviceId, Distance, InvalidDeviceId, PhotoAt, Reading, Senses, SensorAction};
pub use event::{Ailment, Ended, Event, EventId, InvalidEventId, Trigger};
pub use motion::{InvalidPolygon, MotionSettings, PersonHeight, Point, Polygon, Tuning, Zone};
pub use object::{
    Deed, DeedKind, EventsOn, InvalidLabel, Label, Line, Object, ObjectSettings, ObjectTrigger,
    Recognition, Side, Sighting, WantedDeed,
};
pub use region::{Place, Region, Trace};
pub use secret::Secret;
pub use time::{Interval, InvalidTime, WallTime};
