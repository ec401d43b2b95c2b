//! Bytes as they come, cut into lines.

/// The longest line that is kept, without its end. The protocols allow 80.
pub(crate) const LONGEST: usize = 128;
/// The most that is taken in at once.
pub(crate) const CHUNK: usize = 4096;

/// What lies between two line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A line.
    Whole(Vec<u8>),
    /// The end of a line whose beginning nobody heard.
    Torn(Vec<u8>),
    /// More than [`LONGEST`] bytes; nothing of it is kept.
    Long,
}

/// Cuts bytes into lines. Holds one chunk and one line at most, whatever comes.
#[derive(Debug)]
pub(crate) struct Splitter {
    chunk: Box<[u8; CHUNK]>,
    /// What of the chunk was not looked at yet.
    from: usize,
    until: usize,
    line: Vec<u8>,
    torn: bool,
    long: bool,
}

impl Splitter {
    /// One that begins in the midst of a line: whoever opens a port does not know what went before.
    pub(crate) fn new() -> Self {
        Self {
            chunk: Box::new([0; CHUNK]),
            from: 0,
            until: 0,
            line: Vec::with_capacity(LONGEST),
            torn: true,
            long: false,
        }
    }

    /// Where the next bytes are to be put. All pieces must have been popped before.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.chunk[..]
    }

    /// That many bytes were put into [`Splitter::room`].
    pub(crate) fn filled(&mut self, count: usize) {
        self.from = 0;
        self.until = count.min(CHUNK);
    }

    /// Bytes were lost here: what comes is the rest of a line.
    pub(crate) fn tear(&mut self) {
        self.from = self.until;
        self.line.clear();
        self.torn = true;
        self.long = false;
    }

    /// The next piece, if its end came already. Empty lines are none.
    pub(crate) fn pop(&mut self) -> Option<Piece> {
        while self.from < self.until {
            let rest = &self.chunk[self.from..self.until];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = &rest[..end.unwrap_or(rest.len())];
            self.from += part.len() + usize::from(end.is_some());
            if self.long || self.line.len() + part.len() > LONGEST {
                self.long = true;
                self.line.clear();
            } else {
                self.line.extend_from_slice(part);
            }
            if end.is_some()
                && let Some(piece) = self.cut()
            {
                return Some(piece);
            }
        }
        None
    }

    fn cut(&mut self) -> Option<Piece> {
        let torn = std::mem::take(&mut self.torn);
        if std::mem::take(&mut self.long) {
            return Some(Piece::Long);
        }
        while self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        let line = self.line.clone();
        self.line.clear();
        match (line.is_empty(), torn) {
            (true, _) => None,
            (false, true) => Some(Piece::Torn(line)),
            (false, false) => Some(Piece::Whole(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(splitter: &mut Splitter, bytes: &[u8]) -> Vec<Piece> {
        splitter.room()[..bytes.len()].copy_from_slice(bytes);
        splitter.filled(bytes.len());
        std::iter::from_fn(|| splitter.pop()).collect()
    }

    fn whole(text: &str) -> Piece {
        Piece::Whole(text.into())
    }

    #[test]
    fn lines_come_out_whole_however_they_arrive() {
        let mut splitter = Splitter::new();
        assert_eq!(feed(&mut splitter, b"ance: 12\r\nDist"), [Piece::Torn(b"ance: 12".to_vec())]);
        assert_eq!(feed(&mut splitter, b"ance: 1"), []);
        assert_eq!(feed(&mut splitter, b"3\r"), []);
        assert_eq!(
            feed(&mut splitter, b"\n\r\n\n111\nok\n"),
            [whole("Distance: 13"), whole("111"), whole("ok")]
        );
    }

    #[test]
    fn a_line_as_long_as_may_be_is_kept_and_a_longer_one_is_not() {
        let mut splitter = Splitter::new();
        feed(&mut splitter, b"\n");
        let longest = "x".repeat(LONGEST);
        let lines = format!("{longest}\n{longest}y\nok\n");
        assert_eq!(
            feed(&mut splitter, lines.as_bytes()),
            [whole(&longest), Piece::Long, whole("ok")]
        );
    }

    #[test]
    fn bytes_without_end_take_no_room() {
        let mut splitter = Splitter::new();
        for _ in 0..1_000 {
            assert_eq!(feed(&mut splitter, &[0; CHUNK]), []);
            assert!(splitter.line.capacity() <= LONGEST, "{}", splitter.line.capacity());
        }
        assert_eq!(feed(&mut splitter, b"\nok\n"), [Piece::Long, whole("ok")]);
    }

    #[test]
    fn what_follows_lost_bytes_is_torn() {
        let mut splitter = Splitter::new();
        feed(&mut splitter, b"\nDistance: ");
        splitter.tear();
        assert_eq!(
            feed(&mut splitter, b"111\n111\n"),
            [Piece::Torn(b"111".to_vec()), whole("111")]
        );
    }
}
