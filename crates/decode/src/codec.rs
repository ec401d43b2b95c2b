//! libavcodec behind a fence: every `unsafe` of the project is in this file.
#![expect(
    unsafe_code,
    reason = "libavcodec is C; src/shim.c keeps its interface to five functions"
)]

use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;
use std::slice;

use watchpost_media::Codec;

use crate::frame::{Frame, Plane};

mod sys {
    use std::ffi::{c_char, c_int};

    #[repr(C)]
    pub(super) struct Decoder {
        opaque: [u8; 0],
    }

    /// `wp_frame` of shim.c, field by field.
    #[repr(C)]
    pub(super) struct Frame {
        pub(super) plane: [*const u8; 3],
        pub(super) stride: [c_int; 3],
        pub(super) width: c_int,
        pub(super) height: c_int,
        pub(super) chroma_shift_x: c_int,
        pub(super) chroma_shift_y: c_int,
        pub(super) depth: c_int,
        pub(super) full_range: c_int,
        pub(super) time: i64,
    }

    unsafe extern "C" {
        pub(super) fn wp_load(why: *mut c_char, why_size: usize) -> c_int;
        pub(super) fn wp_open(
            codec: c_int,
            configuration: *const u8,
            size: c_int,
            quick: c_int,
        ) -> *mut Decoder;
        pub(super) fn wp_send(
            decoder: *mut Decoder,
            data: *const u8,
            size: c_int,
            time: i64,
        ) -> c_int;
        pub(super) fn wp_receive(decoder: *mut Decoder, frame: *mut Frame) -> c_int;
        pub(super) fn wp_close(decoder: *mut Decoder);
    }
}

/// Proof that libavcodec is loaded: without it no [`Decoder`] can be opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library(());

impl Library {
    /// Opens libavcodec and libavutil. Call before the sandbox closes, from one thread.
    ///
    /// # Errors
    ///
    /// What the system's loader said, in its words.
    pub(crate) fn load() -> Result<Self, String> {
        let mut why: [c_char; 256] = [0; 256];
        // SAFETY: `why` is valid for its length, and `wp_load` ends what it writes there with a zero
        // (snprintf). It writes the shim's function pointers: `Library` is made once, by the worker's
        // `main`, before it starts anything else.
        let loaded = unsafe { sys::wp_load(why.as_mut_ptr(), why.len()) };
        if loaded == 0 {
            return Ok(Self(()));
        }
        // SAFETY: ended with a zero within its length, see above.
        let why = unsafe { CStr::from_ptr(why.as_ptr()) };
        Err(why.to_string_lossy().into_owned())
    }
}

/// How carefully to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Without the deblocking filter: a fifth cheaper, good enough to see motion by.
    Quick,
    /// As the standard says, for pictures that people look at.
    Exact,
}

/// An open decoder. Closed on drop.
pub(crate) struct Decoder {
    shim: NonNull<sys::Decoder>,
    /// Where the last frame lies; valid until the shim hands out the next.
    last: Option<sys::Frame>,
}

impl Decoder {
    /// Opens a decoder for a stream with these parameter sets (avcC or hvcC), or `None` if libavcodec
    /// has none for it.
    pub(crate) fn open(_: Library, codec: Codec, configuration: &[u8], care: Care) -> Option<Self> {
        let codec = match codec {
            Codec::H264 => 0,
            Codec::H265 => 1,
            Codec::Mjpeg => 2,
        };
        let size = c_int::try_from(configuration.len()).ok()?;
        let quick = c_int::from(care == Care::Quick);
        // SAFETY: the library is loaded (`Library`), and `configuration` is valid for `size` bytes,
        // which the shim copies.
        let opened = unsafe { sys::wp_open(codec, configuration.as_ptr(), size, quick) };
        NonNull::new(opened).map(|shim| Self { shim, last: None })
    }

    /// Decodes one picture. If that gave a frame, [`Decoder::last`] has it, and its time is returned.
    ///
    /// A picture that the codec refuses is no error: damaged pictures are daily fare, and the next key
    /// picture mends it.
    pub(crate) fn decode(&mut self, data: &[u8], time: i64) -> Option<i64> {
        let size = c_int::try_from(data.len()).ok()?;
        // SAFETY: the decoder is open until drop, `data` is valid for `size` bytes, and the shim
        // copies it.
        unsafe { sys::wp_send(self.shim.as_ptr(), data.as_ptr(), size, time) };
        let mut newest = None;
        // A codec holds a few frames at most, but its word for that is not needed.
        for _ in 0..32 {
            let Some(frame) = self.receive() else { break };
            newest = Some(frame.time);
            self.last = Some(frame);
        }
        newest
    }

    /// The last frame, if there was one that makes sense.
    pub(crate) fn last(&self) -> Option<Frame<'_>> {
        let last = self.last.as_ref()?;
        // SAFETY: the shim keeps the planes of the last frame it handed out until it hands out the next
        // or is closed; both need `&mut self` or its end, which the result's lifetime rules out.
        unsafe { view(last) }
    }

    fn receive(&mut self) -> Option<sys::Frame> {
        let mut frame = sys::Frame {
            plane: [std::ptr::null(); 3],
            stride: [0; 3],
            width: 0,
            height: 0,
            chroma_shift_x: 0,
            chroma_shift_y: 0,
            depth: 0,
            full_range: 0,
            time: 0,
        };
        // SAFETY: the decoder is open until drop, and `frame` is valid for writing.
        let answer = unsafe { sys::wp_receive(self.shim.as_ptr(), &raw mut frame) };
        (answer == 0).then_some(frame)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `wp_open`, and is closed only here.
        unsafe { sys::wp_close(self.shim.as_ptr()) }
    }
}

/// The frame as slices, or `None` if its numbers make no sense.
///
/// # Safety
///
/// Each plane that is not null must be valid for `stride` bytes times its rows for `'a`.
unsafe fn view<'a>(frame: &sys::Frame) -> Option<Frame<'a>> {
    let number = |value: c_int| usize::try_from(value).ok();
    let (width, height) = (number(frame.width)?, number(frame.height)?);
    let sample = match frame.depth {
        8 => 1,
        9..=16 => 2,
        _ => return None,
    };
    let plane = |index: usize, shift_x: c_int, shift_y: c_int| {
        let width = width.checked_add((1 << shift_x) - 1)? >> shift_x;
        let height = height.checked_add((1 << shift_y) - 1)? >> shift_y;
        let stride = number(frame.stride[index])?;
        if width == 0 || height == 0 || stride < width * sample {
            return None;
        }
        // The last row ends with its last sample: a stride may be longer than what was allocated.
        let length = stride.checked_mul(height - 1)?.checked_add(width * sample)?;
        // SAFETY: libavutil's frame.h, `AVFrame.data`: each plane holds `linesize` bytes a row; the
        // caller vouches for the lifetime.
        let bytes = unsafe { slice::from_raw_parts(frame.plane[index], length) };
        Some(Plane { bytes, width, height, stride })
    };
    let luma = plane(0, 0, 0)?;
    let (shift_x, shift_y) = (frame.chroma_shift_x, frame.chroma_shift_y);
    if !(0..=2).contains(&shift_x) || !(0..=2).contains(&shift_y) {
        return None;
    }
    let chroma = if frame.plane[1].is_null() {
        None
    } else {
        Some([plane(1, shift_x, shift_y)?, plane(2, shift_x, shift_y)?])
    };
    let depth = u32::try_from(frame.depth).ok()?;
    Some(Frame { luma, chroma, depth, full_range: frame.full_range != 0 })
}
