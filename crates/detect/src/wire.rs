//! What the recorder and its detect worker say to each other over two pipes.
//!
//! As messages of [`watchpost_sandbox::message`].

use bytes::{Buf, BufMut};
use watchpost_model::config::detector::{ColourOrder, Fit, ModelLayout, ModelShape};
use watchpost_sandbox::Nonsense;
use watchpost_sandbox::message::{LONGEST, framed};
use watchpost_vision::Region;
use watchpost_vision::objects::layout::Tensor;
use watchpost_vision::objects::{Found, Rgb};

/// The most objects a worker tells of one picture.
pub(crate) const MOST_FOUND: usize = 100;

/// The most letters of a text from a worker that are taken.
const MOST_TEXT: usize = 600;

/// What the recorder asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// Here is some more of the model's file.
    Piece(Vec<u8>),
    /// The file is whole: load it.
    Load(Order),
    /// What is in this picture, with at least this score?
    Look { min_score: f32, picture: Rgb },
    /// What are the model's outputs for this picture?
    Raw { picture: Rgb },
}

/// How a model is to be loaded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// How many threads compute a look.
    pub(crate) threads: u8,
    /// How many class names its owner has, if any.
    pub(crate) labels: Option<u32>,
    /// What its owner knows better.
    pub(crate) shape: ModelShape,
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// It could not be done.
    Failed(Fault),
    /// The piece was taken.
    Taken,
    /// The model is loaded.
    Loaded(Facts),
    /// What is in the picture, best first.
    Found(Vec<Found>),
    /// The model's outputs.
    Raw(Vec<Tensor>),
}

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) story: String,
    /// How to mend it.
    pub(crate) hint: String,
}

/// What a loaded model says of itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    /// The kind of its outputs.
    pub(crate) layout: ModelLayout,
    /// How many classes it knows.
    pub(crate) classes: u16,
    /// Width and height of its input.
    pub(crate) input: (u16, u16),
    /// The class names that its file has, if any.
    pub(crate) names: Option<Vec<String>>,
}

impl Fault {
    pub(crate) fn new(story: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { story: story.into(), hint: hint.into() }
    }
}

const COLOURS: [ColourOrder; 2] = [ColourOrder::Rgb, ColourOrder::Bgr];
const FITS: [Fit; 3] = [Fit::UpperLeft, Fit::Centre, Fit::Stretch];

/// The number of `value` in `list`, counted from 1; 0 for none.
fn number<T: PartialEq>(list: &[T], value: Option<T>) -> u8 {
    let place = value.and_then(|value| list.iter().position(|one| *one == value));
    place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or_default()
}

/// The other way round.
fn one_of<T: Copy>(list: &[T], number: u8) -> Result<Option<T>, Nonsense> {
    let Some(place) = usize::from(number).checked_sub(1) else { return Ok(None) };
    list.get(place).copied().map(Some).ok_or(Nonsense("a choice that there is not"))
}

impl Request {
    /// The message, whole.
    pub(crate) fn write(&self) -> Vec<u8> {
        match self {
            Request::Piece(piece) => framed(1, piece.len(), |out| out.put_slice(piece)),
            Request::Load(order) => framed(2, 18, |out| write_order(order, out)),
            Request::Look { min_score, picture } => framed(3, picture.pixels().len() + 8, |out| {
                out.put_f32_le(*min_score);
                write_picture(picture, out);
            }),
            Request::Raw { picture } => {
                framed(4, picture.pixels().len() + 4, |out| write_picture(picture, out))
            }
        }
    }

    pub(crate) fn read(kind: u8, mut message: Vec<u8>) -> Result<Self, Nonsense> {
        match kind {
            1 => Ok(Request::Piece(message)),
            2 => Ok(Request::Load(read_order(&mut message.as_slice()).map_err(cut)?)),
            3 if message.len() > 8 => {
                let min_score = message.as_slice().get_f32_le();
                Ok(Request::Look { min_score, picture: read_picture(message.split_off(4))? })
            }
            4 => Ok(Request::Raw { picture: read_picture(message)? }),
            _ => Err(Nonsense("no such request")),
        }
    }
}

