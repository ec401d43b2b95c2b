//! Decoded pictures: made small and grey to see motion by, or into JPEG to be looked at.

use std::ops::Range;

use turbojpeg::{Compressor, Subsamp, YuvImage};

use crate::lettering::Line;
use crate::wire::Outline;

/// One plane of samples, row by row. Over 8 bits a sample takes two bytes, low byte first.
#[derive(Clone, Copy)]
pub(crate) struct Plane<'a> {
    pub(crate) bytes: &'a [u8],
    /// In samples.
    pub(crate) width: usize,
    /// In rows.
    pub(crate) height: usize,
    /// In bytes, from row to row.
    pub(crate) stride: usize,
}

/// A decoded picture, as the codec left it in its memory.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) luma: Plane<'a>,
    /// Blue and red difference; none in a grey picture.
    pub(crate) chroma: Option<[Plane<'a>; 2]>,
    /// Bits of a sample, 8 to 16.
    pub(crate) depth: u32,
    /// Whether luma runs from 0 to 255, not from 16 to 235.
    pub(crate) full_range: bool,
}

/// A picture of three 8-bit planes of full range, colour at half the width and height: what JPEG
/// wants. Owns its samples, so it can be drawn on.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    samples: Vec<u8>,
    width: usize,
    height: usize,
    /// Of the colour planes. The luma plane is twice that, so where width or height are odd its last
    /// column or row is there twice, as libjpeg-turbo wants it.
    half: (usize, usize),
}

impl Frame<'_> {
    /// The luma at `width` by `height`, each sample the mean of those it covers. One byte a sample.
    pub(crate) fn grey(&self, width: usize, height: usize) -> Vec<u8> {
        let mut samples = Vec::with_capacity(width * height);
        shrink(&self.luma, self.depth, (width, height), |sample| samples.push(sample));
        samples
    }

    /// How colourful the picture is: the mean distance of both chroma planes from neutral in 8-bit
    /// levels, 0 to 127; 0 where there are none. By one sample of [`SPARSE`] in either direction.
    pub(crate) fn colourfulness(&self) -> f32 {
        let Some(planes) = &self.chroma else { return 0.0 };
        let (mut sum, mut count) = (0_u32, 0_u32);
        for plane in planes {
            for row in (SPARSE / 2..plane.height).step_by(SPARSE) {
                let bytes = &plane.bytes[row * plane.stride..];
                // Of what takes two bytes, low byte first.
                let wide = usize::from(self.depth > 8);
                for column in (SPARSE / 2..plane.width).step_by(SPARSE) {
                    let place = column << wide;
                    let level = if wide == 0 {
                        u32::from(bytes[place])
                    } else {
                        u32::from(u16::from_le_bytes([bytes[place], bytes[place + 1]]))
                            >> (self.depth - 8)
                    };
                    sum += level.abs_diff(128).min(127);
                    count += 1;
                }
            }
        }
        mean(sum, count)
    }

    /// The picture at most `width` pixels wide, and within `fit` (width and height); at its own size
    /// if that is smaller.
    pub(crate) fn sheet(&self, width: Option<usize>, fit: Option<(usize, usize)>) -> Sheet {
        let own = (self.luma.width, self.luma.height);
        let within = fit.unwrap_or(own);
        let of_that_height = own.0 * within.1 / own.1;
        let width = width.unwrap_or(own.0).min(within.0).min(of_that_height).clamp(1, own.0);
        let height = (own.1 * width).div_ceil(own.0).min(within.1).max(1);
        let half = (width.div_ceil(2), height.div_ceil(2));
        let mut samples = Vec::with_capacity(6 * half.0 * half.1);
        let luma = range_table(self.full_range, 16, 219, 0);
        let chroma = range_table(self.full_range, 128, 224, 128);
        let mut column = 0;
        shrink(&self.luma, self.depth, (width, height), |sample| {
            let sample = luma[usize::from(sample)];
            samples.push(sample);
            column += 1;
            if column == width {
                samples.resize(samples.len() + 2 * half.0 - width, sample);
                column = 0;
            }
        });
        if height % 2 == 1 {
            samples.extend_from_within(samples.len() - 2 * half.0..);
        }
        match &self.chroma {
            Some(planes) => {
                for plane in planes {
                    shrink(plane, self.depth, half, |sample| {
                        samples.push(chroma[usize::from(sample)]);
                    });
                }
            }
            None => samples.resize(6 * half.0 * half.1, 128),
        }
        Sheet { samples, width, height, half }
    }
}

