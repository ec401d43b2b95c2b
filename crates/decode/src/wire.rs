//! What the recorder and its decode worker say to each other over two pipes.
//!
//! As messages of [`watchpost_sandbox::message`].

use bytes::{Buf, BufMut};
use watchpost_media::Codec;
use watchpost_sandbox::Nonsense;
use watchpost_sandbox::message::framed;
use watchpost_vision::Region;

/// A worker holds two decoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Follows the stream, quickly, to see motion by.
    Follow,
    /// Decodes one group of pictures exactly, for a photo.
    Photo,
}

/// How a photo is to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Photo {
    /// In pixels; the picture's own width if that is smaller or none is given.
    pub width: Option<u16>,
    /// At most this wide and high, in pixels, besides `width`: within it as large as can be, but never
    /// larger than the picture, and of its shape.
    pub fit: Option<(u16, u16)>,
    /// Of the JPEG, 1 to 100.
    pub quality: u8,
    /// Only this part of the picture; `width`, `fit` and outlines are then of the part.
    pub crop: Option<Region>,
    /// What to draw a line around.
    pub outlined: Vec<Outline>,
    /// A line of text for the lower left corner. Latin letters are drawn; others are a box.
    pub text: Option<String>,
}

/// A box to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Where.
    pub region: Region,
    /// What stands at it. Latin letters are drawn; others are a box.
    pub caption: Option<String>,
}

impl From<Region> for Outline {
    fn from(region: Region) -> Self {
        Self { region, caption: None }
    }
}

/// What the recorder asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// Open this slot's decoder anew.
    Open { slot: Slot, codec: Codec, configuration: Vec<u8> },
    /// Decode one picture; if `grey`, answer with the frame at this width and height.
    Decode { slot: Slot, time: i64, grey: Option<(u16, u16)>, data: Vec<u8> },
    /// The slot's last frame as JPEG.
    Photo { slot: Slot, photo: Photo },
    /// A part of the slot's last frame in colour, at most this wide and high.
    Pixels { slot: Slot, region: Region, width: u16, height: u16 },
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// It could not be done, and why.
    Failed(String),
    /// The slot is open.
    Opened,
    /// The picture gave no frame yet.
    NoFrame,
    /// The picture's frame; `pixels` is empty if no grey was asked for. `chroma` is how colourful it is,
    /// 0 to 127.
    Frame { time: i64, width: u16, height: u16, chroma: f32, pixels: Vec<u8> },
    /// The photo.
    Jpeg(Vec<u8>),
    /// Red, green and blue.
    Pixels { width: u16, height: u16, pixels: Vec<u8> },
}

impl Slot {
    fn number(self) -> u8 {
        match self {
            Slot::Follow => 0,
            Slot::Photo => 1,
        }
    }

    fn read(message: &mut &[u8]) -> Result<Self, Nonsense> {
        match message.try_get_u8() {
            Ok(0) => Ok(Slot::Follow),
            Ok(1) => Ok(Slot::Photo),
            _ => Err(Nonsense("no such slot")),
        }
    }
}

impl Request {
    /// The message, whole.
    pub(crate) fn write(&self) -> Vec<u8> {
        match self {
            Request::Open { slot, codec, configuration } => {
                framed(1, configuration.len() + 2, |out| {
                    out.put_u8(slot.number());
                    out.put_u8(match codec {
                        Codec::H264 => 0,
                        Codec::H265 => 1,
                        Codec::Mjpeg => 2,
                    });
                    out.put_slice(configuration);
                })
            }
            Request::Decode { slot, time, grey, data } => framed(2, data.len() + 13, |out| {
                out.put_u8(slot.number());
                out.put_i64_le(*time);
                let (width, height) = grey.unwrap_or_default();
                out.put_u16_le(width);
                out.put_u16_le(height);
                out.put_slice(data);
            }),
            Request::Photo { slot, photo } => write_photo(*slot, photo),
            Request::Pixels { slot, region, width, height } => framed(4, 21, |out| {
                out.put_u8(slot.number());
                write_region(out, region);
                out.put_u16_le(*width);
                out.put_u16_le(*height);
            }),
        }
    }

