//! H.265: the sequence parameter set (Rec. ITU-T H.265 (08/2021) 7.3.2.2.1) and `hvcC`
//! (ISO/IEC 14496-15:2022, 8.3.3.1).

use bytes::Bytes;

use super::h264::crop;
use super::{Codec, Parameters, ParametersError, Size, open, take_sets, with_lengths};
use crate::numbers::Fields;
use crate::rbsp::Bits;

const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;

/// What of an SPS matters outside a decoder.
struct Sps {
    sub_layers_minus_1: u8,
    temporal_nesting: bool,
    profile: Profile,
    /// 0: grey, 1: 4:2:0, 2: 4:2:2, 3: 4:4:4.
    chroma_format: u8,
    luma_depth_minus_8: u8,
    chroma_depth_minus_8: u8,
    size: Size,
}

/// The general part of `profile_tier_level`, 7.3.3.
struct Profile {
    /// `general_profile_space`, `general_tier_flag`, `general_profile_idc`.
    head: u8,
    compatibility: u32,
    constraints: [u8; 6],
    level: u8,
}

pub(super) fn parameters(
    vps: &[&[u8]],
    sps: &[&[u8]],
    pps: &[&[u8]],
) -> Result<Parameters, ParametersError> {
    const WHAT: &str = "the H.265 parameter sets";
    let garbled = ParametersError::Garbled { what: WHAT };
    let first = parse(sps.first().ok_or(garbled.clone())?)?;
    if vps.is_empty() || pps.is_empty() {
        return Err(garbled);
    }

    let mut record = vec![1, first.profile.head];
    record.extend(first.profile.compatibility.to_be_bytes());
    record.extend(first.profile.constraints);
    record.push(first.profile.level);
    record.extend([0xf0, 0]); // min_spatial_segmentation_idc: unknown.
    record.push(0xfc); // parallelismType: unknown.
    record.push(0xfc | first.chroma_format);
    record.push(0xf8 | first.luma_depth_minus_8);
    record.push(0xf8 | first.chroma_depth_minus_8);
    record.extend([0, 0]); // avgFrameRate: unknown.
    let layers = first.sub_layers_minus_1 + 1;
    let four_byte_lengths = 3;
    record.push(layers << 3 | u8::from(first.temporal_nesting) << 2 | four_byte_lengths);
    record.push(3); // Arrays, one for each kind of set.
    let kinds =
        [(VPS, "an H.265 VPS", vps), (SPS, "an H.265 SPS", sps), (PPS, "an H.265 PPS", pps)];
    for (kind, expected, sets) in kinds {
        for set in sets {
            open(Codec::H265, kind, expected, set)?;
        }
        let complete = 0x80; // None is in the stream, which is what `hvc1` promises.
        record.push(complete | kind);
        let count = u16::try_from(sets.len()).map_err(|_| garbled.clone())?; // Over 65535.
        record.extend(count.to_be_bytes());
        with_lengths(sets, WHAT, &mut record)?;
    }
    Ok(Parameters {
        codec: Codec::H265,
        size: first.size,
        configuration: record.into(),
        sets: [vps, sps, pps].concat().iter().map(|set| Bytes::copy_from_slice(set)).collect(),
        mime_codec: first.profile.mime_codec(),
        sound: None,
    })
}

pub(super) fn from_configuration(record: &[u8]) -> Result<Parameters, ParametersError> {
    let garbled = || ParametersError::Garbled { what: "the hvcC record" };
    let mut fields = Fields::new(record);
    let [version, .., lengths, arrays] = fields.array::<23>().ok_or_else(garbled)?;
    if version != 1 {
        return Err(garbled());
    }
    if lengths & 3 != 3 {
        return Err(ParametersError::Lengths { got: (lengths & 3) + 1 });
    }
    let (mut vps, mut sps, mut pps) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arrays {
        let kind = fields.u8().ok_or_else(garbled)?;
        let count = fields.u16().ok_or_else(garbled)?;
        let sets = take_sets(&mut fields, count.into()).ok_or_else(garbled)?;
        match kind & 0x3f {
            VPS => vps.extend(sets),
            SPS => sps.extend(sets),
            PPS => pps.extend(sets),
            _ => {} // SEI, of which no decoder needs any.
        }
    }
    parameters(&vps, &sps, &pps)
}

fn parse(sps: &[u8]) -> Result<Sps, ParametersError> {
    let garbled = || ParametersError::Garbled { what: "the H.265 SPS" };
    let mut bits = open(Codec::H265, SPS, "an H.265 SPS", sps)?;
    let (head, width, height) = fields(&mut bits).ok_or_else(garbled)?;
    Ok(Sps { size: Size::new(width, height)?, ..head })
}

/// Everything up to the bit depths, in the order of the standard; then width and height.
fn fields(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<(Sps, i64, i64)> {
    bits.skip(4)?; // sps_video_parameter_set_id
    let sub_layers = bits.number(3).filter(|layers| *layers <= 6)?;
    let temporal_nesting = bits.flag()?;
    let profile = Profile {
        head: bits.byte()?,
        compatibility: u32::try_from(bits.number(32)?).ok()?,
        constraints: [
            bits.byte()?,
            bits.byte()?,
            bits.byte()?,
            bits.byte()?,
            bits.byte()?,
            bits.byte()?,
        ],
        level: bits.byte()?,
    };
    skip_sub_layers(bits, sub_layers)?;
    bits.golomb()?; // sps_seq_parameter_set_id
    let chroma_format = bits.golomb().filter(|format| *format <= 3)?;
    if chroma_format == 3 {
        bits.skip(1)?; // separate_colour_plane_flag
    }
    let width = i64::try_from(bits.golomb()?).ok()?;
    let height = i64::try_from(bits.golomb()?).ok()?;
    let (across, down) = match chroma_format {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let [left, right, top, bottom] = crop(bits)?;
    let depth = |bits: &mut Bits<_>| {
        bits.golomb().filter(|depth| *depth <= 7).and_then(|depth| u8::try_from(depth).ok())
    };
    let head = Sps {
        sub_layers_minus_1: u8::try_from(sub_layers).ok()?,
        temporal_nesting,
        profile,
        chroma_format: u8::try_from(chroma_format).ok()?,
        luma_depth_minus_8: depth(bits)?,
        chroma_depth_minus_8: depth(bits)?,
        size: Size { width: 1, height: 1 }, // Until the cropped one has been checked.
    };
    Some((head, width - across * (left + right), height - down * (top + bottom)))
}

/// What `profile_tier_level` says of each of `count` sub-layers.
fn skip_sub_layers(bits: &mut Bits<impl Iterator<Item = u8>>, count: u64) -> Option<()> {
    let mut present = Vec::new();
    for _ in 0..count {
        present.push((bits.flag()?, bits.flag()?));
    }
    if count > 0 {
        (count..8).try_for_each(|_| bits.skip(2))?;
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 })?;
        bits.skip(if level { 8 } else { 0 })?;
    }
    Some(())
}

impl Profile {
    /// ISO/IEC 14496-15:2022, annex E.3.
    fn mime_codec(&self) -> String {
        let space = ["", "A", "B", "C"][usize::from(self.head >> 6)];
        let tier = if self.head & 0x20 == 0 { 'L' } else { 'H' };
        let idc = self.head & 0x1f;
        let compatibility = self.compatibility.reverse_bits();
        let used = self.constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let constraints: String = self.constraints[..used]
            .iter()
            .flat_map(|byte| [".".into(), format!("{byte:X}")])
            .collect();
        format!("hvc1.{space}{idc}.{compatibility:X}.{tier}{}{constraints}", self.level)
    }
}
