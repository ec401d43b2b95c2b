//! What computes a model: the built-in engine or ONNX Runtime, behind one face.

mod builtin; //     rten, always there
mod onnxruntime; // if the owner has it

use watchpost_vision::objects::layout::Tensor;

use crate::wire::Fault;

pub(crate) use builtin::Builtin;
pub(crate) use onnxruntime::OnnxRuntime;

/// An engine that is ready, without a model yet.
pub(crate) trait Engine {
    /// Takes a model, the bytes of an ONNX file, to be computed by so many `threads`.
    ///
    /// # Errors
    ///
    /// If it is none, or one that this engine cannot compute.
    fn load(self: Box<Self>, file: Vec<u8>, threads: u8) -> Result<Box<dyn Graph>, Fault>;
}

/// A model that can be computed.
pub(crate) trait Graph {
    /// What it wants to be given.
    fn inputs(&self) -> Vec<Input>;

    /// What its file says under this key of its metadata.
    fn note(&self, key: &str) -> Option<String>;

    /// Its outputs for one input, `[1, 3, height, width]`, row-major.
    ///
    /// # Errors
    ///
    /// What the engine says.
    fn run(&mut self, shape: [usize; 4], values: &[f32]) -> Result<Vec<Tensor>, Fault>;
}

/// An input of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// Its name.
    pub(crate) name: String,
    /// The kind of its numbers, if it is not one of single precision.
    pub(crate) strange: Option<String>,
    /// Its dimensions, where they are fixed; `None` if the model does not say how many.
    pub(crate) dimensions: Option<Vec<Option<usize>>>,
}

/// The story of a file that an engine does not take, and the remedy that fits it best.
fn refused(engine: &str, why: &str) -> Fault {
    let lower = why.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let hint = if says(&[
        "not supported",
        "not a registered",
        "no op registered",
        "unsupported",
        "opset",
        "not implemented",
    ]) {
        "export it with opset 17 and without extras such as preprocessing or NMS, or use the other engine \
         ([detector] engine = \"ort\" or \"rten\")"
    } else if says(&["external data", "external_data"]) {
        "its weights lie in a second file: export it as a single ONNX file"
    } else {
        "check that the download is complete, or export the model as ONNX again"
    };
    Fault::new(format!("it cannot be loaded by {engine}: {why}"), hint)
}

/// What an engine says of a run that failed.
fn broke(engine: &str, why: &str) -> Fault {
    let hint =
        "export it again with a fixed input size, or try the other engine ([detector] engine)";
    Fault::new(format!("{engine} cannot compute it: {why}"), hint)
}
