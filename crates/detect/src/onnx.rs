//! Whether a file is an ONNX model, and a whole one.
//!
//! Engines answer that with words about protocol buffers; the built-in one may not answer at all: rten
//! 0.27 reads on for ever where a number has no end. So the outline is looked at first, as
//! <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto> has it: a `ModelProto` with a `GraphProto`.

use bytes::Buf;

use crate::wire::Fault;

/// The fields of a `ModelProto`.
const MODEL: [u64; 13] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 20, 25, 26];

/// The version of the format, the first field of any file that an exporter writes.
const IR_VERSION: u64 = 1;

/// The graph's number in a `ModelProto`.
const GRAPH: u64 = 7;

/// Refuses what is no ONNX model, or only a part of one.
pub(crate) fn check(file: &[u8]) -> Result<(), Fault> {
    let mut rest = file;
    let mut begun = false;
    let mut graphs = 0;
    while !rest.is_empty() {
        let Some((number, body)) = field(&mut rest) else { return Err(broken_off(begun)) };
        if !MODEL.contains(&number) {
            return Err(broken_off(false));
        }
        begun |= number == IR_VERSION;
        if number == GRAPH {
            whole(body).ok_or_else(|| broken_off(begun))?;
            graphs += 1;
        }
    }
    if graphs == 1 { Ok(()) } else { Err(broken_off(begun)) }
}

/// The error of a file that `begun` as an ONNX model begins, or not even that.
fn broken_off(begun: bool) -> Fault {
    if begun {
        let hint = "the download broke off: fetch it again, and compare its size";
        Fault::new("it is only a part of an ONNX model", hint)
    } else {
        let hint = "export the model as ONNX: yolo export model=FILE format=onnx";
        Fault::new("it is no ONNX model", hint)
    }
}

/// Whether `message` consists of whole fields.
fn whole(mut message: &[u8]) -> Option<()> {
    while !message.is_empty() {
        field(&mut message)?;
    }
    Some(())
}

/// The next field's number, and its body if it is of a kind that has one; `None` if it is not whole.
fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, &'a [u8])> {
    let tag = varint(message)?;
    let length = match tag & 7 {
        0 => varint(message).map(|_| 0)?,
        1 => 8,
        2 => usize::try_from(varint(message)?).ok()?,
        5 => 4,
        _ => return None,
    };
    let (body, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some((tag >> 3, body))
}

/// A number of at most ten bytes, seven bits each, the least first.
fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let byte = message.try_get_u8().ok()?;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A version, a graph of one field, and a note.
    const WHOLE: [u8; 12] = [0x08, 8, 0x3a, 4, 0x12, 2, b'g', b'h', 0x72, 2, 0x0a, 0];

    #[track_caller]
    fn story(file: &[u8]) -> String {
        check(file).expect_err("a fault").story
    }

    #[test]
    fn a_whole_model_passes_and_any_part_of_it_does_not() {
        assert_eq!(check(&WHOLE), Ok(()));
        // Without the note it is whole, too.
        for length in (1..WHOLE.len()).filter(|length| *length != 8) {
            let told = story(&WHOLE[..length]);
            let part = "it is only a part of an ONNX model";
            assert_eq!(told, if length < 2 { "it is no ONNX model" } else { part }, "{length}");
        }
    }

    #[test]
    fn what_is_something_else_is_no_model() {
        for file in [b"hello, world".as_slice(), &[0xff; 5000], b"\x00\x00", b"7 not a graph", b""]
        {
            assert_eq!(story(file), "it is no ONNX model");
        }
    }

    #[test]
    fn a_graph_that_is_not_whole_is_told() {
        let mut file = WHOLE;
        file[5] = 200;
        assert_eq!(story(&file), "it is only a part of an ONNX model");
    }
}
