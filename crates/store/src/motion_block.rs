//! One block of a motion file: how a [`MotionPage`] lies on the disk. Pure: bytes in, bytes out.
//!
//! A block is a header of [`HEADER`] bytes, then the levels, then the grid, both as raw DEFLATE
//! (RFC 1951). Numbers are little-endian; checksums are CRC-32/ISO-HDLC, the one of zip and PNG.
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `WPMOTION` |
//! | 8 | 4 | version, 1 |
//! | 12 | 8 | start, in microseconds since 1970-01-01T00:00:00Z, signed |
//! | 20 | 8 | end, likewise; not before the start |
//! | 28 | 4 | levels: their length, in bytes |
//! | 32 | 4 | their length on the disk |
//! | 36 | 4 | checksum of them as they lie on the disk |
//! | 40 | 12 | grid: the same three numbers |
//! | 52 | 4 | checksum of the 52 bytes before |
//!
//! The header has a checksum of its own, so that blocks can be passed over by its lengths alone, and
//! levels be read without the grid.

use crc::{CRC_32_ISO_HDLC, Crc};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use watchpost_model::{Interval, WallTime};

use crate::motion::MotionPage;

/// With what each block begins.
pub(crate) const MAGIC: [u8; 8] = *b"WPMOTION";

/// The only version there is.
const VERSION: u32 = 1;

/// The length of a header, in bytes.
pub(crate) const HEADER: usize = 56;

/// The most levels of a page, in bytes: of 15 minutes there are 900.
pub(crate) const MOST_LEVELS: usize = 64 << 10;

/// The largest grid of a page, in bytes before compression.
pub(crate) const LARGEST_GRID: usize = 32 << 20;

/// No block is longer, in bytes: what cannot be compressed grows by less than this.
pub(crate) const LONGEST: u64 = 33 << 20;

/// Between speed and size; the default of zlib.
const EFFORT: u8 = 6;

const CHECK: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What stands before the levels and the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) interval: Interval,
    pub(crate) levels: Part,
    pub(crate) grid: Part,
}

/// What a header says of the levels or the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// In bytes.
    length: u32,
    /// In bytes, on the disk.
    packed: u32,
    /// Of what lies on the disk.
    check: u32,
}

/// The block of `page`; `None` if its levels or its grid are too long for one.
pub(crate) fn pack(page: &MotionPage) -> Option<Vec<u8>> {
    let MotionPage { start, end, levels, grid } = page;
    if levels.len() > MOST_LEVELS || grid.len() > LARGEST_GRID {
        return None;
    }
    let interval = Interval::new(*start, *end);
    let packed_levels = compress_to_vec(levels, EFFORT);
    let packed_grid = compress_to_vec(grid, EFFORT);
    let header = Header {
        interval,
        levels: Part::of(levels, &packed_levels)?,
        grid: Part::of(grid, &packed_grid)?,
    };
    Some([header.bytes().as_slice(), &packed_levels, &packed_grid].concat())
}

impl Header {
    /// The header that `bytes` begin with, if they do and it is whole.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        let (said, check) = header.split_last_chunk()?;
        let number = |at: usize| Some(u32::from_le_bytes(*said.get(at..)?.first_chunk()?));
        let moment = |at: usize| {
            let micros = i64::from_le_bytes(*said.get(at..)?.first_chunk()?);
            Some(WallTime::from_micros(micros))
        };
        let part = |at: usize| {
            Some(Part { length: number(at)?, packed: number(at + 4)?, check: number(at + 8)? })
        };
        let ours = said.starts_with(&MAGIC) && number(8)? == VERSION;
        if !ours || CHECK.checksum(said) != u32::from_le_bytes(*check) {
            return None;
        }
        let (start, end) = (moment(12)?, moment(20)?);
        let (levels, grid) = (part(28)?, part(40)?);
        let fits = levels.fits(MOST_LEVELS) && grid.fits(LARGEST_GRID);
        let header = Self { interval: Interval::new(start, end), levels, grid };
        (start <= end && fits && header.block() <= LONGEST).then_some(header)
    }

    fn bytes(&self) -> [u8; HEADER] {
        let Self { interval, levels, grid } = self;
        let mut bytes = [0; HEADER];
        let (said, check) = bytes.split_at_mut(HEADER - 4);
        let moments = [interval.start(), interval.end()].map(|time| time.as_micros().to_le_bytes());
        let parts = [levels, grid]
            .map(|part| [part.length, part.packed, part.check].map(u32::to_le_bytes).concat());
        let fields = [MAGIC.as_slice(), &VERSION.to_le_bytes(), &moments.concat(), &parts.concat()];
        said.copy_from_slice(&fields.concat());
        check.copy_from_slice(&CHECK.checksum(said).to_le_bytes());
        bytes
    }

    /// The length of the block, in bytes.
    pub(crate) fn block(&self) -> u64 {
        self.before_grid() + u64::from(self.grid.packed)
    }

    /// Where the levels begin, from the start of the block.
    pub(crate) fn before_levels() -> u64 {
        u64::try_from(HEADER).expect("56 is a number")
    }

    /// Where the grid begins, from the start of the block.
    pub(crate) fn before_grid(&self) -> u64 {
        Self::before_levels() + u64::from(self.levels.packed)
    }

    /// Whether the page shares a moment with `wanted`; one without length, whether it lies there.
    pub(crate) fn touches(&self, wanted: Interval) -> bool {
        self.interval.overlaps(wanted) || wanted.contains(self.interval.start())
    }
}

