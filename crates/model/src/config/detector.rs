//! The `[detector]` table, checked: who recognises objects.

mod check;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::{Fraction, Label, Secret};

pub(super) use check::check;

/// Who recognises objects, for all cameras.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// Which.
    pub kind: DetectorKind,
}

/// A kind of detector.
#[derive(Clone, Debug, PartialEq)]
pub enum DetectorKind {
    /// A model in a file, run here.
    Model(Model),
    /// A service on the network.
    Remote(Remote),
}

/// A model in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The ONNX file; if relative, then to the folder of the config file. A name without a `/` or
    /// `.onnx` is that of a model that was added, in `models/` of the data folder.
    pub file: PathBuf,
    /// The file of its class names, one a line, or `None` for those in the model or the 80 of COCO.
    pub labels: Option<PathBuf>,
    /// What runs it.
    pub engine: Engine,
    /// The ONNX Runtime library for [`Engine::Ort`] and [`Engine::Auto`]; `None` looks where systems
    /// keep it.
    pub onnxruntime: Option<PathBuf>,
    /// How many threads compute one look; 1 to 16.
    pub threads: u8,
    /// What cannot be seen from the model, where its kind's usual way is not right.
    pub shape: ModelShape,
}

/// What of a model its owner knows better.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelShape {
    /// The kind of its outputs.
    pub layout: Option<ModelLayout>,
    /// The width and height of its input in pixels, 32 to 2048, where the model leaves them open.
    pub size: Option<(u16, u16)>,
    /// The order of its colours.
    pub colour: Option<ColourOrder>,
    /// What 255 becomes.
    pub white: Option<f32>,
    /// How a picture is made to fit.
    pub fit: Option<Fit>,
}

/// What runs a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// ONNX Runtime if its library is there and passes a test with this model, else the built-in one.
    #[default]
    Auto,
    /// The built-in one.
    Rten,
    /// ONNX Runtime.
    Ort,
}

/// The kind of a model's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelLayout {
    /// `[1, N, 5 + classes]` in cells of strides 8, 16 and 32, to be put on the grid.
    Yolox,
    /// `[1, N, 5 + classes]`, in pixels of the input.
    YoloV5,
    /// `[1, 4 + classes, N]` or `[1, N, 4 + classes]`, in pixels of the input: v8, v9, v11.
    YoloV8,
    /// `[1, N, 6]`: corners, score, class; nothing overlaps any more: v10, v26.
    EndToEnd,
    /// `[1, 5 + classes, H, W]`.
    FastestDet,
    /// `[1, N, classes + 32]`, or scores and distances for each of several strides.
    NanoDet,
}

/// The order of a model's colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// How a picture is made to fit a model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// In its shape, in the upper left corner; the rest is grey.
    UpperLeft,
    /// In its shape, in the middle; the rest is grey.
    Centre,
    /// Out of its shape.
    Stretch,
}

/// A service on the network.
#[derive(Clone, PartialEq)]
pub struct Remote {
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it answers, `http://` or `https://`. For `DeepStack` without a path: that is added.
    pub url: Url,
    /// How long it may take; 1 s to 30 s.
    pub timeout: Duration,
    /// The least time between two pictures of one camera; 0 s to 1 h.
    pub every: Duration,
    /// The longer side of the picture that is sent, in pixels; 160 to 1920.
    pub size: u16,
    /// `Authorization: Bearer …`, or `DeepStack`'s `api_key`.
    pub token: Option<Secret<String>>,
    /// How the picture is sent.
    pub body: Body,
}

/// What a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A JPEG goes out, `{"person_detected": true}` comes back, with boxes if it likes.
    Http,
    /// `/v1/vision/detection` of `DeepStack` and `CodeProject.AI`.
    DeepStack,
}

/// How a picture is sent to [`Protocol::Http`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// As it is.
    #[default]
    Jpeg,
    /// As `{"image": "<base64>"}`, which some gateways need.
    Base64,
}

impl fmt::Debug for Remote {
    /// Of the address only where it leads: a token may stand in its path or its query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Remote { protocol, url, timeout, every, size, token, body } = self;
        f.debug_struct("Remote")
            .field("protocol", protocol)
            .field("url", &url.origin().ascii_serialization())
            .field("timeout", timeout)
            .field("every", every)
            .field("size", size)
            .field("token", token)
            .field("body", body)
            .finish()
    }
}

impl Engine {
    /// Every one.
    pub const ALL: [Engine; 3] = [Engine::Auto, Engine::Rten, Engine::Ort];

    /// The word for it in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Engine::Auto => "auto",
            Engine::Rten => "rten",
            Engine::Ort => "ort",
        }
    }
}

impl ModelLayout {
    /// Every one.
    pub const ALL: [ModelLayout; 6] = [
        ModelLayout::Yolox,
        ModelLayout::YoloV5,
        ModelLayout::YoloV8,
        ModelLayout::EndToEnd,
        ModelLayout::FastestDet,
        ModelLayout::NanoDet,
    ];

    /// The word for it in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ModelLayout::Yolox => "yolox",
            ModelLayout::YoloV5 => "yolov5",
            ModelLayout::YoloV8 => "yolov8",
            ModelLayout::EndToEnd => "end_to_end",
            ModelLayout::FastestDet => "fastestdet",
            ModelLayout::NanoDet => "nanodet",
        }
    }
}

impl Model {
    /// The name of the model if it was added, nothing if [`Model::file`] is a path.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        Self::name_in(&self.file)
    }

    /// The same of what is written as `model`.
    #[must_use]
    pub fn name_in(file: &Path) -> Option<&str> {
        let is_onnx = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"));
        file.to_str().filter(|name| !name.contains('/') && !is_onnx)
    }
}

impl Detector {
    /// The score from which on objects count if the owner does not say.
    pub const MIN_SCORE: f32 = 0.5;
}

/// What every camera looks for if its owner does not say.
#[must_use]
pub fn usual_classes() -> [(Label, Fraction); 1] {
    [(Label::person(), Fraction::clamped(Detector::MIN_SCORE))]
}
