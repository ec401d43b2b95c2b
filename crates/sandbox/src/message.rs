//! What a worker and who started it say to each other over two pipes.
//!
//! A message is one byte of kind, four bytes of length (little endian), and that many bytes. Each
//! request has exactly one answer. No length that a worker sends is trusted: whoever broke into one must
//! not be able to fill the memory of who started it.

use std::io::{self, Read, Write};

use bytes::BufMut;

/// The longest message either side accepts, in bytes.
pub const LONGEST: usize = 32 << 20;

/// The bytes before a message's body.
pub const HEAD: usize = 5;

/// A message that is not one of ours.
#[derive(Debug, thiserror::Error)]
#[error("a message that makes no sense: {0}")]
pub struct Nonsense(pub &'static str);

impl From<Nonsense> for io::Error {
    fn from(error: Nonsense) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

/// The message of `kind` with what `body` writes, which is about `length` bytes.
pub fn framed(kind: u8, length: usize, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut message = Vec::with_capacity(length + HEAD);
    message.put_u8(kind);
    message.put_u32_le(0);
    body(&mut message);
    let length = u32::try_from(message.len() - HEAD).unwrap_or(u32::MAX);
    message[1..HEAD].copy_from_slice(&length.to_le_bytes());
    message
}

/// Reads a message's head: its kind and the length of its body.
///
/// # Errors
///
/// If it is longer than [`LONGEST`].
pub fn head(head: [u8; HEAD]) -> Result<(u8, usize), Nonsense> {
    let [kind, length @ ..] = head;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(Nonsense("too long"));
    }
    Ok((kind, length))
}

/// A worker's next request, kind and body; `None` when nobody asks any more. Blocks.
///
/// # Errors
///
/// If the pipe breaks within a message, or the message is too long.
pub fn next(input: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut bytes = [0; HEAD];
    match input.read_exact(&mut bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (kind, length) = head(bytes)?;
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    Ok(Some((kind, body)))
}

/// Gives a worker's answer, a whole message. Blocks.
///
/// # Errors
///
/// If nobody listens any more.
pub fn give(output: &mut impl Write, message: &[u8]) -> io::Result<()> {
    output.write_all(message)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let sent = [framed(7, 3, |out| out.put_slice(b"abc")), framed(0, 0, |_| {})].concat();
        let mut input = sent.as_slice();
        assert_eq!(next(&mut input).unwrap(), Some((7, b"abc".to_vec())));
        assert_eq!(next(&mut input).unwrap(), Some((0, vec![])));
        assert_eq!(next(&mut input).unwrap(), None);
    }

    #[test]
    fn a_length_that_nobody_sends_is_refused_before_any_memory_is_taken() {
        assert!(head([1, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(next(&mut [1, 0xff, 0xff, 0xff, 0xff].as_slice()).is_err());
        assert!(next(&mut [1, 9, 0, 0, 0, 1].as_slice()).is_err(), "and one that breaks off");
    }
}
