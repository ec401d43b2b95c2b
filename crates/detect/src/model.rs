//! A model that looks at pictures.

use watchpost_model::config::detector::{ModelLayout, ModelShape};
use watchpost_vision::objects::fit::{Wish, fit};
use watchpost_vision::objects::layout::{Layout, Proposal, Tensor};
use watchpost_vision::objects::{Found, Rgb, overlap};

use crate::engine::{Engine, Graph, Input};
use crate::names;
use crate::onnx;
use crate::sharpness::Luma;
use crate::wire::{Facts, Fault, MOST_FOUND, Order};

/// Width and height of an input that the model and its owner leave open.
const USUAL: usize = 416;

/// The sides an input may have, in pixels.
const SIDES: std::ops::RangeInclusive<usize> = 32..=2048;

/// Boxes of one class that have more in common (intersection over union) are one object: what YOLOX and
/// Ultralytics use, too.
const ALIKE: f32 = 0.45;

/// A model, loaded and understood.
pub(crate) struct Model {
    graph: Box<dyn Graph>,
    layout: Layout,
    wish: Wish,
    names: Option<Vec<String>>,
}

impl Model {
    /// Loads `file`, the bytes of an ONNX file, and finds out how it wants its pictures and what its
    /// outputs mean: by a look at nothing.
    pub(crate) fn load(
        engine: Box<dyn Engine>,
        file: Vec<u8>,
        order: &Order,
    ) -> Result<Self, Fault> {
        onnx::check(&file)?;
        let mut graph = engine.load(file, order.threads)?;
        let (width, height) = input(&graph.inputs(), order.shape.size)?;
        let outputs = graph.run([1, 3, height, width], &vec![0.0; 3 * height * width])?;
        if outputs.iter().any(|output| output.values.iter().any(|value| !value.is_finite())) {
            return Err(no_numbers());
        }
        let names = graph.note("names").and_then(|names| names::read(&names));
        let told = order.labels.and_then(|count| usize::try_from(count).ok());
        let told = told.or(names.as_ref().map(Vec::len));
        let layout = recognise(&outputs, (width, height), told, order.shape.layout)?;
        let wish = wish(&layout, &order.shape);
        Ok(Self { graph, layout, wish, names })
    }

    /// What it says of itself.
    pub(crate) fn facts(&self) -> Facts {
        let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Facts {
            layout: self.layout.kind,
            classes: narrow(self.layout.classes),
            input: (narrow(self.wish.width), narrow(self.wish.height)),
            names: self.names.clone(),
        }
    }

    /// What is in `picture` with a score of at least `min_score`, best first, at most [`MOST_FOUND`].
    pub(crate) fn look(&mut self, picture: &Rgb, min_score: f32) -> Result<Vec<Found>, Fault> {
        let fitted = fit(picture, &self.wish);
        let outputs = self.run(&fitted.values)?;
        let proposals = self.layout.read(&outputs, min_score);
        let proposals = match self.layout.kind {
            ModelLayout::EndToEnd => proposals.into_iter().take(MOST_FOUND).collect(),
            _ => overlap::suppress(proposals, ALIKE, MOST_FOUND),
        };
        if proposals.is_empty() {
            return Ok(Vec::new());
        }
        let luma = Luma::of(&fitted.values, &self.wish);
        let found = |Proposal { class, score, edges }| {
            let region = fitted.place(edges)?;
            let sharpness = luma.sharpness(edges, fitted.inside);
            Some(Found { class, score, region, sharpness })
        };
        Ok(proposals.into_iter().filter_map(found).collect())
    }

    /// The outputs for `picture` as they are.
    pub(crate) fn raw(&mut self, picture: &Rgb) -> Result<Vec<Tensor>, Fault> {
        let fitted = fit(picture, &self.wish);
        self.run(&fitted.values)
    }