impl Sheet {
    /// Draws an amber line around each of `outlines`, and writes its caption, if it has one, above it, or
    /// below its upper edge where there is no room.
    pub(crate) fn outline(&mut self, outlines: &[Outline]) {
        let thickness = (self.width / 320).max(2);
        for Outline { region, caption } in outlines {
            let columns = pixels(region.left.get(), region.right.get(), self.width);
            let rows = pixels(region.top.get(), region.bottom.get(), self.height);
            let edge = |range: &Range<usize>| {
                [
                    range.start..range.end.min(range.start + thickness),
                    range.start.max(range.end.saturating_sub(thickness))..range.end,
                ]
            };
            for side in edge(&rows) {
                self.fill(columns.clone(), side);
            }
            for side in edge(&columns) {
                self.fill(side, rows.clone());
            }
            if let Some(caption) = caption {
                let line = Line::new(caption, self.width - columns.start, self.height);
                let top = rows.start.checked_sub(line.strip().1.len()).unwrap_or(rows.start);
                self.put(&line, columns.start, top);
            }
        }
    }

    /// Paints a rectangle amber (`#ffb347` in the YCbCr of JPEG, ITU-T T.871).
    fn fill(&mut self, columns: Range<usize>, rows: Range<usize>) {
        const AMBER: [u8; 3] = [190, 61, 174];
        let half = self.half;
        for row in rows.clone() {
            self.samples[row * 2 * half.0..][columns.clone()].fill(AMBER[0]);
        }
        let (columns, rows) = (halved(&columns, half.0), halved(&rows, half.1));
        for (plane, colour) in AMBER.into_iter().skip(1).enumerate() {
            let plane = (4 + plane) * half.0 * half.1;
            for row in rows.clone() {
                self.samples[plane + row * half.0..][columns.clone()].fill(colour);
            }
        }
    }

    /// The picture as JPEG of `quality` 1 to 100.
    ///
    /// # Errors
    ///
    /// What libjpeg-turbo said.
    pub(crate) fn jpeg(&self, quality: u8) -> Result<Vec<u8>, turbojpeg::Error> {
        let mut compressor = Compressor::new()?;
        compressor.set_quality(i32::from(quality.clamp(1, 100)))?;
        compressor.compress_yuv_to_vec(YuvImage {
            pixels: self.samples.as_slice(),
            width: self.width,
            align: 1,
            height: self.height,
            subsamp: Subsamp::Sub2x2,
        })
    }
}

impl Sheet {
    /// Writes `text` in one line into the lower left corner: white on a strip that is darkened, so that
    /// it can be read on anything. A twenty-fourth to a forty-fifth of the height, or smaller if the line
    /// does not fit otherwise; what does not fit then is left out.
    pub(crate) fn write(&mut self, text: &str) {
        let line = Line::new(text, self.width, self.height);
        self.put(&line, 0, self.height - line.strip().1.len());
    }

    /// Puts a line of text on a darkened strip whose upper left corner is at `left` and `top`.
    fn put(&mut self, line: &Line, left: usize, top: usize) {
        let (columns, rows) = line.strip();
        let within = |from: usize, to: usize, most: usize| from.min(most)..to.min(most);
        let columns = within(left, left + columns.len(), self.width);
        self.darken(columns.clone(), within(top, top + rows.len(), self.height));
        let scale = line.scale();
        for (column, row) in line.lit() {
            let columns = within(left + column, left + column + scale, self.width);
            for row in within(top + row, top + row + scale, self.height) {
                self.samples[row * 2 * self.half.0..][columns.clone()].fill(255);
            }
        }
    }

    /// Makes a rectangle much darker and takes most of its colour.
    fn darken(&mut self, columns: Range<usize>, rows: Range<usize>) {
        let half = self.half;
        for row in rows.clone() {
            for sample in &mut self.samples[row * 2 * half.0..][columns.clone()] {
                *sample /= 4;
            }
        }
        let (columns, rows) = (halved(&columns, half.0), halved(&rows, half.1));
        for plane in [4 * half.0 * half.1, 5 * half.0 * half.1] {
            for row in rows.clone() {
                for sample in &mut self.samples[plane + row * half.0..][columns.clone()] {
                    *sample = 96 + *sample / 4;
                }
            }
        }
    }
}

/// Of how many chroma samples in a row, and of how many rows, one is looked at to tell how colourful a
/// picture is: some thousand samples of 1920x1080.
const SPARSE: usize = 16;

/// `sum` over `count`; 0 of nothing.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "no conversion in std; the nearest is what is wanted"
)]
fn mean(sum: u32, count: u32) -> f32 {
    sum as f32 / count.max(1) as f32
}

/// The pixels from `start` to `end` of `length`, at least one.
pub(crate) fn pixels(start: f32, end: f32, length: usize) -> Range<usize> {
    let at = |share: f32| scaled(share, length).min(length.saturating_sub(1));
    at(start)..at(end).max(at(start)) + 1
}

