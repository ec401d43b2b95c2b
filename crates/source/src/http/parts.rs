//! A stream of JPEGs cut into its parts (RFC 2046, section 5.1, as cameras understand it).
//!
//! Cameras write the boundary with and without the dashes before it, in quotes or not, end lines as they
//! please, and give lengths that are right, wrong or none. What ends a part is therefore: its length if
//! the picture really ends there, else the next boundary.

use bytes::Bytes;

/// The longest stretch without a boundary, or head of a part, in bytes.
const HEAD: usize = 16 << 10;

/// So many parts in a row that are no JPEG are no accident.
const WRONG: u32 = 10;

const START: &[u8] = &[0xff, 0xd8];
const END: &[u8] = &[0xff, 0xd9];

/// Cuts a byte stream into pictures. Holds one picture at most.
#[derive(Debug)]
pub(super) struct Parts {
    /// The boundary without dashes before it; learnt from the first one if nobody named it.
    boundary: Option<Vec<u8>>,
    longest: usize,
    held: Vec<u8>,
    /// How much of what is held is known to hold no boundary.
    searched: usize,
    at: At,
    wrong: u32,
}

/// What `held` begins with.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Something before a boundary.
    Between,
    /// The head of a part, just behind a boundary.
    Head,
    /// A part, by its head of `length` bytes, or `None` if it does not say, or says wrong.
    Body { length: Option<usize>, kind: Kind },
}

/// What a part is by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A JPEG, or it does not say.
    Jpeg,
    Other,
}

impl Parts {
    /// Of an answer with this `Content-Type`, with pictures of at most `longest` bytes.
    pub(super) fn new(content_type: &str, longest: usize) -> Self {
        let boundary = boundary(content_type);
        let (held, searched, wrong) = (Vec::new(), 0, 0);
        Self { boundary, longest, held, searched, at: At::Between, wrong }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next picture that is whole.
    ///
    /// # Errors
    ///
    /// It is no such stream.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            match self.at {
                At::Between => match self.find_boundary() {
                    Some((_, behind)) => {
                        self.drop_until(behind);
                        self.at = At::Head;
                    }
                    None if self.held.len() > HEAD => {
                        return Err("a stream without boundaries between its pictures".to_owned());
                    }
                    None => return Ok(None),
                },
                At::Head => match end_of_head(&self.held) {
                    Some(end) if end <= HEAD => {
                        self.at = read_head(&self.held[..end]);
                        self.drop_until(end);
                    }
                    None if self.held.len() <= HEAD => return Ok(None),
                    _ => return Err(format!("a part with more than {HEAD} bytes of head")),
                },
                At::Body { length, kind } => {
                    let Some(body) = self.body(length)? else { return Ok(None) };
                    if kind == Kind::Jpeg && body.starts_with(START) {
                        self.wrong = 0;
                        return Ok(Some(body.into()));
                    }
                    self.wrong += 1;
                    if self.wrong >= WRONG {
                        return Err("parts that are no JPEGs".to_owned());
                    }
                }
            }
        }
    }

    /// The part that `held` begins with, as soon as it is whole.
    fn body(&mut self, length: Option<usize>) -> Result<Option<Vec<u8>>, String> {
        let longest = self.longest;
        let too_long = || format!("a picture of more than {} MiB", longest >> 20);
        if let Some(length) = length {
            if length > longest {
                return Err(too_long());
            }
            let Some(body) = self.held.get(..length) else { return Ok(None) };
            if ends(body) {
                let body = body.to_vec();
                self.drop_until(length);
                self.at = At::Between;
                return Ok(Some(body));
            }
            // The length is wrong, or this is no JPEG: the next boundary tells.
            if let At::Body { length, .. } = &mut self.at {
                *length = None;
            }
        }
        let Some((end, behind)) = self.find_boundary() else {
            return if self.held.len() > longest { Err(too_long()) } else { Ok(None) };
        };
        let body = self.held[..end].to_vec();
        self.drop_until(behind);
        self.at = At::Head;
        Ok(Some(body))
    }

    fn drop_until(&mut self, end: usize) {
        self.held.drain(..end);
        self.searched = 0;
    }

    /// Where what is before the next boundary ends, and where what is behind it begins.
    fn find_boundary(&mut self) -> Option<(usize, usize)> {
        let Some(boundary) = &self.boundary else {
            self.boundary = Some(first_line_with_dashes(&self.held)?);
            return self.find_boundary();
        };
        let mark = [b"--", &boundary[..]].concat();
        // It may have come in part.
        let mut from = self.searched.saturating_sub(mark.len());
        while let Some(at) = find(&self.held[from..], &mark) {
            let dashes = from + at;
            let before = self.held[..dashes].iter().rposition(|byte| *byte != b'-');
            let before = before.map_or(0, |last| last + 1);
            let head = &self.held[..before];
            if head.is_empty() || head.ends_with(b"\n") || head.ends_with(END) {
                let line = head.strip_suffix(b"\n").unwrap_or(head);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                return Some((line.len(), dashes + mark.len()));
            }
            from = dashes + 1; // By chance within a picture.
        }
        self.searched = self.held.len();
        None
    }
}

