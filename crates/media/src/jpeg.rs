//! What a JPEG says of itself (ISO/IEC 10918-1, annex B), without decoding it.

/// Width and height in pixels, both at least 1, from the header of the frame; `None` if `data` is no
/// JPEG, ends before, or leaves its height to be told at the end, as no camera does.
#[must_use]
pub fn size(data: &[u8]) -> Option<(u16, u16)> {
    let mut rest = data.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (&0xff, behind) = rest.split_first()? else { return None };
        let (&marker, behind) = behind.split_first()?;
        match marker {
            0xff => {
                rest = &rest[1..]; // Filled up.
                continue;
            }
            0x01 | 0xd0..=0xd7 => {
                rest = behind; // Stands alone.
                continue;
            }
            0x00 | 0xd8..=0xda => return None, // The picture itself, before its header.
            _ => {}
        }
        let (length, _) = behind.split_first_chunk::<2>()?;
        let segment = behind.get(..usize::from(u16::from_be_bytes(*length)))?.get(2..)?;
        // Start of frame, of any process; the three others in that row are tables.
        if (0xc0..=0xcf).contains(&marker) && ![0xc4, 0xc8, 0xcc].contains(&marker) {
            let [_, h0, h1, w0, w1] = *segment.first_chunk::<5>()?;
            let (height, width) = (u16::from_be_bytes([h0, h1]), u16::from_be_bytes([w0, w1]));
            return (width > 0 && height > 0).then_some((width, height));
        }
        rest = &behind[segment.len() + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A start, a comment, and the header of a frame 640 wide and 480 high.
    const HEAD: [u8; 21] = [
        0xff, 0xd8, 0xff, 0xfe, 0, 4, 1, 2, 0xff, 0xff, 0xc0, 0, 11, 8, 1, 0xe0, 2, 0x80, 1, 1,
        0x11,
    ];

    #[test]
    fn the_size_stands_behind_whatever_comes_first() {
        let whole = [&HEAD[..], &[0]].concat();
        assert_eq!(size(&whole), Some((640, 480)));
    }

    #[test]
    fn what_is_cut_or_no_jpeg_has_no_size() {
        for cut in 0..HEAD.len() {
            assert_eq!(size(&HEAD[..cut]), None, "cut at {cut}");
        }
        assert_eq!(size(b"GIF89a"), None);
        assert_eq!(size(&[0xff, 0xd8, 0xff, 0xda, 0, 2]), None);
        assert_eq!(size(&[0xff, 0xd8, 0xff, 0xfe, 0, 0, 0xff, 0xc0]), None);
        let without_height = [0xff, 0xd8, 0xff, 0xc0, 0, 8, 8, 0, 0, 2, 0x80, 1];
        assert_eq!(size(&without_height), None);
    }
}