/// The index that lies at `share` (0 to 1) of `length`.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "no conversion in std; picture sizes are far below 2^24, and the share is 0 to 1"
)]
fn scaled(share: f32, length: usize) -> usize {
    (share * length as f32) as usize
}

/// The same range in a plane of half the size.
fn halved(range: &Range<usize>, length: usize) -> Range<usize> {
    range.start / 2..range.end.div_ceil(2).min(length)
}

/// What each sample of limited range (ITU-T H.273: `offset` over `span` levels) is in full range, where
/// it lies around `centre`.
pub(crate) fn range_table(full: bool, offset: i32, span: i32, centre: i32) -> [u8; 256] {
    let mut table = [0; 256];
    for (level, entry) in (0..).zip(&mut table) {
        let wide = if full { level } else { (level - offset) * 255 / span + centre };
        *entry = u8::try_from(wide.clamp(0, 255)).unwrap_or(u8::MAX);
    }
    table
}

/// Gives the samples of `plane` at the size `to`, row by row, in 8 bits, each the mean of those it
/// covers.
pub(crate) fn shrink(plane: &Plane, depth: u32, to: (usize, usize), mut give: impl FnMut(u8)) {
    let columns: Vec<Range<usize>> = parts(plane.width, to.0).collect();
    let mut sums = vec![0_u32; plane.width];
    for rows in parts(plane.height, to.1) {
        sums.fill(0);
        for row in rows.clone() {
            let bytes = &plane.bytes[row * plane.stride..];
            if depth == 8 {
                for (sum, sample) in sums.iter_mut().zip(bytes) {
                    *sum += u32::from(*sample);
                }
            } else {
                for (sum, sample) in sums.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *sum += u32::from(u16::from_le_bytes(*sample)) >> (depth - 8);
                }
            }
        }
        for columns in &columns {
            let covered = columns.len() * rows.len();
            let sum: u32 = sums[columns.clone()].iter().sum();
            let mean = sum / u32::try_from(covered).unwrap_or(u32::MAX).max(1);
            give(u8::try_from(mean).unwrap_or(u8::MAX));
        }
    }
}

/// `whole` cut into `count` parts as equal as can be; each has at least one index, which some share
/// when there are more parts than indices.
fn parts(whole: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).map(move |part| {
        let start = part * whole / count;
        start..((part + 1) * whole / count).max(start + 1)
    })
}

#[cfg(test)]
mod tests {
    use watchpost_model::{Fraction, Region};

    use super::*;