fn write_order(order: &Order, out: &mut Vec<u8>) {
    let Order { threads, labels, shape: ModelShape { layout, size, colour, white, fit } } = order;
    out.put_u8(*threads);
    out.put_u32_le(labels.unwrap_or_default());
    out.put_u8(number(&ModelLayout::ALL, *layout));
    let (width, height) = size.unwrap_or_default();
    out.put_u16_le(width);
    out.put_u16_le(height);
    out.put_u8(number(&COLOURS, *colour));
    out.put_f32_le(white.unwrap_or_default());
    out.put_u8(number(&FITS, *fit));
}

/// Why an order cannot be read.
enum Unread {
    Short,
    Choice(Nonsense),
}

impl From<bytes::TryGetError> for Unread {
    fn from(_: bytes::TryGetError) -> Self {
        Unread::Short
    }
}

impl From<Nonsense> for Unread {
    fn from(error: Nonsense) -> Self {
        Unread::Choice(error)
    }
}

fn cut(unread: Unread) -> Nonsense {
    match unread {
        Unread::Short => Nonsense("a message that is not whole"),
        Unread::Choice(error) => error,
    }
}

fn read_order(message: &mut &[u8]) -> Result<Order, Unread> {
    Ok(Order {
        threads: message.try_get_u8()?.max(1),
        labels: Some(message.try_get_u32_le()?).filter(|count| *count > 0),
        shape: ModelShape {
            layout: one_of(&ModelLayout::ALL, message.try_get_u8()?)?,
            size: Some((message.try_get_u16_le()?, message.try_get_u16_le()?))
                .filter(|(width, height)| *width > 0 && *height > 0),
            colour: one_of(&COLOURS, message.try_get_u8()?)?,
            white: Some(message.try_get_f32_le()?).filter(|white| *white > 0.0),
            fit: one_of(&FITS, message.try_get_u8()?)?,
        },
    })
}

/// A picture's sides fit: see [`crate::worker`], which makes larger ones smaller.
fn write_picture(picture: &Rgb, out: &mut Vec<u8>) {
    for side in [picture.width(), picture.height()] {
        out.put_u16_le(u16::try_from(side).unwrap_or(u16::MAX));
    }
    out.put_slice(picture.pixels());
}

/// The pixels stay where they are: there are many.
fn read_picture(mut message: Vec<u8>) -> Result<Rgb, Nonsense> {
    let mut head = message.get(..4).ok_or(Nonsense("a picture that is not whole"))?;
    let (width, height) = (usize::from(head.get_u16_le()), usize::from(head.get_u16_le()));
    message.drain(..4);
    Rgb::new(width, height, message).ok_or(Nonsense("a picture of another size than it says"))
}

impl Answer {
    /// The message, whole. Outputs that are longer than a message may be are a fault.
    pub(crate) fn write(&self) -> Vec<u8> {
        match self {
            Answer::Failed(Fault { story, hint }) => {
                framed(0, story.len() + hint.len() + 4, |out| {
                    write_text(story, out);
                    write_text(hint, out);
                })
            }
            Answer::Taken => framed(1, 0, |_| {}),
            Answer::Loaded(facts) => framed(2, 1024, |out| write_facts(facts, out)),
            Answer::Found(found) => framed(3, found.len() * 26, |out| {
                for Found { class, score, region, sharpness } in found {
                    out.put_u16_le(*class);
                    let Region { left, top, right, bottom } = region;
                    let [left, top, right, bottom] =
                        [left, top, right, bottom].map(|edge| edge.get());
                    for value in [*score, left, top, right, bottom, *sharpness] {
                        out.put_f32_le(value);
                    }
                }
            }),
            Answer::Raw(tensors) => {
                let length = tensors.iter().map(|tensor| tensor.values.len() * 4 + 1024).sum();
                if length > LONGEST {
                    let story = "its outputs are larger than can be told";
                    return Answer::Failed(Fault::new(story, "use a smaller model")).write();
                }
                framed(4, length, |out| tensors.iter().for_each(|tensor| write_tensor(tensor, out)))
            }
        }
    }

