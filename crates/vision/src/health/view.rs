//! Whether the camera still sees what it used to see, as clearly.
//!
//! What is seen is the mean of the last second, in which noise, rain and people in a hurry fade; what used to
//! be seen is the mean of the last minute. Both are compared by their outlines, cell by cell, and by their
//! fine and their coarse detail.

use watchpost_model::Ailment;

use super::outline::Outline;
use super::plane::{Blur, Size};
use crate::cast::real;

/// Grey levels over two pixels by which an edge is told from what the codec makes up.
const EDGE: f32 = 3.0;
/// Standard deviations of noise which an edge must exceed as well.
const NOISES: f32 = 5.0;
/// Share of a cell that must be outlines for it to have a say.
const OUTLINED: f32 = 0.04;
/// How alike a cell's outlines must be to be the same.
const SAME: f32 = 0.4;
/// What is left of a cell's outlines when they are gone.
const GONE: f32 = 0.3;
/// The least mean square of fine detail, over that of noise, by which its loss can be told.
const FINE: f32 = 2.0;

/// One view of the scene, taken apart.
#[derive(Clone, Debug)]
pub(super) struct View {
    outline: Outline,
    /// What is about a pixel or two wide.
    fine: Vec<f32>,
    /// What is about ten pixels wide.
    coarse: Vec<f32>,
    /// How much of what is seen is fine: see [`crispness`].
    crispness: Option<f32>,
}

/// What a look at the view says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is the scene that is known.
    Well,
    /// It may be that in quite another light.
    Other,
    /// It cannot be told.
    Unsure,
    /// It is not, or not as clearly.
    Ill(Ailment),
}

/// From where on a difference counts. What ails already is held to a stricter standard before it is well.
#[derive(Clone, Copy, Debug)]
struct Standard {
    /// Share of the outlined cells that are as they were, below which the scene is not to be seen.
    kept: f32,
    /// Share of those that are not as they were, from which their outlines are gone.
    gone: f32,
    /// What is left of the contrast of fine detail, below which it is lost.
    sharpness: f32,
    /// Crispness against what it was, below which the picture is out of focus.
    crispness: f32,
    /// Share of the outlined cells that are as they were, and likeness of all outlines and of coarse detail,
    /// below which it is another scene.
    still: f32,
    likeness: f32,
    coarse: f32,
    /// How alike the outlines must be where they lie now, and how much more than where they lay.
    found: f32,
    more: f32,
}

const BEGIN: Standard = Standard {
    kept: 0.35,
    gone: 0.6,
    sharpness: 0.5,
    crispness: 0.45,
    still: 0.45,
    likeness: 0.3,
    coarse: 0.25,
    found: 0.4,
    more: 1.4,
};
const END: Standard = Standard {
    kept: 0.5,
    gone: 0.5,
    sharpness: 0.65,
    crispness: 0.6,
    still: 0.6,
    likeness: 0.42,
    coarse: 0.4,
    found: 0.3,
    more: 1.2,
};
/// Share of the cells that must have outlines, or nothing can be said.
const LEAST: f32 = 0.06;
/// Coarse detail counts as the same from this likeness and this contrast on.
const THERE: (f32, f32) = (0.5, 0.08);
/// Share of the cells that are as they were by chance, and the likeness of outlines that is chance.
const NOTHING: f32 = 0.15;
/// Where so few cells are as they were, it is worth looking whether they lie elsewhere.
const WORTH: f32 = 0.6;
/// Crispness against what it was, below which all that is seen is out of focus.
const SOFT: f32 = 0.25;
/// The mean square of what is some pixels wide, in grey levels, from which something is to be seen.
const VISIBLE: f32 = 0.1;

impl View {
    /// Takes a picture apart. `noise` is the standard deviation left in it.
    pub(super) fn of(plane: &[f32], blur: &mut Blur, size: Size, noise: f32) -> Self {
        let Details { soft, fine, middle, coarse } = Details::of(plane, blur);
        let outline = Outline::of(&soft, size, edge(1.0, noise));
        let crispness = crispness(&fine, &middle, size, noise);
        Self { outline, fine, coarse, crispness }
    }