impl Part {
    fn of(plain: &[u8], packed: &[u8]) -> Option<Self> {
        let length = u32::try_from(plain.len()).ok()?;
        let check = CHECK.checksum(packed);
        Some(Self { length, packed: u32::try_from(packed.len()).ok()?, check })
    }

    fn fits(&self, most: usize) -> bool {
        usize::try_from(self.length).is_ok_and(|length| length <= most)
    }

    /// How many bytes to read from the disk.
    pub(crate) fn packed(&self) -> usize {
        usize::try_from(self.packed).unwrap_or(usize::MAX)
    }

    /// Whether that is what was written.
    pub(crate) fn is_sound(&self, packed: &[u8]) -> bool {
        packed.len() == self.packed() && CHECK.checksum(packed) == self.check
    }

    /// What was packed, or `None` if it is damaged. Never longer than the header says.
    pub(crate) fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let length = usize::try_from(self.length).ok()?;
        let sound = self.is_sound(packed).then_some(packed)?;
        let plain = decompress_to_vec_with_limit(sound, length).ok()?;
        (plain.len() == length).then_some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(levels: usize, grid: Vec<u8>) -> MotionPage {
        let start: WallTime = "2026-11-21T13:32:05.250001Z".parse().unwrap();
        let end = "2026-11-21T13:47:05Z".parse().unwrap();
        MotionPage { start, end, levels: vec![7; levels], grid }
    }

    /// Bytes that cannot be compressed, always the same.
    fn noise(length: usize) -> Vec<u8> {
        let next = |seed: &mut u32| {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some(seed.to_be_bytes()[0])
        };
        std::iter::successors(Some(1_u32), |seed| Some(seed.wrapping_add(1)))
            .scan(1, |seed, _| next(seed))
            .take(length)
            .collect()
    }

    fn unpack(block: &[u8]) -> Option<MotionPage> {
        let header = Header::read(block)?;
        let (levels, grid) = block[HEADER..].split_at_checked(header.levels.packed())?;
        let (start, end) = (header.interval.start(), header.interval.end());
        let (levels, grid) = (header.levels.unpack(levels)?, header.grid.unpack(grid)?);
        Some(MotionPage { start, end, levels, grid })
    }

    #[test]
    fn a_page_comes_back_to_the_microsecond() {
        for page in [page(0, Vec::new()), page(900, noise(5000)), page(3, vec![0; 1 << 20])] {
            let block = pack(&page).unwrap();
            let length = u64::try_from(block.len()).unwrap();
            assert_eq!(Header::read(&block).unwrap().block(), length);
            assert_eq!(unpack(&block).unwrap(), page);
        }
    }

    #[test]
    fn a_quiet_page_is_small() {
        let block = pack(&page(900, vec![0; 900])).unwrap();
        assert!(block.len() < 100, "{} bytes", block.len());
    }

    #[test]
    fn the_largest_page_fits_and_a_larger_one_is_refused() {
        let largest = pack(&page(MOST_LEVELS, noise(LARGEST_GRID))).unwrap();
        assert!(u64::try_from(largest.len()).unwrap() <= LONGEST);
        assert!(Header::read(&largest).is_some());
        assert!(pack(&page(MOST_LEVELS + 1, Vec::new())).is_none());
        assert!(pack(&page(0, vec![0; LARGEST_GRID + 1])).is_none());
    }

    #[test]
    fn no_byte_can_change_unseen() {
        let block = pack(&page(20, noise(40))).unwrap();
        for at in 0..block.len() {
            let mut damaged = block.clone();
            damaged[at] ^= 0x10;
            assert_eq!(unpack(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn more_than_the_header_tells_is_not_unpacked() {
        let bomb = compress_to_vec(&vec![0; 1 << 20], EFFORT);
        let part = Part { length: 1000, ..Part::of(&[], &bomb).unwrap() };
        assert!(part.is_sound(&bomb));
        assert_eq!(part.unpack(&bomb), None);
        let longer = Part { length: 2 << 20, ..part };
        assert_eq!(longer.unpack(&bomb), None);
    }

    #[test]
    fn a_header_that_asks_for_too_much_is_none() {
        let header = Header::read(&pack(&page(20, noise(40))).unwrap()).unwrap();
        let greedy = Part { packed: u32::MAX, ..header.grid };
        assert_eq!(Header::read(&Header { grid: greedy, ..header }.bytes()), None);
        let greedy = Part { length: u32::MAX, ..header.grid };
        assert_eq!(Header::read(&Header { grid: greedy, ..header }.bytes()), None);
        assert_eq!(Header::read(&header.bytes()), Some(header));
    }
}
