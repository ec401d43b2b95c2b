//! H.264: the sequence parameter set (Rec. ITU-T H.264 (08/2021) 7.3.2.1.1) and `avcC`
//! (ISO/IEC 14496-15:2022, 5.3.3.1).

use bytes::Bytes;

use super::{Codec, Parameters, ParametersError, Size, open, take_sets, with_lengths};
use crate::numbers::Fields;
use crate::rbsp::Bits;

const SPS: u8 = 7;
const PPS: u8 = 8;

/// What of an SPS matters outside a decoder.
struct Sps {
    /// `profile_idc`, the constraint flags, `level_idc`: as in `avcC` and in RFC 6381.
    profile: [u8; 3],
    /// 0: grey, 1: 4:2:0, 2: 4:2:2, 3: 4:4:4.
    chroma_format: u8,
    luma_depth_minus_8: u8,
    chroma_depth_minus_8: u8,
    size: Size,
}

pub(super) fn parameters(sps: &[&[u8]], pps: &[&[u8]]) -> Result<Parameters, ParametersError> {
    const WHAT: &str = "the H.264 parameter sets";
    let garbled = ParametersError::Garbled { what: WHAT };
    let first = parse(sps.first().ok_or(garbled.clone())?)?;
    for set in &sps[1..] {
        open(Codec::H264, SPS, "an H.264 SPS", set)?;
    }
    for set in pps {
        open(Codec::H264, PPS, "an H.264 PPS", set)?;
    }
    let [profile, constraints, level] = first.profile;
    let sps_count = u8::try_from(sps.len()).ok().filter(|count| *count < 32);
    let pps_count = u8::try_from(pps.len()).ok().filter(|count| *count > 0);
    let (Some(sps_count), Some(pps_count)) = (sps_count, pps_count) else {
        return Err(garbled);
    };

    let four_byte_lengths = 0xfc | 3;
    let mut record = vec![1, profile, constraints, level, four_byte_lengths, 0xe0 | sps_count];
    with_lengths(sps, WHAT, &mut record)?;
    record.push(pps_count);
    with_lengths(pps, WHAT, &mut record)?;
    if ![66, 77, 88].contains(&profile) {
        record.push(0xfc | first.chroma_format);
        record.push(0xf8 | first.luma_depth_minus_8);
        record.push(0xf8 | first.chroma_depth_minus_8);
        record.push(0); // No SPS extensions.
    }
    Ok(Parameters {
        codec: Codec::H264,
        size: first.size,
        configuration: record.into(),
        sets: sps.iter().chain(pps).map(|set| Bytes::copy_from_slice(set)).collect(),
        mime_codec: format!("avc1.{profile:02x}{constraints:02x}{level:02x}"),
        sound: None,
    })
}

pub(super) fn from_configuration(record: &[u8]) -> Result<Parameters, ParametersError> {
    let garbled = || ParametersError::Garbled { what: "the avcC record" };
    let mut fields = Fields::new(record);
    let [version, _, _, _, lengths, sps_count] = fields.array().ok_or_else(garbled)?;
    if version != 1 {
        return Err(garbled());
    }
    if lengths & 3 != 3 {
        return Err(ParametersError::Lengths { got: (lengths & 3) + 1 });
    }
    let sps = take_sets(&mut fields, (sps_count & 0x1f).into()).ok_or_else(garbled)?;
    let pps_count = fields.u8().ok_or_else(garbled)?;
    let pps = take_sets(&mut fields, pps_count.into()).ok_or_else(garbled)?;
    parameters(&sps, &pps)
}

fn parse(sps: &[u8]) -> Result<Sps, ParametersError> {
    let garbled = || ParametersError::Garbled { what: "the H.264 SPS" };
    let mut bits = open(Codec::H264, SPS, "an H.264 SPS", sps)?;
    let (head, width, height) = fields(&mut bits).ok_or_else(garbled)?;
    Ok(Sps { size: Size::new(width, height)?, ..head })
}

/// Everything up to the cropping, in the order of the standard; then width and height.
fn fields(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<(Sps, i64, i64)> {
    let profile = [bits.byte()?, bits.byte()?, bits.byte()?];
    bits.golomb()?; // seq_parameter_set_id
    let (mut chroma_format, mut depths) = (1, [0, 0]);
    if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile[0]) {
        chroma_format = bits.golomb().filter(|format| *format <= 3)?;
        if chroma_format == 3 {
            bits.skip(1)?; // separate_colour_plane_flag
        }
        depths = [bits.golomb().filter(|d| *d <= 6)?, bits.golomb().filter(|d| *d <= 6)?];
        bits.skip(1)?; // qpprime_y_zero_transform_bypass_flag
        if bits.flag()? {
            skip_scaling_lists(bits, chroma_format)?;
        }
    }
    bits.golomb()?; // log2_max_frame_num_minus4
    skip_picture_order(bits)?;
    bits.golomb()?; // max_num_ref_frames
    bits.skip(1)?; // gaps_in_frame_num_value_allowed_flag
    let width = i64::try_from(bits.golomb()?).ok()? * 16 + 16;
    let map_units = i64::try_from(bits.golomb()?).ok()? * 16 + 16;
    let fields_per_unit = if bits.flag()? { 1 } else { 2 };
    if fields_per_unit == 2 {
        bits.skip(1)?; // mb_adaptive_frame_field_flag
    }
    bits.skip(1)?; // direct_8x8_inference_flag
    let (across, down) = match chroma_format {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let [left, right, top, bottom] = crop(bits)?;
    let head = Sps {
        profile,
        chroma_format: u8::try_from(chroma_format).ok()?,
        luma_depth_minus_8: u8::try_from(depths[0]).ok()?,
        chroma_depth_minus_8: u8::try_from(depths[1]).ok()?,
        size: Size { width: 1, height: 1 }, // Until the cropped one has been checked.
    };
    let width = width - across * (left + right);
    let height = fields_per_unit * (map_units - down * (top + bottom));
    Some((head, width, height))
}

/// 7.3.2.1.1.1: only how long the lists are matters here.
fn skip_scaling_lists(bits: &mut Bits<impl Iterator<Item = u8>>, chroma_format: u64) -> Option<()> {
    for list in 0..if chroma_format == 3 { 12 } else { 8 } {
        if !bits.flag()? {
            continue;
        }
        let (mut last, mut next) = (8, 8);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + bits.signed_golomb()?).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

fn skip_picture_order(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<()> {
    match bits.golomb()? {
        0 => bits.golomb().map(drop),
        1 => {
            bits.skip(1)?;
            bits.golomb()?;
            bits.golomb()?;
            let cycle = bits.golomb().filter(|cycle| *cycle <= 255)?;
            (0..cycle).try_for_each(|_| bits.golomb().map(drop))
        }
        _ => Some(()),
    }
}

/// Left, right, top, bottom, in crop units.
pub(super) fn crop(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<[i64; 4]> {
    let mut edges = [0; 4];
    if bits.flag()? {
        for edge in &mut edges {
            *edge = i64::try_from(bits.golomb()?).ok()?;
        }
    }
    Some(edges)
}