    /// The same for a picture of the scene that `known` shows: where light lets all edges be weaker, weaker ones
    /// count.
    pub(super) fn in_light_of(
        known: &Self,
        plane: &[f32],
        blur: &mut Blur,
        size: Size,
        noise: f32,
    ) -> Self {
        let Details { soft, fine, middle, coarse } = Details::of(plane, blur);
        let light = Projection::of(&known.coarse, &coarse);
        let contrast = if light.is_there() { light.slope().min(1.0) } else { 1.0 };
        let outline = Outline::of(&soft, size, edge(contrast, noise));
        let crispness = crispness(&fine, &middle, size, noise);
        Self { outline, fine, coarse, crispness }
    }

    /// What `now` says of a camera that used to see this, and that is told to have `ailment`; `frame` is the
    /// newest one, without the haste and shaking that blur a mean.
    pub(super) fn judge(
        &self,
        now: &Self,
        frame: &Frame<'_>,
        blur: &mut Blur,
        ailment: Option<Ailment>,
    ) -> Judgement {
        let standard = if ailment.is_some() { END } else { BEGIN };
        let Some(Kept { kept, gone }) = self.kept(now) else { return Judgement::Unsure };
        let coarse = Projection::of(&self.coarse, &now.coarse);
        let blurred =
            coarse.is_there() && self.is_blurred(now, frame, blur, standard, coarse.slope());
        if (kept < WORTH || blurred) && self.is_elsewhere(now, frame.size, standard) {
            return Judgement::Ill(Ailment::Moved);
        }
        if blurred {
            return Judgement::Ill(Ailment::Defocused);
        }
        if kept < standard.kept && gone >= standard.gone * (1.0 - kept) {
            return Judgement::Ill(Ailment::Covered);
        }
        let likeness = self.outline.likeness(&now.outline);
        let another = kept < standard.still
            && likeness < standard.likeness
            && coarse.likeness() < standard.coarse;
        // Scenes may by chance be light and dark in the same places, but not have the same outlines there.
        let nothing_alike = kept < NOTHING && likeness < NOTHING && coarse.likeness() < THERE.0;
        if another || nothing_alike {
            let soft = self.crispness_of(now) < SOFT;
            return Judgement::Ill(if soft { Ailment::Covered } else { Ailment::Moved });
        }
        if kept < WORTH { Judgement::Other } else { Judgement::Well }
    }

    /// In how many cells the outlines are as they were; `None` if there are too few to tell.
    fn kept(&self, now: &Self) -> Option<Kept> {
        let (mut outlined, mut kept, mut gone) = (0.0, 0.0, 0.0);
        let cells = self.outline.by_cell(&now.outline);
        for cell in cells.iter().filter(|cell| cell.first >= OUTLINED * cell.pixels) {
            outlined += 1.0;
            if cell.second < GONE * cell.first {
                gone += 1.0;
            } else if cell.likeness() >= SAME {
                kept += 1.0;
            }
        }
        let enough = outlined >= LEAST * real(cells.len()) && outlined > 0.0;
        enough.then(|| Kept { kept: kept / outlined, gone: gone / outlined })
    }

    /// Whether fine detail is lost, both in the mean and in the newest frame, wherever within reach of a
    /// swaying pole it lies. Noise, which is not projected, does not pass for detail.
    fn is_blurred(
        &self,
        now: &Self,
        frame: &Frame<'_>,
        blur: &mut Blur,
        standard: Standard,
        contrast: f32,
    ) -> bool {
        let fine = Projection::of(&self.fine, &now.fine);
        let noise = frame.noise * frame.noise * real(self.fine.len());
        let least = standard.sharpness * contrast;
        let crisp = self.crispness_of(now) >= standard.crispness;
        if crisp || fine.first <= FINE * noise || fine.slope() >= least {
            return false;
        }
        let newest = Details::of(frame.plane, blur).fine;
        let sway = frame.size.sway();
        let shifts = (0..=2 * sway).flat_map(|y| (0..=2 * sway).map(move |x| (x, y)));
        let mut slopes = shifts.map(|shift| sharpest(&self.fine, &newest, frame.size, sway, shift));
        !slopes.any(|slope| slope >= least)
    }

    /// Whether the outlines are to be found, but elsewhere.
    fn is_elsewhere(&self, now: &Self, size: Size, standard: Standard) -> bool {
        let found = self.outline.find(&now.outline);
        let here = self.outline.likeness(&now.outline);
        found.distance() > real(size.sway())
            && found.likeness >= standard.found
            && found.likeness >= standard.more * here
    }

