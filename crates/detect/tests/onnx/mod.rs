//! Small models, written as the protobuf messages of <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

/// A model of one graph.
#[derive(Clone, Default)]
pub(crate) struct Model {
    nodes: Vec<Vec<u8>>,
    constants: Vec<Vec<u8>>,
    inputs: Vec<Vec<u8>>,
    outputs: Vec<Vec<u8>>,
    notes: Vec<Vec<u8>>,
}

/// 32-bit floats, as `TensorProto.DataType` numbers them.
const FLOAT: u64 = 1;
const INT64: u64 = 7;

impl Model {
    /// An operator from values to one value.
    pub(crate) fn node(mut self, operator: &str, from: &[&str], to: &str) -> Self {
        let mut node = Vec::new();
        for name in from {
            bytes(&mut node, 1, name.as_bytes());
        }
        bytes(&mut node, 2, to.as_bytes());
        bytes(&mut node, 4, operator.as_bytes());
        self.nodes.push(node);
        self
    }

    /// An input; a dimension of 0 is open.
    pub(crate) fn input(mut self, name: &str, dimensions: &[u64]) -> Self {
        self.inputs.push(value(name, dimensions));
        self
    }

    /// An output whose dimensions are not said.
    pub(crate) fn output(mut self, name: &str) -> Self {
        self.outputs.push(value(name, &[]));
        self
    }

    /// A constant of floats.
    pub(crate) fn floats(mut self, name: &str, dimensions: &[u64], values: &[f32]) -> Self {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut tensor = tensor(name, FLOAT, dimensions);
        bytes(&mut tensor, 9, &raw);
        self.constants.push(tensor);
        self
    }

    /// A constant of whole numbers.
    pub(crate) fn numbers(mut self, name: &str, values: &[i64]) -> Self {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let length = u64::try_from(values.len()).unwrap();
        let mut tensor = tensor(name, INT64, &[length]);
        bytes(&mut tensor, 9, &raw);
        self.constants.push(tensor);
        self
    }

    /// A constant whose floats lie in another file.
    pub(crate) fn elsewhere(mut self, name: &str, dimensions: &[u64], file: &str) -> Self {
        let mut tensor = tensor(name, FLOAT, dimensions);
        let mut place = Vec::new();
        bytes(&mut place, 1, b"location");
        bytes(&mut place, 2, file.as_bytes());
        bytes(&mut tensor, 13, &place);
        number(&mut tensor, 14, 1);
        self.constants.push(tensor);
        self
    }

    /// An entry of the metadata.
    pub(crate) fn note(mut self, key: &str, text: &str) -> Self {
        let mut note = Vec::new();
        bytes(&mut note, 1, key.as_bytes());
        bytes(&mut note, 2, text.as_bytes());
        self.notes.push(note);
        self
    }

    /// The file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        let parts =
            [(1, &self.nodes), (5, &self.constants), (11, &self.inputs), (12, &self.outputs)];
        for (field, list) in parts {
            for part in list {
                bytes(&mut graph, field, part);
            }
        }
        bytes(&mut graph, 2, b"graph");
        let mut opset = Vec::new();
        bytes(&mut opset, 1, b"");
        number(&mut opset, 2, 13);
        let mut model = Vec::new();
        number(&mut model, 1, 8);
        bytes(&mut model, 7, &graph);
        bytes(&mut model, 8, &opset);
        for note in &self.notes {
            bytes(&mut model, 14, note);
        }
        model
    }
}

fn tensor(name: &str, kind: u64, dimensions: &[u64]) -> Vec<u8> {
    let mut tensor = Vec::new();
    for side in dimensions {
        number(&mut tensor, 1, *side);
    }
    number(&mut tensor, 2, kind);
    bytes(&mut tensor, 8, name.as_bytes());
    tensor
}

fn value(name: &str, dimensions: &[u64]) -> Vec<u8> {
    let mut shape = Vec::new();
    for side in dimensions {
        let mut dimension = Vec::new();
        match side {
            0 => bytes(&mut dimension, 2, b"open"),
            side => number(&mut dimension, 1, *side),
        }
        bytes(&mut shape, 1, &dimension);
    }
    let mut tensor = Vec::new();
    number(&mut tensor, 1, FLOAT);
    if !dimensions.is_empty() {
        bytes(&mut tensor, 2, &shape);
    }
    let mut kind = Vec::new();
    bytes(&mut kind, 1, &tensor);
    let mut value = Vec::new();
    bytes(&mut value, 1, name.as_bytes());
    bytes(&mut value, 2, &kind);
    value
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, u64::try_from(value.len()).unwrap());
    out.extend_from_slice(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        out.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return;
        }
    }
}
