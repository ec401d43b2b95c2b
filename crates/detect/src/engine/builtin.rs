//! rten: written in Rust, part of this program.

use std::sync::Arc;

use rten::{DataType, Dimension, Model, ModelOptions, RunOptions, ThreadPool, Value, ValueType};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, Tensor as RtenTensor};
use watchpost_vision::objects::layout::Tensor;

use super::{Engine, Graph, Input, broke, refused};
use crate::cast::real;
use crate::wire::Fault;

const NAME: &str = "the built-in engine";

/// The engine.
pub(crate) struct Builtin(());

impl Builtin {
    /// Makes ready what cannot be made once the sandbox is closed: rten starts a pool of threads for
    /// the whole process with its first run, whether it is used or not, and reads the number of
    /// processors from files for it. These threads only ever sleep.
    pub(crate) fn open() -> Self {
        rten::thread_pool();
        Self(())
    }
}

impl Engine for Builtin {
    fn load(self: Box<Self>, file: Vec<u8>, threads: u8) -> Result<Box<dyn Graph>, Fault> {
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(file);
        let model = model.map_err(|error| refused(NAME, &error.to_string()))?;
        let pool = Arc::new(ThreadPool::with_num_threads(threads.into()));
        Ok(Box::new(Loaded { model, pool }))
    }
}

struct Loaded {
    model: Model,
    pool: Arc<ThreadPool>,
}

impl Graph for Loaded {
    fn inputs(&self) -> Vec<Input> {
        let input = |id: &rten::NodeId| {
            let node = self.model.node_info(*id);
            let shape = node.as_ref().and_then(rten::NodeInfo::shape);
            let kind = node.as_ref().and_then(rten::NodeInfo::dtype);
            let kind = kind.filter(|kind| *kind != ValueType::Tensor(DataType::Float));
            Input {
                name: node.and_then(|node| node.name()).unwrap_or_default().to_owned(),
                strange: kind.map(|kind| format!("{kind}")),
                dimensions: shape.map(|shape| shape.iter().map(fixed).collect()),
            }
        };
        self.model.input_ids().iter().map(input).collect()
    }

    fn note(&self, key: &str) -> Option<String> {
        self.model.metadata().get(key).map(str::to_owned)
    }

    fn run(&mut self, shape: [usize; 4], values: &[f32]) -> Result<Vec<Tensor>, Fault> {
        let strange = |why: String| broke(NAME, &why);
        let view = NdTensorView::try_from_data(shape, values);
        let view = view.map_err(|error| strange(error.to_string()))?;
        let input = self.model.input_ids().first().copied();
        let input = input.ok_or_else(|| strange("it has no input".to_owned()))?;
        let ids = self.model.output_ids();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let outputs = self.model.run(vec![(input, view.into())], ids, Some(options));
        let outputs = outputs.map_err(|error| strange(error.to_string()))?;
        let named = |(value, id): (Value, &rten::NodeId)| {
            let name = self.model.node_info(*id).and_then(|node| node.name()).unwrap_or_default();
            tensor(name, value)
                .ok_or_else(|| strange(format!("its output {name} holds no numbers")))
        };
        outputs.into_iter().zip(ids).map(named).collect()
    }
}

fn fixed(dimension: &Dimension) -> Option<usize> {
    match dimension {
        Dimension::Fixed(size) => Some(*size),
        Dimension::Symbolic(_) => None,
    }
}

fn tensor(name: &str, value: Value) -> Option<Tensor> {
    match value {
        Value::FloatTensor(tensor) => Some(Tensor {
            name: name.to_owned(),
            shape: tensor.shape().to_vec(),
            values: tensor.into_data(),
        }),
        Value::Int32Tensor(tensor) => Some(converted(name, &tensor)),
        Value::Int8Tensor(tensor) => Some(converted(name, &tensor)),
        Value::UInt8Tensor(tensor) => Some(converted(name, &tensor)),
        _ => None,
    }
}

fn converted<T: Copy + Into<i64>>(name: &str, tensor: &RtenTensor<T>) -> Tensor {
    let values = tensor.to_vec().into_iter().map(|value| real(value.into())).collect();
    Tensor { name: name.to_owned(), shape: tensor.shape().to_vec(), values }
}
