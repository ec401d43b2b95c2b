//! `[detector]` as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use url::Url;

use super::number;
use super::objects::RawScores;
use super::{EVERY, IMAGE_SIZE, INTERVAL, MIN_SCORE, THREADS, TIMEOUT};
use crate::config::amount::length_text;
use crate::config::detector::{Body, ColourOrder, Engine, Fit, ModelLayout, Protocol};
use crate::config::reader::{Key, Keys, Place, Table};
use crate::config::value::{
    ImageSize, InputSize, Labels, LengthOrNever, LookRate, ModelFile, Threads, White,
};
use crate::{Fraction, ObjectSettings, Secret};

/// Who recognises objects: a model in a file, or a service on the network.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{ "required": ["model"] }, { "required": ["url"] }])
)]
pub(in crate::config) struct RawDetector {
    #[schemars(skip)]
    pub(in crate::config) place: Place,
    /// The model: an ONNX file, or the name of one that `watchpost model add` added. Write this or
    /// `url`; the next nine go with this.
    #[schemars(default, extend("examples" = ["yolox-nano.onnx"]))]
    pub(in crate::config) model: Key<ModelFile>,
    /// A text file with the model's classes, one a line, in its order. If not given, those that the
    /// model itself names, or else the 80 of COCO.
    #[schemars(default, extend("examples" = ["labels.txt"]))]
    pub(in crate::config) labels: Key<PathBuf>,
    /// What runs the model: "rten" is built in; "ort" is the library ONNX Runtime, which is faster
    /// and has to be installed; "auto" is "ort" where the library is found and passes a test with
    /// this model, and "rten" elsewhere.
    #[schemars(default, extend("default" = "auto"))]
    pub(in crate::config) engine: Key<Engine>,
    /// Where the library ONNX Runtime is. If not given, it is looked for where systems keep it.
    #[schemars(default, extend("examples" = ["/usr/local/lib/libonnxruntime.so"]))]
    pub(in crate::config) onnxruntime: Key<PathBuf>,
    /// How many cores one look may take, from 1 to 16.
    #[schemars(default, extend("default" = THREADS))]
    pub(in crate::config) threads: Key<Threads>,
    /// How the model tells what it found: "yolox", "yolov5", "yolov8" (v9 and v11, too),
    /// "end_to_end" (v10 and v26), "fastestdet" or "nanodet". This and the next four are seen from
    /// the model; write them only if it is read wrongly.
    #[schemars(default, extend("examples" = ["yolox"]))]
    pub(in crate::config) layout: Key<ModelLayout>,
    /// The width and the height of what the model looks at in pixels, each from 32 to 2048, where
    /// the model leaves that open.
    #[schemars(default, extend("examples" = [[416, 416]]))]
    pub(in crate::config) size: Key<InputSize>,
    /// The order of its colours: "rgb" or "bgr".
    #[schemars(default, extend("examples" = ["bgr"]))]
    pub(in crate::config) colour: Key<ColourOrder>,
    /// What it is given for the brightest level, above 0 up to 255: 255 or 1 with most.
    #[schemars(default, extend("examples" = [255]))]
    pub(in crate::config) white: Key<White>,
    /// How a picture is made to fit: "upper_left" or "centre" (in its shape, with grey around it) or
    /// "stretch" (out of its shape).
    #[schemars(default, extend("examples" = ["upper_left"]))]
    pub(in crate::config) fit: Key<Fit>,
    /// A service on the network, in place of a model: pictures of your cameras are sent there, and
    /// outside your home only https:// keeps others from seeing them. The next six go with this.
    #[schemars(default, extend("examples" = ["http://192.168.1.9:32168"]))]
    pub(in crate::config) url: Key<Url>,
    /// What the service speaks: "deepstack" (DeepStack, CodeProject.AI), or "http" (it is sent a JPEG
    /// and answers {"person_detected": true}, with boxes if it likes). `url` needs it.
    #[schemars(default, extend("examples" = ["http"]))]
    pub(in crate::config) protocol: Key<Protocol>,
    /// How long the service may take. What it did not answer by then is unknown.
    #[schemars(default, extend(
        "default" = length_text(TIMEOUT.default),
        "x-least" = length_text(TIMEOUT.least),
        "x-most" = length_text(TIMEOUT.most),
    ))]
    pub(in crate::config) timeout: Key<Duration>,
    /// At most one picture of a camera is sent in this time: for a service that costs by the
    /// picture.
    #[schemars(default, extend(
        "default" = length_text(EVERY.default),
        "x-least" = length_text(EVERY.least),
        "x-most" = length_text(EVERY.most),
    ))]
    pub(in crate::config) every: Key<Duration>,
    /// The longer side of the pictures that are sent, in pixels, from 160 to 1920.
    #[schemars(default, extend("default" = IMAGE_SIZE))]
    pub(in crate::config) image_size: Key<ImageSize>,
    /// What the service knows you by: sent as "Authorization: Bearer ...", or as DeepStack's api_key.
    /// So that it need not stand here: "${NAME}" takes it from the environment, "file:/PATH" from a
    /// file.
    #[schemars(default, extend("examples" = ["${DETECTOR_TOKEN}"]))]
    pub(in crate::config) token: Key<Secret<String>>,
    /// How a picture is sent with "http": "jpeg" as it is, "base64" as {"image": "..."}, which some
    /// gateways need.
    #[schemars(default, extend("default" = "jpeg"))]
    pub(in crate::config) body: Key<Body>,
    /// What is looked for, in the words of the model, such as "person", "car" and "dog". This and the
    /// next four are said for all cameras; each can say otherwise under `[camera.objects]`.
    #[schemars(default, extend("default" = ["person"]))]
    pub(in crate::config) classes: Key<Labels>,
    /// How sure the detector must be, from 0 to 1, of what has no score of its own in `scores`. Less
    /// sees more.
    #[schemars(default, extend("default" = number(MIN_SCORE)))]
    pub(in crate::config) min_score: Key<Fraction>,
    /// How sure it must be of single classes, in place of `min_score`.
    #[schemars(
        default,
        with = "BTreeMap<String, Key<Fraction>>",
        extend("examples" = [{ "person": number("0.6") }])
    )]
    pub(in crate::config) scores: Option<RawScores>,
    /// The most looks a second at one camera, from 1 to 10. There are so many only while something
    /// moves that is not recognised yet.
    #[schemars(default, extend("default" = ObjectSettings::FRAMES_PER_SECOND))]
    pub(in crate::config) detect_fps: Key<LookRate>,
    /// How often the whole picture is looked at, whether anything moves or not, such as "15s", or
    /// "never".
    #[schemars(default, extend(
        "default" = "never",
        "x-least" = length_text(INTERVAL.least),
        "x-most" = length_text(INTERVAL.most),
    ))]
    pub(in crate::config) interval: Key<LengthOrNever>,
}

impl Table for RawDetector {
    fn read(keys: &mut Keys) -> Self {
        Self {
            place: keys.place(),
            model: keys.key("model"),
            labels: keys.key("labels"),
            engine: keys.key("engine"),
            onnxruntime: keys.key("onnxruntime"),
            threads: keys.key("threads"),
            layout: keys.key("layout"),
            size: keys.key("size"),
            colour: keys.key("colour"),
            white: keys.key("white"),
            fit: keys.key("fit"),
            url: keys.key("url"),
            protocol: keys.key("protocol"),
            timeout: keys.key("timeout"),
            every: keys.key("every"),
            image_size: keys.key("image_size"),
            token: keys.key("token"),
            body: keys.key("body"),
            classes: keys.key("classes"),
            min_score: keys.key("min_score"),
            scores: keys.table_if_any("scores"),
            detect_fps: keys.key("detect_fps"),
            interval: keys.key("interval"),
        }
    }
}
