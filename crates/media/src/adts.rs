//! AAC as a byte stream of its own: ADTS (ISO/IEC 14496-3:2019, 1.A.2.2).

use bytes::Bytes;

use crate::SoundFormat;

/// One packet as it came, without a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What a decoder must know beforehand.
    pub format: SoundFormat,
    /// One raw AAC access unit.
    pub data: Bytes,
}

/// Cuts a byte stream into packets.
///
/// Holds at most 16 KiB, the longest packet and the header behind it. What is no packet is skipped,
/// up to a header behind which another stands.
#[derive(Debug, Default)]
pub struct Splitter {
    /// What came and is not cut yet.
    rest: Vec<u8>,
    /// Whether the last packet ended where `rest` begins.
    behind_packet: bool,
    /// The format seen last, and the header bytes that told it.
    format: Option<([u8; 2], SoundFormat)>,
}

/// The fields of a header that matter.
struct Header {
    /// The `AudioSpecificConfig` it amounts to.
    configuration: [u8; 2],
    /// Bytes of the header, 7 or 9.
    length: usize,
    /// Bytes of the packet, header included.
    whole: usize,
}

enum Found {
    Header(Header),
    Nothing,
    /// It ends too early to tell.
    TooShort,
}

impl Splitter {
    /// A splitter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { behind_packet: true, ..Self::default() }
    }

    /// Takes the next bytes of the stream and gives the packets that ended with them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Unit> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(bytes);
        let mut units = Vec::new();
        let mut at = 0;
        loop {
            let header = match Header::find(&rest[at..]) {
                Found::Header(header) => header,
                Found::Nothing => {
                    self.behind_packet = false;
                    at += 1;
                    continue;
                }
                Found::TooShort => break,
            };
            let end = at + header.whole;
            let Some(packet) = rest.get(at..end) else { break };
            if !self.behind_packet {
                match Header::find(&rest[end..]) {
                    Found::Header(_) => {}
                    Found::Nothing => {
                        at += 1;
                        continue;
                    }
                    Found::TooShort => break,
                }
            }
            self.behind_packet = true;
            units.extend(self.unit(&header, &packet[header.length..]));
            at = end;
        }
        rest.drain(..at);
        self.rest = rest;
        units
    }

    /// `None` for what no browser plays.
    fn unit(&mut self, header: &Header, data: &[u8]) -> Option<Unit> {
        let known = self.format.take().filter(|(known, _)| *known == header.configuration);
        let format = match known {
            Some((_, format)) => format,
            None => SoundFormat::aac(&header.configuration).ok()?,
        };
        self.format = Some((header.configuration, format.clone()));
        Some(Unit { format, data: Bytes::copy_from_slice(data) })
    }
}

impl Header {
    fn find(bytes: &[u8]) -> Found {
        let wrong =
            |byte: Option<&u8>, mask: u8, right: u8| byte.is_some_and(|b| b & mask != right);
        if wrong(bytes.first(), 0xff, 0xff) || wrong(bytes.get(1), 0xf6, 0xf0) {
            return Found::Nothing;
        }
        let Some([_, b1, b2, b3, b4, b5, b6]) = bytes.first_chunk::<7>() else {
            return Found::TooShort;
        };
        let length = if b1 & 1 == 0 { 9 } else { 7 };
        let whole = usize::from(b3 & 3) << 11 | usize::from(*b4) << 3 | usize::from(b5 >> 5);
        let several_blocks = b6 & 3 != 0; // Nobody writes those, and they cannot be cut simply.
        if whole <= length || several_blocks {
            return Found::Nothing;
        }
        let object_type = (b2 >> 6) + 1;
        let rate = b2 >> 2 & 0xf;
        let channels = (b2 & 1) << 2 | b3 >> 6;
        let configuration = [object_type << 3 | rate >> 1, rate << 7 | channels << 3];
        Found::Header(Self { configuration, length, whole })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cameras::Dice;

    /// A packet of 44.1 kHz stereo, with or without a checksum.
    fn packet(data: &[u8], checksum: bool) -> Vec<u8> {
        let head = if checksum { 9 } else { 7 };
        let length = u16::try_from(data.len() + head).unwrap();
        let [high, low] = (length << 5).to_be_bytes();
        let mut packet =
            vec![0xff, 0xf1 ^ u8::from(checksum), 0x50, 0x80 | u8::try_from(length >> 11).unwrap()];
        packet.extend([high, low | 0x1f, 0xfc]);
        packet.resize(head, 0x77);
        packet.extend(data);
        packet
    }

    fn units(splitter: &mut Splitter, stream: &[u8], piece: usize) -> Vec<Vec<u8>> {
        stream.chunks(piece).flat_map(|bytes| splitter.push(bytes)).map(|u| u.data.into()).collect()
    }

    #[test]
    fn packets_are_found_however_the_bytes_arrive() {
        let data = [vec![1; 300], vec![2; 5], vec![3; 2000]];
        let stream: Vec<u8> =
            data.iter().enumerate().flat_map(|(n, data)| packet(data, n == 1)).collect();
        for piece in [1, 2, 7, 100, 5000] {
            assert_eq!(units(&mut Splitter::new(), &stream, piece), data, "pieces of {piece}");
        }
        let format = Splitter::new().push(&stream)[0].format.clone();
        assert_eq!(format, SoundFormat::aac(&[0x12, 0x10]).unwrap());
    }

    #[test]
    fn garbage_is_skipped() {
        let stream = [
            packet(&[1; 50], false),
            vec![0, 0xff, 0xf1, 0x50, 0x80, 2, 0x1f, 0xfc, 9, 9, 0xff],
            packet(&[2; 50], false),
            packet(&[3; 50], false),
        ]
        .concat();
        let expected = [[1; 50], [2; 50], [3; 50]];
        assert_eq!(units(&mut Splitter::new(), &stream, 3), expected);
        let mut dice = Dice::new(9);
        let mut splitter = Splitter::new();
        for _ in 0..300 {
            let garbage: Vec<u8> = (0..dice.below(4000)).map(|_| dice.byte() | 0xf0).collect();
            splitter.push(&garbage);
            assert!(splitter.rest.len() <= 16_400, "{}", splitter.rest.len());
        }
    }
}
