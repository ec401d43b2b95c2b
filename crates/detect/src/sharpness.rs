//! How sharp an object is in what a model was shown.

use watchpost_model::config::detector::ColourOrder;
use watchpost_vision::objects::fit::Wish;

use crate::cast::{double, floor, single};

/// Red, green and blue in luma (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// The luma of a picture made to fit a model, but for a constant: only differences count here.
pub(crate) struct Luma {
    width: usize,
    height: usize,
    /// In 8-bit levels.
    values: Vec<f32>,
}

impl Luma {
    /// That of `values`, which are `[3, height, width]` as `wish` has it.
    pub(crate) fn of(values: &[f32], wish: &Wish) -> Self {
        let mut weights = LUMA;
        if wish.colour == ColourOrder::Bgr {
            weights.reverse();
        }
        for (weight, deviation) in weights.iter_mut().zip(wish.deviation) {
            *weight *= deviation * 255.0 / wish.white;
        }
        let plane = (wish.width * wish.height).max(1);
        let mut luma = vec![0.0; values.len().min(plane)];
        for (colour, weight) in values.chunks_exact(plane).zip(weights) {
            for (sum, value) in luma.iter_mut().zip(colour) {
                *sum += weight * value;
            }
        }
        Self { width: wish.width, height: wish.height, values: luma }
    }

    /// The mean squared difference between pixels next to each other, beside or below, of those within
    /// `edges` (left, top, right, bottom, in pixels) and within `inside` (left, top, width, height).
    /// In squares of 8-bit levels; 0 where there are no two pixels.
    pub(crate) fn sharpness(&self, edges: [f32; 4], inside: (usize, usize, usize, usize)) -> f32 {
        let (least_x, least_y, width, height) = inside;
        let most_x = (least_x + width).min(self.width);
        let most_y = (least_y + height).min(self.height);
        let [left, top, right, bottom] = edges;
        let columns = floor(left).max(least_x)..floor(right.ceil()).min(most_x);
        let rows = floor(top).max(least_y)..floor(bottom.ceil()).min(most_y);
        let row = |y: usize| {
            let begin = y * self.width;
            self.values.get(begin + columns.start..begin + columns.end).unwrap_or_default()
        };
        if columns.is_empty() || rows.is_empty() {
            return 0.0;
        }
        let (mut sum, mut count) = (0.0, 0);
        for y in rows.clone() {
            let here = row(y);
            let beside = here.iter().zip(here.iter().skip(1));
            sum += f64::from(beside.map(squared).sum::<f32>());
            count += columns.len() - 1;
            if y + 1 < rows.end {
                sum += f64::from(here.iter().zip(row(y + 1)).map(squared).sum::<f32>());
                count += columns.len();
            }
        }
        if count == 0 { 0.0 } else { single(sum / double(count)) }
    }
}

fn squared((one, other): (&f32, &f32)) -> f32 {
    (one - other) * (one - other)
}

#[cfg(test)]
mod tests {
    use watchpost_model::config::detector::Fit;

    use super::*;

    fn wish(colour: ColourOrder, white: f32, deviation: f32) -> Wish {
        let (mean, deviation) = ([0.5; 3], [deviation; 3]);
        Wish { width: 4, height: 4, fit: Fit::Stretch, colour, white, mean, deviation }
    }

    /// Columns of 0 and of `level` in turn in the left half, the right half plain; red only.
    fn stripes(level: f32) -> Vec<f32> {
        let mut values = vec![0.0; 48];
        for y in 0..4 {
            values[4 * y + 1] = level;
        }
        values
    }

    #[test]
    fn stripes_are_sharp_and_plain_is_not() {
        let luma = Luma::of(&stripes(100.0), &wish(ColourOrder::Rgb, 255.0, 1.0));
        // Four pairs beside each other differ by 29.9 levels; six below do not.
        let expected = 4.0 * 29.9 * 29.9 / 10.0;
        let left = luma.sharpness([0.0, 0.0, 2.0, 4.0], (0, 0, 4, 4));
        assert!((left - expected).abs() < 0.01, "{left}");
        assert!(luma.sharpness([2.0, 0.0, 4.0, 4.0], (0, 0, 4, 4)) < 0.001);
    }

    #[test]
    fn a_models_units_do_not_matter() {
        let luma = Luma::of(&stripes(100.0), &wish(ColourOrder::Rgb, 255.0, 1.0));
        let scaled = Luma::of(&stripes(100.0 / 255.0 / 0.25), &wish(ColourOrder::Rgb, 1.0, 0.25));
        let blue = Luma::of(&stripes(100.0), &wish(ColourOrder::Bgr, 255.0, 1.0));
        let all = ([0.0, 0.0, 4.0, 4.0], (0, 0, 4, 4));
        let sharp = luma.sharpness(all.0, all.1);
        assert!((scaled.sharpness(all.0, all.1) - sharp).abs() < 0.01);
        let ratio = blue.sharpness(all.0, all.1) / sharp;
        assert!((ratio - (0.114_f32 / 0.299).powi(2)).abs() < 0.001, "{ratio}");
    }

    #[test]
    fn what_lies_outside_does_not_count() {
        let luma = Luma::of(&stripes(100.0), &wish(ColourOrder::Rgb, 255.0, 1.0));
        let outside = luma.sharpness([-9.0, -9.0, 99.0, 99.0], (2, 0, 2, 4));
        assert!(outside < 0.001, "{outside}");
        for nothing in
            [[3.0, 3.0, 2.0, 2.0], [f32::NAN; 4], [9.0, 9.0, 12.0, 12.0], [0.0, 0.0, 1.0, 1.0]]
        {
            assert!(luma.sharpness(nothing, (0, 0, 4, 4)) < 0.001, "{nothing:?}");
        }
    }
}
