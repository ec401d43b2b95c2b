//! Whether two engines compute the same: both are shown a picture of nothing in particular.

use watchpost_model::config::detector::ModelLayout;
use watchpost_vision::objects::Rgb;
use watchpost_vision::objects::layout::Tensor;

use crate::{DetectError, Worker};

/// How far two outputs may lie apart: this much, and this share of them. Engines add up in another order
/// and have other approximations of exponentials. Measured with YOLOX-nano and `FastestDet` on pictures of
/// cameras: see `tests/worker.rs`.
const APART: f32 = 0.01;
const SHARE: f32 = 0.01;

/// How two workers' outputs differ for the same picture, if they do.
pub(crate) async fn differ(
    one: &mut Worker,
    other: &mut Worker,
) -> Result<Option<String>, DetectError> {
    let picture = picture(one.card().input);
    let layout = one.card().layout;
    let (ours, theirs) = (one.raw(picture.clone()).await?, other.raw(picture).await?);
    Ok(difference(&told(layout, ours), &told(layout, theirs)))
}

/// What must be equal. Where a model sorts its boxes itself, those of nearly the same score stand in
/// any order: only the scores are compared.
fn told(layout: ModelLayout, outputs: Vec<Tensor>) -> Vec<Tensor> {
    if layout != ModelLayout::EndToEnd {
        return outputs;
    }
    let scores = |tensor: Tensor| {
        let values: Vec<f32> = tensor.values.iter().skip(4).step_by(6).copied().collect();
        Tensor { name: tensor.name, shape: vec![values.len()], values }
    };
    outputs.into_iter().map(scores).collect()
}

/// The first difference that matters, in words.
fn difference(ours: &[Tensor], theirs: &[Tensor]) -> Option<String> {
    let shapes = |outputs: &[Tensor]| -> Vec<Vec<usize>> {
        outputs.iter().map(|output| output.shape.clone()).collect()
    };
    if shapes(ours) != shapes(theirs) {
        return Some(format!("outputs of {:?} and {:?}", shapes(ours), shapes(theirs)));
    }
    let pairs = ours.iter().zip(theirs);
    let mut values = pairs.flat_map(|(ours, theirs)| ours.values.iter().zip(&theirs.values));
    let apart = values.find(|(ours, theirs)| {
        let allowed = APART + SHARE * theirs.abs();
        let apart = (*ours - *theirs).abs();
        // What is no number differs from everything.
        apart.is_nan() || apart > allowed
    });
    apart.map(|(ours, theirs)| format!("{ours} in place of {theirs}"))
}

/// A picture of `size` with edges, slopes and noise in all colours; always the same.
pub(crate) fn picture(size: (u16, u16)) -> Rgb {
    let (width, height) = (u32::from(size.0).max(1), u32::from(size.1).max(1));
    let mut state = 0x9e37_79b9_u32;
    let mut level = |x: u32, y: u32, colour: u32| {
        // Numerical Recipes' linear congruential generator: the noise need not be good.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let slope = (x * (3 - colour) * 85 / width + y * colour * 85 / height) % 256;
        let edge = if (x / 32 + y / 48 + colour).is_multiple_of(3) { 96 } else { 0 };
        u8::try_from((slope + edge + (state >> 27)) % 256).unwrap_or(u8::MAX)
    };
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            pixels.extend((0..3).map(|colour| level(x, y, colour)));
        }
    }
    let whole = Rgb::new(usize::from(size.0).max(1), usize::from(size.1).max(1), pixels);
    whole.expect("three bytes were made for each of its pixels")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(values: &[f32]) -> Vec<Tensor> {
        vec![Tensor { name: "o".into(), shape: vec![values.len()], values: values.to_vec() }]
    }

    #[test]
    fn rounding_is_no_difference_and_all_else_is() {
        assert_eq!(difference(&output(&[0.5, 640.0]), &output(&[0.505, 641.0])), None);
        let told = difference(&output(&[0.5, 640.0]), &output(&[0.5, 660.0]));
        assert_eq!(told.as_deref(), Some("640 in place of 660"));
        assert!(difference(&output(&[f32::NAN]), &output(&[f32::NAN])).is_some());
        assert!(difference(&output(&[0.5]), &output(&[0.5, 0.5])).is_some());
    }

    #[test]
    fn boxes_that_are_sorted_by_the_model_may_change_places() {
        let ours = [1.0, 2.0, 3.0, 4.0, 0.5, 0.0, 7.0, 7.0, 8.0, 8.0, 0.499, 1.0];
        let theirs = [7.0, 7.0, 8.0, 8.0, 0.501, 1.0, 1.0, 2.0, 3.0, 4.0, 0.5, 0.0];
        let of = |values: &[f32]| told(ModelLayout::EndToEnd, output(values));
        assert_eq!(difference(&of(&ours), &of(&theirs)), None);
        assert!(difference(&output(&ours), &output(&theirs)).is_some());
    }

    #[test]
    fn the_picture_is_always_the_same_and_not_plain() {
        let picture = picture((64, 48));
        assert_eq!(picture, super::picture((64, 48)));
        let mut levels = [false; 256];
        picture.pixels().iter().for_each(|level| levels[usize::from(*level)] = true);
        assert!(levels.iter().filter(|seen| **seen).count() > 200);
    }
}