    pub(crate) fn read(kind: u8, mut message: &[u8]) -> Result<Self, Nonsense> {
        let message = &mut message;
        let slot = Slot::read(message)?;
        match kind {
            1 => {
                let codec = match message.try_get_u8() {
                    Ok(0) => Codec::H264,
                    Ok(1) => Codec::H265,
                    Ok(2) => Codec::Mjpeg,
                    _ => return Err(Nonsense("no such codec")),
                };
                Ok(Request::Open { slot, codec, configuration: message.to_vec() })
            }
            2 if message.len() >= 12 => {
                let time = message.get_i64_le();
                let size = (message.get_u16_le(), message.get_u16_le());
                let grey = (size.0 > 0 && size.1 > 0).then_some(size);
                Ok(Request::Decode { slot, time, grey, data: message.to_vec() })
            }
            3 => Ok(Request::Photo { slot, photo: read_photo(message)? }),
            4 => {
                let region = read_region(message)?;
                let cut = |_| Nonsense("a question that is not whole");
                let (width, height) = (
                    message.try_get_u16_le().map_err(cut)?,
                    message.try_get_u16_le().map_err(cut)?,
                );
                Ok(Request::Pixels { slot, region, width, height })
            }
            _ => Err(Nonsense("no such request")),
        }
    }
}

fn write_photo(slot: Slot, photo: &Photo) -> Vec<u8> {
    let Photo { width, fit, quality, crop, outlined, text } = photo;
    let text = text.as_deref().unwrap_or_default();
    framed(3, outlined.len() * 40 + text.len() + 26, |out| {
        out.put_u8(slot.number());
        out.put_u16_le(width.unwrap_or_default());
        let (most_across, most_down) = fit.unwrap_or_default();
        out.put_u16_le(most_across);
        out.put_u16_le(most_down);
        out.put_u8(*quality);
        write_region(out, &crop.unwrap_or(Region::ALL));
        let count = u16::try_from(outlined.len()).unwrap_or(u16::MAX);
        out.put_u16_le(count);
        for Outline { region, caption } in outlined.iter().take(count.into()) {
            write_region(out, region);
            let caption = caption.as_deref().unwrap_or_default();
            let length = u8::try_from(caption.len()).unwrap_or_default(); // A longer one is left out.
            out.put_u8(length);
            out.put_slice(&caption.as_bytes()[..usize::from(length)]);
        }
        out.put_slice(text.as_bytes());
    })
}

fn read_photo(message: &mut &[u8]) -> Result<Photo, Nonsense> {
    let cut = |_| Nonsense("a photo that is not whole");
    let mut pixels = || message.try_get_u16_le().map_err(cut);
    let (width, across, down) = (pixels()?, pixels()?, pixels()?);
    let quality = message.try_get_u8().map_err(cut)?;
    let crop = read_region(message)?;
    let mut outlined = Vec::new();
    for _ in 0..message.try_get_u16_le().map_err(cut)? {
        let region = read_region(message)?;
        let length = usize::from(message.try_get_u8().map_err(cut)?);
        let caption = message.split_off(..length).ok_or(Nonsense("a caption that is not whole"))?;
        let caption = str::from_utf8(caption).map_err(|_| NOT_UTF_8)?;
        let caption = Some(caption.to_owned()).filter(|caption| !caption.is_empty());
        outlined.push(Outline { region, caption });
    }
    let text = str::from_utf8(message).map_err(|_| NOT_UTF_8)?;
    Ok(Photo {
        width: Some(width).filter(|width| *width > 0),
        fit: Some((across, down)).filter(|(across, down)| *across > 0 && *down > 0),
        quality,
        crop: Some(crop).filter(|crop| *crop != Region::ALL),
        outlined,
        text: Some(text.to_owned()).filter(|text| !text.is_empty()),
    })
}

const NOT_UTF_8: Nonsense = Nonsense("text that is not UTF-8");

fn write_region(out: &mut Vec<u8>, region: &Region) {
    let Region { left, top, right, bottom } = region;
    for edge in [left, top, right, bottom] {
        out.put_f32_le(edge.get());
    }
}

fn read_region(message: &mut &[u8]) -> Result<Region, Nonsense> {
    let mut edge = || message.try_get_f32_le().map_err(|_| Nonsense("a region that is not whole"));
    let (left, top, right, bottom) = (edge()?, edge()?, edge()?, edge()?);
    Ok(Region::clamped(left, top, right, bottom))
}

impl Answer {
    /// The message, whole.
    pub(crate) fn write(&self) -> Vec<u8> {
        match self {
            Answer::Failed(why) => framed(0, why.len(), |out| out.put_slice(why.as_bytes())),
            Answer::Opened => framed(1, 0, |_| {}),
            Answer::NoFrame => framed(2, 0, |_| {}),
            Answer::Frame { time, width, height, chroma, pixels } => {
                framed(3, pixels.len() + 16, |out| {
                    out.put_i64_le(*time);
                    out.put_u16_le(*width);
                    out.put_u16_le(*height);
                    out.put_f32_le(*chroma);
                    out.put_slice(pixels);
                })
            }
            Answer::Jpeg(jpeg) => framed(4, jpeg.len(), |out| out.put_slice(jpeg)),
            Answer::Pixels { width, height, pixels } => framed(5, pixels.len() + 4, |out| {
                out.put_u16_le(*width);
                out.put_u16_le(*height);
                out.put_slice(pixels);
            }),
        }
    }