    /// What a worker says is not trusted: numbers are numbers and text has no control characters.
    pub(crate) fn read(kind: u8, message: &[u8]) -> Result<Self, Nonsense> {
        let rest = &mut &*message;
        let answer = match kind {
            0 => Answer::Failed(Fault { story: read_text(rest)?, hint: read_text(rest)? }),
            1 => Answer::Taken,
            2 => Answer::Loaded(read_facts(rest)?),
            3 => {
                let mut found = Vec::new();
                while !rest.is_empty() && found.len() < MOST_FOUND {
                    found.push(read_found(rest)?);
                }
                Answer::Found(found)
            }
            4 => {
                let mut tensors = Vec::new();
                while !rest.is_empty() {
                    tensors.push(read_tensor(rest)?);
                }
                Answer::Raw(tensors)
            }
            _ => return Err(Nonsense("no such answer")),
        };
        if rest.is_empty() { Ok(answer) } else { Err(Nonsense("more than an answer")) }
    }
}

fn write_facts(facts: &Facts, out: &mut Vec<u8>) {
    let Facts { layout, classes, input: (width, height), names } = facts;
    out.put_u8(number(&ModelLayout::ALL, Some(*layout)));
    for value in [classes, width, height] {
        out.put_u16_le(*value);
    }
    for name in names.iter().flatten() {
        write_text(name, out);
    }
}

fn read_facts(message: &mut &[u8]) -> Result<Facts, Nonsense> {
    let short = |_| Nonsense("facts that are not whole");
    let layout = one_of(&ModelLayout::ALL, message.try_get_u8().map_err(short)?)?;
    let mut number = || message.try_get_u16_le().map_err(short);
    let (classes, width, height) = (number()?, number()?, number()?);
    if width == 0 || height == 0 {
        return Err(Nonsense("a model that sees nothing"));
    }
    let mut names = Vec::new();
    while !message.is_empty() {
        names.push(read_text(message)?);
    }
    Ok(Facts {
        layout: layout.ok_or(Nonsense("no layout"))?,
        classes,
        input: (width, height),
        names: Some(names).filter(|names| !names.is_empty()),
    })
}

fn read_found(message: &mut &[u8]) -> Result<Found, Nonsense> {
    let short = |_| Nonsense("an object that is not whole");
    let class = message.try_get_u16_le().map_err(short)?;
    let mut value = || {
        let value = message.try_get_f32_le().map_err(short)?;
        if value.is_finite() { Ok(value) } else { Err(Nonsense("an object that is nowhere")) }
    };
    let score = value()?.clamp(0.0, 1.0);
    let region = Region::clamped(value()?, value()?, value()?, value()?);
    Ok(Found { class, score, region, sharpness: value()?.max(0.0) })
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    let mut end = text.len().min(usize::from(u16::MAX));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.put_u16_le(u16::try_from(end).unwrap_or_default());
    out.put_slice(&text.as_bytes()[..end]);
}

fn read_text(message: &mut &[u8]) -> Result<String, Nonsense> {
    let short = Nonsense("text that is not whole");
    let length = message.try_get_u16_le().map_err(|_| Nonsense("text without its length"))?;
    let (text, rest) = message.split_at_checked(length.into()).ok_or(short)?;
    *message = rest;
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    Ok(String::from_utf8_lossy(text).chars().take(MOST_TEXT).map(plain).collect())
}

fn write_tensor(tensor: &Tensor, out: &mut Vec<u8>) {
    let Tensor { name, shape, values } = tensor;
    write_text(name, out);
    out.put_u8(u8::try_from(shape.len()).unwrap_or(u8::MAX));
    for side in shape {
        out.put_u32_le(u32::try_from(*side).unwrap_or(u32::MAX));
    }
    for value in values {
        out.put_f32_le(*value);
    }
}

fn read_tensor(message: &mut &[u8]) -> Result<Tensor, Nonsense> {
    let short = |_| Nonsense("an output that is not whole");
    let name = read_text(message)?;
    let mut shape = Vec::new();
    for _ in 0..message.try_get_u8().map_err(short)? {
        shape.push(usize::try_from(message.try_get_u32_le().map_err(short)?).unwrap_or(usize::MAX));
    }
    let bytes = shape.iter().try_fold(4_usize, |all, side| all.checked_mul(*side));
    let all = bytes.and_then(|bytes| message.split_at_checked(bytes));
    let (values, rest) = all.ok_or(Nonsense("an output that is not whole"))?;
    *message = rest;
    let values = values.chunks_exact(4).map(|mut value| value.get_f32_le()).collect();
    Ok(Tensor { name, shape, values })
}

#[cfg(test)]
mod tests;