/// The parameter of that name, without quotes and dashes.
fn boundary(content_type: &str) -> Option<Vec<u8>> {
    let mut rest = content_type;
    loop {
        rest = rest.split_once(';')?.1;
        let Some((name, value)) = rest.split_once('=') else { continue };
        let value = value.trim_start();
        let (value, behind) = if let Some(quoted) = value.strip_prefix('"') {
            quoted.split_once('"').unwrap_or((quoted, ""))
        } else {
            value.split_at(value.find(';').unwrap_or(value.len()))
        };
        if name.trim().eq_ignore_ascii_case("boundary") {
            let value = value.trim().trim_start_matches('-');
            return Some(value.as_bytes().to_vec()).filter(|value| !value.is_empty());
        }
        rest = behind;
    }
}

/// What the first line that begins with two dashes says behind them, once it is whole.
fn first_line_with_dashes(held: &[u8]) -> Option<Vec<u8>> {
    let lines = held.split_inclusive(|byte| *byte == b'\n');
    let mut lines = lines.filter(|line| line.starts_with(b"--") && line.ends_with(b"\n"));
    let line = lines.next()?.trim_ascii_end();
    let named = line.iter().position(|byte| *byte != b'-')?;
    Some(line[named..].to_vec())
}

/// Where the head ends that `held` begins with: behind the first empty line.
fn end_of_head(held: &[u8]) -> Option<usize> {
    let mut end = 0;
    // The first line is the rest of the boundary's.
    for (number, line) in held.split_inclusive(|byte| *byte == b'\n').enumerate() {
        end += line.len();
        if number > 0 && matches!(line, b"\n" | b"\r\n") {
            return Some(end);
        }
    }
    None
}

fn read_head(head: &[u8]) -> At {
    let (mut length, mut kind) = (None, Kind::Jpeg);
    for line in String::from_utf8_lossy(head).lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().to_lowercase();
        match name.trim().to_lowercase().as_str() {
            "content-length" => length = value.parse().ok().filter(|length| *length > 0),
            "content-type" if !value.starts_with("image/j") && !value.starts_with("image/pj") => {
                kind = Kind::Other;
            }
            _ => {}
        }
    }
    At::Body { length, kind }
}

/// Whether a JPEG ends here, perhaps filled up with zeros.
fn ends(body: &[u8]) -> bool {
    let last = body.iter().rposition(|byte| *byte != 0);
    last.is_some_and(|last| body[..=last].ends_with(END))
}

