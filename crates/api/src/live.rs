//! Pictures as they come: the text messages of the live `WebSocket`.
//!
//! After each `stream` message comes one binary message with the MP4 header, then one binary
//! message for each picture: when it was taken (microseconds since 1970, 64 bits, big endian),
//! one byte (1: key picture), and an MP4 fragment holding the picture and the sound heard since the
//! picture before it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// What the recorder says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromServer {
    /// A stream begins. A later one replaces it: the client starts its player anew.
    Stream {
        /// The codecs of picture and sound by RFC 6381, such as `avc1.64001f,mp4a.40.2`. `mjpeg`
        /// means that nothing follows: show `/stream` instead.
        codec: String,
        /// Pixels.
        width: u16,
        /// Pixels.
        height: u16,
        /// Pictures in a second; `null` if not known yet.
        #[schema(required = true)]
        fps: Option<f64>,
        /// Counts the streams of this connection, from 1.
        id: u32,
    },
    /// The camera sends nothing.
    Offline {
        /// Why.
        cause: String,
        /// When it is tried again.
        #[schema(required = true)]
        next_try: Option<Time>,
    },
    /// This client is too slow: pictures were left out several times of late.
    LowBandwidth,
    /// The answer to `ping`.
    Pong {
        /// What the client sent.
        t: f64,
        /// The recorder's clock: microseconds since 1970.
        now: i64,
    },
}

/// What a client says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    /// Asks for the recorder's clock.
    Ping {
        /// Comes back as it is.
        t: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_by_their_type() {
        let told = serde_json::to_value([
            FromServer::LowBandwidth,
            FromServer::Offline { cause: "RTSP: connection refused".into(), next_try: None },
        ])
        .unwrap();
        let expected = serde_json::json!([
            { "type": "low_bandwidth" },
            { "type": "offline", "cause": "RTSP: connection refused", "next_try": null },
        ]);
        assert_eq!(told, expected);
        let ping: FromClient = serde_json::from_str(r#"{"type":"ping","t":12}"#).unwrap();
        assert_eq!(ping, FromClient::Ping { t: 12.0 });
    }
}