    pub(crate) fn read(kind: u8, mut message: &[u8]) -> Result<Self, Nonsense> {
        match kind {
            0 => Ok(Answer::Failed(String::from_utf8_lossy(message).into_owned())),
            1 => Ok(Answer::Opened),
            2 => Ok(Answer::NoFrame),
            3 if message.len() >= 16 => {
                let time = message.get_i64_le();
                let (width, height) = (message.get_u16_le(), message.get_u16_le());
                let chroma = message.get_f32_le();
                if !(0.0..=127.0).contains(&chroma) {
                    return Err(Nonsense("more colour than there is"));
                }
                let expected = usize::from(width) * usize::from(height);
                if !message.is_empty() && message.len() != expected {
                    return Err(Nonsense("a frame of another size than it says"));
                }
                Ok(Answer::Frame { time, width, height, chroma, pixels: message.to_vec() })
            }
            4 => Ok(Answer::Jpeg(message.to_vec())),
            5 if message.len() >= 4 => {
                let (width, height) = (message.get_u16_le(), message.get_u16_le());
                if message.len() != 3 * usize::from(width) * usize::from(height) {
                    return Err(Nonsense("pixels of another size than it says"));
                }
                Ok(Answer::Pixels { width, height, pixels: message.to_vec() })
            }
            _ => Err(Nonsense("no such answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::Fraction;
    use watchpost_sandbox::message::HEAD;

    use super::*;

    #[test]
    fn every_request_arrives_as_it_was_sent() {
        let half = Fraction::clamped(0.5);
        let region = Region { left: Fraction::NONE, top: half, right: half, bottom: Fraction::ALL };
        let requests = [
            Request::Open { slot: Slot::Photo, codec: Codec::H265, configuration: vec![1, 2] },
            Request::Decode {
                slot: Slot::Follow,
                time: -7,
                grey: Some((160, 90)),
                data: vec![9; 300],
            },
            Request::Decode { slot: Slot::Photo, time: 7, grey: None, data: vec![] },
            Request::Photo {
                slot: Slot::Follow,
                photo: Photo {
                    width: Some(320),
                    fit: Some((1024, 768)),
                    quality: 80,
                    crop: Some(region),
                    outlined: vec![
                        region.into(),
                        Outline { region, caption: Some("Fuß 91 %".into()) },
                    ],
                    text: Some("Haustür 17:00".into()),
                },
            },
            Request::Photo {
                slot: Slot::Photo,
                photo: Photo {
                    width: None,
                    fit: None,
                    quality: 1,
                    crop: None,
                    outlined: vec![],
                    text: None,
                },
            },
            Request::Pixels { slot: Slot::Follow, region, width: 416, height: 300 },
        ];
        for request in requests {
            let message = request.write();
            assert_eq!(Request::read(message[0], &message[HEAD..]).unwrap(), request);
        }
    }

    #[test]
    fn every_answer_arrives_as_it_was_given() {
        let answers = [
            Answer::Failed("no such codec".into()),
            Answer::Opened,
            Answer::NoFrame,
            Answer::Frame { time: 5, width: 2, height: 2, chroma: 9.5, pixels: vec![1, 2, 3, 4] },
            Answer::Frame { time: 5, width: 1920, height: 1080, chroma: 0.0, pixels: vec![] },
            Answer::Jpeg(vec![0xff, 0xd8]),
            Answer::Pixels { width: 2, height: 1, pixels: vec![1, 2, 3, 4, 5, 6] },
        ];
        for answer in answers {
            let message = answer.write();
            assert_eq!(Answer::read(message[0], &message[HEAD..]).unwrap(), answer);
        }
    }

    #[test]
    fn a_frame_with_more_colour_than_there_is_is_refused() {
        for chroma in [f32::NAN, -1.0, 127.5, f32::INFINITY] {
            let frame = Answer::Frame { time: 5, width: 1, height: 1, chroma, pixels: vec![7] };
            assert!(Answer::read(3, &frame.write()[HEAD..]).is_err(), "{chroma}");
        }
    }

    #[test]
    fn nonsense_is_refused_without_a_panic() {
        for kind in 0..=255 {
            for length in 0..40 {
                let message = vec![kind ^ 0x5a; length];
                let _ = Request::read(kind, &message); // Only that it returns.
                let _ = Answer::read(kind, &message); // Only that it returns.
            }
        }
    }
}