fn find(within: &[u8], wanted: &[u8]) -> Option<usize> {
    within.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pictures, the second with what looks like a boundary in it.
    const ONE: &[u8] = b"\xff\xd8one\xff\xd9";
    const TWO: &[u8] = b"\xff\xd8two --frame\r\n\xff\xd9";

    /// Gives `stream` in pieces of all sizes; it always holds the same two pictures.
    #[track_caller]
    fn check(content_type: &str, stream: &[u8]) {
        for size in [1, 2, 3, 7, stream.len()] {
            let mut parts = Parts::new(content_type, 1 << 20);
            let mut pictures = Vec::new();
            for piece in stream.chunks(size) {
                parts.push(piece);
                while let Some(picture) = parts.next().unwrap() {
                    pictures.push(picture);
                }
            }
            assert_eq!(pictures, [ONE, TWO], "in pieces of {size}");
        }
    }

    /// A stream as `head` begins each part; `end` follows the last.
    fn stream(head: &dyn Fn(usize) -> String, between: &str, end: &str) -> Vec<u8> {
        let parts = [ONE, TWO]
            .map(|picture| [head(picture.len()).as_bytes(), picture, between.as_bytes()].concat());
        [&parts.concat(), end.as_bytes()].concat()
    }

    const MIXED: &str = "multipart/x-mixed-replace; boundary=frame";

    #[test]
    fn lengths_tell_where_pictures_end() {
        let head = |length| {
            format!("--frame\r\nContent-Type: image/jpeg\r\ncontent-length: {length}\r\n\r\n")
        };
        check(MIXED, &stream(&head, "\r\n", ""));
        check(MIXED, &stream(&head, "", ""));
    }

    #[test]
    fn without_lengths_the_next_boundary_does() {
        let head = |_| "--frame\r\nContent-Type: image/jpeg\r\n\r\n".to_owned();
        check(MIXED, &stream(&head, "\r\n", "--frame\r\n"));
        check(MIXED, &stream(&head, "", "--frame--\r\n"));
        let unix = |_| "--frame\nContent-Type: image/jpeg\n\n".to_owned();
        check(MIXED, &stream(&unix, "\n", "--frame\n"));
        let bare = |_| "--frame\r\n\r\n".to_owned();
        check(MIXED, &stream(&bare, "\r\n", "--frame\r\n"));
    }

    #[test]
    fn wrong_lengths_are_seen_through() {
        for wrong in [2, 100_000] {
            let head = |length| {
                let length = if wrong < 10 { length - wrong } else { length + 4 };
                format!("--frame\r\nContent-Length: {length}\r\n\r\n")
            };
            check(MIXED, &stream(&head, "\r\n", "--frame\r\nContent-Length: 9\r\n\r\n"));
        }
    }

    #[test]
    fn boundaries_are_written_in_many_ways() {
        let head = |_| "--a b;c\r\nContent-Type: image/jpeg\r\n\r\n".to_owned();
        let stream_of = |head: &dyn Fn(usize) -> String| stream(head, "\r\n", &head(0));
        check("multipart/x-mixed-replace;charset=\"x;y\"; Boundary = \"a b;c\"", &stream_of(&head));
        let dashed = |_| "--frame\r\n\r\n".to_owned();
        check("multipart/x-mixed-replace; boundary=--frame", &stream_of(&dashed));
        let doubly = |_| "----frame\r\n\r\n".to_owned();
        check("multipart/x-mixed-replace; boundary=--frame", &stream_of(&doubly));
    }

    #[test]
    fn a_boundary_that_nobody_names_is_learnt() {
        let head = |_| "--strange one\r\nContent-Type: image/jpeg\r\n\r\n".to_owned();
        let begun = [b"\r\npreamble\r\n", &stream(&head, "\r\n", &head(0))[..]].concat();
        check("multipart/x-mixed-replace", &begun);
        check("multipart/x-mixed-replace; boundary=", &begun);
    }

    #[test]
    fn what_is_no_such_stream_is_refused_within_bounds() {
        let refused = |stream: &[u8]| {
            let mut parts = Parts::new(MIXED, 1 << 20);
            for piece in stream.chunks(1000).cycle().take(3000) {
                parts.push(piece);
                loop {
                    match parts.next() {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(what) => return what,
                    }
                }
                assert!(parts.held.len() < (1 << 20) + 2000);
            }
            "taken".to_owned()
        };
        assert_eq!(refused(&[b'x'; 1000]), "a stream without boundaries between its pictures");
        let html = b"--frame\r\nContent-Type: text/html\r\n\r\n<p>\r\n".repeat(20);
        assert_eq!(refused(&html), "parts that are no JPEGs");
        let mut endless = b"--frame\r\n\r\n\xff\xd8".to_vec();
        endless.resize(2_000_000, 0);
        assert_eq!(refused(&endless), "a picture of more than 1 MiB");
        let long = b"--frame\r\nContent-Length: 99999999999\r\n\r\n";
        assert_eq!(refused(long), "a picture of more than 1 MiB");
        let head = [&b"--frame\r\n"[..], &b"X: y\r\n".repeat(9000)].concat();
        assert_eq!(refused(&head), "a part with more than 16384 bytes of head");
    }
}