    /// How crisp `now` is against this; 1 if it cannot be told.
    fn crispness_of(&self, now: &Self) -> f32 {
        let was = self.crispness.filter(|&was| was > 0.0);
        was.zip(now.crispness).map_or(1.0, |(was, is)| is / was)
    }
}

/// One frame and the noise that is left in the mean of the last ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) plane: &'a [f32],
    pub(super) size: Size,
    /// Standard deviation.
    pub(super) noise: f32,
}

/// How much of the detail of `was` is in `is` where that is shifted to the left and up by up to `sway` pixels:
/// `shift` counts from the farthest. The border is left out, and every second row, which tells no more.
fn sharpest(was: &[f32], is: &[f32], size: Size, sway: usize, shift: (usize, usize)) -> f32 {
    let Size { width, height } = size;
    let (columns, rows) = (width.saturating_sub(2 * sway), height.saturating_sub(2 * sway));
    let (mut first, mut both) = (1.0, 0.0);
    for y in (0..rows).step_by(2) {
        let was = &was[(y + sway) * width + sway..][..columns];
        let is = &is[(y + shift.1) * width + shift.0..][..columns];
        for (a, b) in was.iter().zip(is) {
            first += a * a;
            both += a * b;
        }
    }
    both / first
}

/// Shares of the outlined cells.
struct Kept {
    kept: f32,
    gone: f32,
}

fn edge(contrast: f32, noise: f32) -> f32 {
    (EDGE * contrast).max(NOISES * noise).max(0.5)
}

/// A picture by the width of what is in it.
struct Details {
    /// Slightly smoothed.
    soft: Vec<f32>,
    fine: Vec<f32>,
    middle: Vec<f32>,
    coarse: Vec<f32>,
}

impl Details {
    fn of(plane: &[f32], blur: &mut Blur) -> Self {
        let less = |more: &[f32], less: &[f32]| more.iter().zip(less).map(|(a, b)| a - b).collect();
        let soft = blur.of(plane, 1);
        let softer = blur.of(&soft, 2);
        let blurred = blur.of(&softer, 4);
        let far = blur.of(&blurred, 8);
        let (fine, middle) = (less(plane, &softer), less(&softer, &blurred));
        Self { fine, middle, coarse: less(&blurred, &far), soft }
    }
}

/// The energy of fine detail over that of what is some pixels wide, in the cell that is in the middle by this of
/// all in which something is to be seen. Light, which makes both weaker at a place, leaves it as it is.
///
/// Source: the ratio of band energies among the measures of focus compared by Pertuz, Puig and Garcia, "Analysis of
/// focus measure operators for shape-from-focus", Pattern Recognition 46(5), 2013.
fn crispness(fine: &[f32], middle: &[f32], size: Size, noise: f32) -> Option<f32> {
    let mut cells = vec![(0.0, 0.0, 0.0); size.cells()];
    size.each_cell(|cell, range| {
        let (fines, middles, pixels) = &mut cells[cell];
        *pixels += real(range.len());
        *fines += fine[range.clone()].iter().map(|value| value * value).sum::<f32>();
        *middles += middle[range].iter().map(|value| value * value).sum::<f32>();
    });
    let least = VISIBLE + noise * noise;
    let seen = cells.iter().filter(|(_, middle, pixels)| *middle > least * pixels);
    let mut ratios: Vec<f32> = seen.map(|(fine, middle, _)| fine / middle).collect();
    let half = ratios.len() / 2;
    (!ratios.is_empty()).then(|| *ratios.select_nth_unstable_by(half, f32::total_cmp).1)
}

/// One plane thrown upon another: what has come besides does not count.
struct Projection {
    first: f32,
    second: f32,
    both: f32,
}

impl Projection {
    fn of(first: &[f32], second: &[f32]) -> Self {
        let mut sums = Self { first: 0.0, second: 0.0, both: 0.0 };
        for (a, b) in first.iter().zip(second) {
            sums.first += a * a;
            sums.second += b * b;
            sums.both += a * b;
        }
        sums
    }

    fn slope(&self) -> f32 {
        (self.both / self.first.max(1.0)).max(0.0)
    }

    fn is_there(&self) -> bool {
        self.likeness() > THERE.0 && self.slope() > THERE.1
    }

    fn likeness(&self) -> f32 {
        self.both / (self.first * self.second).sqrt().max(1.0)
    }
}
