//! Stories of cameras on the network, and of files, with real servers: `tests/peers`.
//!
//! They need python3-gi, `GStreamer`, `ffmpeg` and openssl; without them they fail, and say so.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]
#![expect(clippy::unchecked_time_subtraction, reason = "as above")]

mod peer; //  who is spoken to
mod watch; // what was seen and heard

mod rtsp; //   the built-in reader
mod ffmpeg; // and the other one
mod http; //   JPEGs
mod file; //   and files