    fn grey_frame(bytes: &[u8], width: usize, height: usize, stride: usize) -> Frame<'_> {
        let luma = Plane { bytes, width, height, stride };
        Frame { luma, chroma: None, depth: 8, full_range: true }
    }

    #[test]
    fn a_small_sample_is_the_mean_of_what_it_covers() {
        let bytes = [10, 20, 30, 40, 99, 30, 40, 50, 60];
        assert_eq!(grey_frame(&bytes, 4, 2, 5).grey(2, 1), [25, 45]);
    }

    #[test]
    fn sizes_that_do_not_divide_cover_every_sample_once() {
        let bytes: Vec<u8> = (0..7).collect();
        assert_eq!(grey_frame(&bytes, 7, 1, 7).grey(3, 1), [0, 2, 5]);
        assert_eq!(grey_frame(&bytes, 7, 1, 7).grey(9, 2).len(), 18);
    }

    #[test]
    fn ten_bits_become_eight() {
        let bytes: Vec<u8> =
            [1023_u16, 512].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let luma = Plane { bytes: &bytes, width: 2, height: 1, stride: 4 };
        let frame = Frame { luma, chroma: None, depth: 10, full_range: true };
        assert_eq!(frame.grey(2, 1), [255, 128]);
    }

    #[test]
    fn colourfulness_is_the_mean_distance_from_neutral_whatever_the_depth() {
        let luma = Plane { bytes: &[0; 64 * 64], width: 64, height: 64, stride: 64 };
        assert!(grey_frame(&[0; 64 * 64], 64, 64, 64).colourfulness().abs() < 1e-6);
        let (blue, red) = (vec![128 + 30; 40 * 32], vec![128 - 10; 40 * 32]);
        let plane = |bytes| Plane { bytes, width: 32, height: 32, stride: 40 };
        let chroma = Some([plane(blue.as_slice()), plane(red.as_slice())]);
        let frame = Frame { luma, chroma, depth: 8, full_range: true };
        assert!((frame.colourfulness() - 20.0).abs() < 1e-3);
        let wide: Vec<u8> = (0..32 * 32).flat_map(|_| 632_u16.to_le_bytes()).collect();
        let plane = Plane { bytes: &wide, width: 32, height: 32, stride: 64 };
        let frame = Frame { luma, chroma: Some([plane; 2]), depth: 10, full_range: true };
        assert!((frame.colourfulness() - 30.0).abs() < 1e-3);
    }

    #[test]
    fn black_and_white_of_television_become_black_and_white_of_jpeg() {
        let table = range_table(false, 16, 219, 0);
        assert_eq!([table[16], table[235], table[0], table[255]], [0, 255, 0, 255]);
    }

    #[test]
    fn a_photo_fits_keeps_its_shape_and_is_never_larger() {
        let bytes = [0; 64 * 36];
        let frame = grey_frame(&bytes, 64, 36, 64);
        let size = |width, fit| {
            let sheet = frame.sheet(width, fit);
            (sheet.width, sheet.height)
        };
        assert_eq!(size(None, None), (64, 36));
        assert_eq!(size(Some(32), None), (32, 18));
        assert_eq!(size(None, Some((32, 32))), (32, 18));
        assert_eq!(size(None, Some((60, 9))), (16, 9));
        assert_eq!(size(Some(8), Some((32, 32))), (8, 5));
        assert_eq!(size(Some(1000), Some((1000, 1000))), (64, 36));
        assert_eq!(size(None, Some((1, 1))), (1, 1));
        assert_eq!(size(None, Some((50, 1))), (1, 1));
    }

    #[test]
    fn text_is_white_on_dark_whatever_is_below() {
        for below in [0, 128, 255] {
            let bytes = vec![below; 640 * 360];
            let mut sheet = grey_frame(&bytes, 640, 360, 640).sheet(None, None);
            sheet.write("I");
            let strip = |row: usize| &sheet.samples[row * 640..][..12];
            let rows: Vec<usize> = (0..360).filter(|row| strip(*row).contains(&255)).collect();
            let letter: Vec<usize> = rows.into_iter().filter(|row| *row >= 348).collect();
            assert_eq!(letter.len(), 7, "the rows of an I: {letter:?}");
            for row in letter {
                assert!(strip(row).iter().all(|sample| *sample == 255 || *sample <= 63));
            }
            assert_eq!(sheet.samples[..640], vec![below; 640][..], "the rest is as it was");
        }
    }

    #[test]
    fn text_of_any_length_fits_pictures_of_any_size() {
        let long = "Haustür 2026-11-21 17:00:00 \u{1f600}".repeat(9);
        for (width, height) in [(1, 1), (2, 3), (7, 9), (8, 12), (17, 33), (320, 180), (1921, 1081)]
        {
            let bytes = vec![9; width * height];
            let mut sheet = grey_frame(&bytes, width, height, width).sheet(None, None);
            for text in ["", "A", &long] {
                sheet.write(text);
            }
            assert!(sheet.jpeg(50).is_ok());
        }
    }

    #[test]
    fn an_outline_surrounds_its_region_and_stays_in_the_picture() {
        let bytes = [0; 64 * 36];
        let frame = grey_frame(&bytes, 64, 36, 64);
        let mut sheet = frame.sheet(None, None);
        let region = |left, top, right, bottom| Region {
            left: Fraction::clamped(left),
            top: Fraction::clamped(top),
            right: Fraction::clamped(right),
            bottom: Fraction::clamped(bottom),
        };
        let plain = |region| Outline { region, caption: None };
        sheet.outline(&[plain(region(0.25, 0.25, 0.5, 0.5)), plain(region(0.9, 0.9, 1.0, 1.0))]);
        assert_eq!(sheet.samples[9 * 64 + 20], 190, "the upper side");
        assert_eq!(sheet.samples[14 * 64 + 24], 0, "the inside");
        assert_eq!(sheet.samples[35 * 64 + 63], 190, "the last corner");
        assert!(sheet.jpeg(80).unwrap().starts_with(&[0xff, 0xd8]));
    }

    #[test]
    fn a_caption_stands_above_its_box_or_in_it_where_there_is_no_room() {
        for (top, expected) in [(0.5, 168..180), (0.0, 0..12)] {
            let bytes = vec![200; 640 * 360];
            let mut sheet = grey_frame(&bytes, 640, 360, 640).sheet(None, None);
            let region = Region::clamped(0.5, top, 0.9, 0.95);
            sheet.outline(&[Outline { region, caption: Some("I".into()) }]);
            let white: Vec<usize> = (0..360)
                .filter(|row| sheet.samples[row * 640..][325..340].contains(&255))
                .collect();
            assert_eq!(white.len(), 7, "the rows of an I: {white:?}");
            assert!(white.iter().all(|row| expected.contains(row)), "{white:?}");
        }
        let bytes = vec![200; 64 * 36];
        let mut sheet = grey_frame(&bytes, 64, 36, 64).sheet(None, None);
        let region = Region::clamped(0.98, 0.9, 1.0, 1.0);
        sheet.outline(&[Outline { region, caption: Some("person 91 %".into()) }]); // Only that it fits.
    }
}
