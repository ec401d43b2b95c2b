//! Cuts messages that are too long, so that they end neither the connection nor the memory.
//!
//! The library ends the connection at a packet above its limit. A picture that is retained on a topic
//! of ours would do that at each connection anew, for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::judge;

/// What is kept of a message, in bytes after the fixed header. The longest topic (with its length and a
/// packet identifier) fits, and one byte more of the payload than is looked at, so that whoever looks
/// sees that it is too long.
pub(super) const KEPT: usize = 2 + 65_535 + 2 + judge::LONGEST + 1;

/// The first four bits of a PUBLISH packet.
const PUBLISH: u8 = 3;

/// The bytes of MQTT packets, with the end of long messages left out.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    at: At,
}

#[derive(Debug)]
enum At {
    /// In the fixed header (section 2.2): the type, then the length in up to 4 bytes of 7 bits each,
    /// the lowest first.
    Header(Vec<u8>),
    /// In what follows it: so many bytes are handed on, then so many left out.
    Body { pass: usize, skip: usize },
    /// Behind something that is no MQTT: all is handed on, for the library to complain.
    Lost,
}

impl Default for At {
    fn default() -> Self {
        At::Header(Vec::new())
    }
}

impl Cutter {
    /// Appends to `out` what is handed on of `input`.
    fn feed(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        while let Some((&byte, rest)) = input.split_first() {
            match &mut self.at {
                At::Header(header) => {
                    header.push(byte);
                    input = rest;
                    if header.len() > 1 && (byte < 0x80 || header.len() == 5) {
                        self.at = body(header, out);
                    }
                }
                At::Body { pass, skip } => {
                    let passed = input.len().min(*pass);
                    out.extend_from_slice(&input[..passed]);
                    *pass -= passed;
                    let skipped = (input.len() - passed).min(*skip);
                    *skip -= skipped;
                    input = &input[passed + skipped..];
                    if (*pass, *skip) == (0, 0) {
                        self.at = At::default();
                    }
                }
                At::Lost => {
                    out.extend_from_slice(input);
                    return;
                }
            }
        }
    }
}

/// What follows this header; writes the header to `out`, with the length that remains.
fn body(header: &[u8], out: &mut Vec<u8>) -> At {
    let digits = header[1..].iter().rev();
    let length = digits.fold(0, |length, digit| length << 7 | usize::from(digit & 0x7f));
    if header.last().is_some_and(|last| *last >= 0x80) {
        out.extend_from_slice(header);
        At::Lost
    } else if header[0] >> 4 == PUBLISH && length > KEPT {
        out.push(header[0]);
        let mut rest = KEPT;
        while rest > 0 {
            let low = u8::try_from(rest & 0x7f).unwrap_or_default();
            rest >>= 7;
            out.push(if rest > 0 { low | 0x80 } else { low });
        }
        At::Body { pass: KEPT, skip: length - KEPT }
    } else {
        out.extend_from_slice(header);
        if length == 0 { At::default() } else { At::Body { pass: length, skip: 0 } }
    }
}

/// A connection whose incoming messages are cut.
#[derive(Debug)]
pub(super) struct Cut<S> {
    inner: S,
    cutter: Cutter,
    /// What came and was cut, and how much of it was taken.
    ready: Vec<u8>,
    taken: usize,
}

impl<S> Cut<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, cutter: Cutter::default(), ready: Vec::new(), taken: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Cut<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // No bytes would mean the end, so what was left out wholly is followed by another look.
        while this.taken == this.ready.len() {
            let mut fresh = [0; 8 * 1024];
            let mut fresh = ReadBuf::new(&mut fresh);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut fresh))?;
            if fresh.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.ready.clear();
            this.taken = 0;
            this.cutter.feed(fresh.filled(), &mut this.ready);
        }
        let waiting = &this.ready[this.taken..];
        let count = waiting.len().min(buffer.remaining());
        buffer.put_slice(&waiting[..count]);
        this.taken += count;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Cut<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is handed on of `input` if it comes in pieces of `size` bytes.
    fn cut(input: &[u8], size: usize) -> Vec<u8> {
        let mut cutter = Cutter::default();
        let mut out = Vec::new();
        input.chunks(size).for_each(|piece| cutter.feed(piece, &mut out));
        out
    }

    #[test]
    fn the_end_of_a_long_message_is_left_out_and_nothing_else() {
        // 200 000 = 0x40 + 0x1a * 128 + 0x0c * 16384; KEPT = 131 076 = 4 + 8 * 16384.
        let ping = [0xd0, 0];
        let short = [0x32, 5, 0, 1, b'a', 0, 7];
        let long = [&[0x31, 0xc0, 0x9a, 0x0c][..], &vec![b'x'; 200_000]].concat();
        let rest = [&[0x31, 0x84, 0x80, 0x08][..], &vec![b'x'; KEPT]].concat();
        let input = [&ping[..], &short, &long, &short, &ping].concat();
        let expected = [&ping[..], &short, &rest, &short, &ping].concat();
        for size in [1, 3, 4096, 8191, input.len()] {
            assert!(cut(&input, size) == expected, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_mqtt_goes_through_as_it_is() {
        let text = b"\x48\xff\xff\xff\xff\xffHTTP/1.1 400 Bad Request";
        assert_eq!(cut(text, 1), text);
    }
}
