//! Parts of decoded pictures, in colour.

use std::ops::Range;

use watchpost_vision::Region;

use crate::frame::{Frame, Plane, pixels, range_table, shrink};

/// Pictures higher than this are in the colours of HDTV (ITU-R BT.709), others in those of television
/// (BT.601), as players take them where the stream does not say.
const HIGHEST_OF_TELEVISION: usize = 576;

impl<'a> Frame<'a> {
    /// The part of the picture that is `region`, at least one pixel of it; to the even pixel, for colour
    /// has but every other.
    pub(crate) fn cut(&self, region: &Region) -> Frame<'a> {
        let even = |range: Range<usize>, length: usize| {
            let end = range.end.next_multiple_of(2).min(length);
            (range.start / 2 * 2).min(end - 1)..end
        };
        let Plane { width, height, .. } = self.luma;
        let columns = even(pixels(region.left.get(), region.right.get(), width), width);
        let rows = even(pixels(region.top.get(), region.bottom.get(), height), height);
        let luma = part(&self.luma, self.depth, &columns, &rows);
        let chroma = self.chroma.map(|planes| {
            planes.map(|plane| {
                let share = |range: &Range<usize>, of: usize, length: usize| {
                    // As many as the codec has: every other in 4:2:0, all in 4:4:4.
                    let start = range.start * length / of;
                    start..(range.end * length).div_ceil(of).clamp(start + 1, length)
                };
                let (columns, rows) =
                    (share(&columns, width, plane.width), share(&rows, height, plane.height));
                part(&plane, self.depth, &columns, &rows)
            })
        });
        Frame { luma, chroma, ..*self }
    }

    /// The picture at most `width` by `height`, never larger than it is and never out of shape, as red,
    /// green and blue: its width, its height, three bytes a pixel. Colours as if the picture it was cut
    /// from were `of_rows` high.
    pub(crate) fn colours(
        &self,
        (width, height): (usize, usize),
        of_rows: usize,
    ) -> (usize, usize, Vec<u8>) {
        let own = (self.luma.width, self.luma.height);
        let of_that_height = own.0 * height / own.1;
        let width = width.min(of_that_height).clamp(1, own.0);
        let height = (own.1 * width).div_ceil(own.0).clamp(1, own.1);
        let levels = range_table(self.full_range, 16, 219, 0);
        let differences = range_table(self.full_range, 128, 224, 128);
        let mut luma = Vec::with_capacity(width * height);
        shrink(&self.luma, self.depth, (width, height), |sample| {
            luma.push(levels[usize::from(sample)]);
        });
        let Some(planes) = &self.chroma else {
            return (width, height, luma.into_iter().flat_map(|level| [level; 3]).collect());
        };
        let [blue, red] = planes.map(|plane| {
            let mut samples = Vec::with_capacity(width * height);
            shrink(&plane, self.depth, (width, height), |sample| {
                samples.push(differences[usize::from(sample)]);
            });
            samples
        });
        let matrix = if of_rows > HIGHEST_OF_TELEVISION { &BT_709 } else { &BT_601 };
        let pixels = luma.into_iter().zip(blue).zip(red);
        let pixels = pixels.flat_map(|((level, blue), red)| matrix.pixel(level, blue, red));
        (width, height, pixels.collect())
    }
}

/// `columns` and `rows` of `plane`, without a copy.
fn part<'a>(
    plane: &Plane<'a>,
    depth: u32,
    columns: &Range<usize>,
    rows: &Range<usize>,
) -> Plane<'a> {
    let wide = usize::from(depth > 8);
    let begin = rows.start * plane.stride + (columns.start << wide);
    Plane {
        bytes: &plane.bytes[begin..],
        width: columns.len(),
        height: rows.len(),
        stride: plane.stride,
    }
}

/// What makes red, green and blue of luma and colour differences of full range, in 65 536ths.
struct Matrix {
    red: i32,
    green_of_blue: i32,
    green_of_red: i32,
    blue: i32,
}

/// ITU-R BT.601-7 and ITU-T T.871.
const BT_601: Matrix =
    Matrix { red: 91_881, green_of_blue: 22_554, green_of_red: 46_802, blue: 116_130 };
