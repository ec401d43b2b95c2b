//! ONNX Runtime: a library of its own, opened at run time, two to five times as fast on most processors.

use std::path::Path;

use ort::environment::Environment;
use ort::session::Session;
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};
use watchpost_vision::objects::layout::Tensor;

use super::{Engine, Graph, Input, broke, refused};
use crate::cast::real;
use crate::wire::Fault;

const NAME: &str = "ONNX Runtime";

/// The engine.
pub(crate) struct OnnxRuntime(Environment);

impl OnnxRuntime {
    /// Opens the library, which must be done before the sandbox is closed: it looks at files of the
    /// system and of the processor.
    ///
    /// # Errors
    ///
    /// If it is none, or too old.
    pub(crate) fn open(library: &Path) -> Result<Self, Fault> {
        let hint = "install ONNX Runtime 1.17 or later for this processor and name it in [detector] \
                    onnxruntime, or set engine = \"rten\"";
        let failed = |why: String| {
            let story = format!("ONNX Runtime cannot be opened from {}: {why}", library.display());
            Fault::new(story, hint)
        };
        let builder = ort::init_from(library).map_err(|error| failed(error.to_string()))?;
        let environment = builder.with_telemetry(false).build();
        Ok(Self(environment.map_err(|error| failed(error.to_string()))?))
    }
}

impl Engine for OnnxRuntime {
    fn load(self: Box<Self>, file: Vec<u8>, threads: u8) -> Result<Box<dyn Graph>, Fault> {
        let session = session(&self.0, &file, threads);
        let session = session.map_err(|error| refused(NAME, &error.to_string()))?;
        Ok(Box::new(Loaded(session)))
    }
}

fn session(environment: &Environment, file: &[u8], threads: u8) -> ort::Result<Session> {
    // Threads that spin would keep a processor busy between two looks.
    Session::builder(environment)?
        .with_intra_threads(threads.into())?
        .with_intra_op_spinning(false)?
        .commit_from_memory(file)
}

struct Loaded(Session);

impl Graph for Loaded {
    fn inputs(&self) -> Vec<Input> {
        let input = |outlet: &ort::value::Outlet| {
            let (strange, dimensions) = match outlet.dtype() {
                ValueType::Tensor { ty, shape, .. } => {
                    let strange = (*ty != TensorElementType::Float32).then(|| ty.to_string());
                    (strange, Some(shape.iter().map(|side| usize::try_from(*side).ok()).collect()))
                }
                other => (Some(other.to_string()), None),
            };
            Input { name: outlet.name().to_owned(), strange, dimensions }
        };
        self.0.inputs().iter().map(input).collect()
    }

    fn note(&self, key: &str) -> Option<String> {
        self.0.metadata().ok()?.custom(key)
    }

    fn run(&mut self, shape: [usize; 4], values: &[f32]) -> Result<Vec<Tensor>, Fault> {
        let failed = |error: ort::Error| broke(NAME, &error.to_string());
        let input = TensorRef::from_array_view((shape, values)).map_err(failed)?;
        let outputs = self.0.run(ort::inputs![input]).map_err(failed)?;
        outputs.iter().map(|(name, value)| tensor(name, &value).map_err(failed)).collect()
    }
}

fn tensor(name: &str, value: &DynValue) -> ort::Result<Tensor> {
    let (shape, values) = match value.dtype().tensor_type() {
        Some(TensorElementType::Int64) => {
            let (shape, values) = value.try_extract_tensor::<i64>()?;
            (shape, values.iter().copied().map(real).collect())
        }
        Some(TensorElementType::Int32) => {
            let (shape, values) = value.try_extract_tensor::<i32>()?;
            (shape, values.iter().copied().map(i64::from).map(real).collect())
        }
        _ => {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            (shape, values.to_vec())
        }
    };
    let shape = shape.iter().filter_map(|side| usize::try_from(*side).ok()).collect();
    Ok(Tensor { name: name.to_owned(), shape, values })
}