    fn run(&mut self, values: &[f32]) -> Result<Vec<Tensor>, Fault> {
        let outputs = self.graph.run([1, 3, self.wish.height, self.wish.width], values)?;
        // What is no number is nobody's box: it would be told as "nobody is there".
        let broken = |output: &Tensor| output.values.iter().any(|value| value.is_nan());
        if outputs.iter().any(broken) { Err(no_numbers()) } else { Ok(outputs) }
    }
}

fn no_numbers() -> Fault {
    let hint = "export it with 32-bit floats (not half precision), or try the other engine";
    Fault::new("its outputs are not numbers (NaN or infinite)", hint)
}

/// Width and height of the one input that a detector has.
fn input(inputs: &[Input], size: Option<(u16, u16)>) -> Result<(usize, usize), Fault> {
    let hint = "export the detector alone, with one input of 32-bit floats, [1, 3, height, width]";
    let [input] = inputs else {
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).take(8).collect();
        let story = match names.as_slice() {
            [] => "it has no input: it is no detector, or only a part of a file".to_owned(),
            names => format!("it has {} inputs ({}), not one", inputs.len(), names.join(", ")),
        };
        return Err(Fault::new(story, hint));
    };
    if let Some(strange) = &input.strange {
        let story = format!("its input {} is of {strange}, not of 32-bit floats", input.name);
        return Err(Fault::new(story, hint));
    }
    let open = [None; 4];
    let dimensions = input.dimensions.as_deref().unwrap_or(&open);
    let &[None | Some(1), None | Some(3), height, width] = dimensions else {
        let story = format!("its input {} is {}", input.name, shape(dimensions));
        return Err(Fault::new(format!("{story}, not [1, 3, height, width]"), hint));
    };
    let (told_width, told_height) = size.map_or((None, None), |(width, height)| {
        (Some(usize::from(width)), Some(usize::from(height)))
    });
    let against = |fixed: Option<usize>, told: Option<usize>| {
        fixed.zip(told).is_some_and(|(fixed, told)| fixed != told)
    };
    if against(width, told_width) || against(height, told_height) {
        let told = format!("[{}, {}]", told_width.unwrap_or(0), told_height.unwrap_or(0));
        let story = format!("its input is {}, and size says {told}", shape(dimensions));
        return Err(Fault::new(story, "leave size away, or export the model with that size"));
    }
    let sides = (width.or(told_width).unwrap_or(USUAL), height.or(told_height).unwrap_or(USUAL));
    if SIDES.contains(&sides.0) && SIDES.contains(&sides.1) {
        Ok(sides)
    } else {
        let story = format!("its input is {} wide and {} high", sides.0, sides.1);
        Err(Fault::new(story, "export it with 32 to 2048 pixels a side; 320 to 640 are usual"))
    }
}

fn shape(dimensions: &[Option<usize>]) -> String {
    let one = |side: &Option<usize>| side.map_or("?".to_owned(), |side| side.to_string());
    format!("[{}]", dimensions.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Recognises the layout; with as many classes as there are names if that is possible. What is not, is
/// told by who knows where the names are from.
fn recognise(
    outputs: &[Tensor],
    input: (usize, usize),
    names: Option<usize>,
    told: Option<ModelLayout>,
) -> Result<Layout, Fault> {
    let layout = Layout::recognise(outputs, input, names, told);
    let layout = layout.or_else(|_| Layout::recognise(outputs, input, None, told));
    layout.map_err(|error| {
        let hint = match told {
            Some(_) => "leave layout away, so that it is recognised",
            None => "export a YOLO detector as ONNX without changes to its outputs, or set layout and size",
        };
        Fault::new(error.to_string(), hint)
    })
}

fn wish(layout: &Layout, shape: &ModelShape) -> Wish {
    let usual = layout.usual_wish();
    Wish {
        fit: shape.fit.unwrap_or(usual.fit),
        colour: shape.colour.unwrap_or(usual.colour),
        white: shape.white.unwrap_or(usual.white),
        ..usual
    }
}

#[cfg(test)]
mod tests;