/// ITU-R BT.709-6.
const BT_709: Matrix =
    Matrix { red: 103_206, green_of_blue: 12_276, green_of_red: 30_679, blue: 121_609 };

impl Matrix {
    fn pixel(&self, level: u8, blue: u8, red: u8) -> [u8; 3] {
        let (level, blue, red) =
            (i32::from(level) << 16, i32::from(blue) - 128, i32::from(red) - 128);
        let byte =
            |value: i32| u8::try_from(((value + (1 << 15)) >> 16).clamp(0, 255)).unwrap_or(u8::MAX);
        [
            byte(level + self.red * red),
            byte(level - self.green_of_blue * blue - self.green_of_red * red),
            byte(level + self.blue * blue),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 8 x 8 of full range: luma grows to the right, the upper left quarter is red.
    fn quarter() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let luma = (0..8_u8).cycle().map(|column| 76 + column).take(64).collect();
        let at = |red: u8, other: u8| {
            (0..16_u8).map(move |n| if n < 8 && n % 4 < 2 { red } else { other }).collect()
        };
        (luma, at(85, 128), at(255, 128))
    }

    fn frame((luma, blue, red): &(Vec<u8>, Vec<u8>, Vec<u8>)) -> Frame<'_> {
        let plane = |bytes, side| Plane { bytes, width: side, height: side, stride: side };
        let chroma = Some([plane(blue.as_slice(), 4), plane(red.as_slice(), 4)]);
        Frame { luma: plane(luma.as_slice(), 8), chroma, depth: 8, full_range: true }
    }

    #[test]
    fn a_part_has_its_own_colours() {
        let samples = quarter();
        let whole = frame(&samples);
        let (width, height, red) =
            whole.cut(&Region::clamped(0.0, 0.0, 0.45, 0.45)).colours((100, 100), 8);
        assert_eq!((width, height), (4, 4));
        assert_eq!(red[..3], [254, 0, 0], "the red of ITU-T T.871, of luma 76");
        let (.., grey) = whole.cut(&Region::clamped(0.5, 0.5, 1.0, 1.0)).colours((100, 100), 8);
        assert_eq!(grey[..6], [80, 80, 80, 81, 81, 81]);
    }

    #[test]
    fn a_part_keeps_its_shape_and_is_never_larger() {
        let samples = quarter();
        let half = frame(&samples).cut(&Region::clamped(0.0, 0.0, 1.0, 0.45));
        let size = |most| {
            let (width, height, pixels) = half.colours(most, 8);
            assert_eq!(pixels.len(), 3 * width * height);
            (width, height)
        };
        assert_eq!(size((100, 100)), (8, 4));
        assert_eq!(size((4, 100)), (4, 2));
        assert_eq!(size((100, 1)), (2, 1));
        assert_eq!(size((1, 1)), (1, 1));
    }

    #[test]
    fn any_region_of_any_picture_is_at_least_a_pixel() {
        for (width, height) in [(1, 1), (2, 3), (7, 5), (64, 36)] {
            let luma = vec![9; width * height];
            let half = (width.div_ceil(2), height.div_ceil(2));
            let colour = vec![128; half.0 * half.1];
            let plane = Plane { bytes: &colour, width: half.0, height: half.1, stride: half.0 };
            let frame = Frame {
                luma: Plane { bytes: &luma, width, height, stride: width },
                chroma: Some([plane; 2]),
                depth: 8,
                full_range: true,
            };
            for (left, top, right, bottom) in
                [(0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0), (0.3, 0.6, 0.31, 0.61)]
            {
                let part = frame.cut(&Region::clamped(left, top, right, bottom));
                assert!(part.colours((10, 10), height).2.len() >= 3);
            }
        }
    }

    #[test]
    fn tall_pictures_are_in_the_colours_of_hdtv() {
        let samples = quarter();
        let (.., red) = frame(&samples).colours((8, 8), 1080);
        assert_eq!(red[..3], [255, 25, 0]);
        let green = |rows| {
            let pixel = [76_u8; 64];
            let (blue, red) = (vec![60; 16], vec![60; 16]);
            frame(&(pixel.to_vec(), blue, red)).colours((8, 8), rows).2[1]
        };
        assert_eq!((green(480), green(1080)), (148, 121));
    }
}
