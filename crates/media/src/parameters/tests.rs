use super::*;
use crate::cameras::{ALL, B_PICTURES, Dice, HIGH, INTRA_REFRESH, OPEN_GOP};

#[test]
fn a_stream_tells_its_size_after_cropping_and_its_name() {
    let told = [HIGH, B_PICTURES, INTRA_REFRESH, OPEN_GOP].map(|camera| {
        let parameters = camera.units()[0].parameters.clone();
        (parameters.width(), parameters.height(), parameters.mime_codec().to_owned())
    });
    let told = told.each_ref().map(|(width, height, name)| (*width, *height, &name[..]));
    assert_eq!(
        told,
        [
            (176, 144, "avc1.64000a"),
            (176, 144, "avc1.64000a"),
            (178, 100, "avc1.4d400a"),
            (178, 100, "hvc1.1.6.L30.90"),
        ]
    );
}

#[test]
fn full_hd_is_1080_lines_and_not_1088() {
    // High profile, level 4.0, with VUI, as cameras have it in their SDP.
    let sps = [
        0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00,
        0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
    ];
    let parameters = Parameters::h264(&sps, &[0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0]).unwrap();
    assert_eq!((parameters.width(), parameters.height()), (1920, 1080));
    assert_eq!(parameters.mime_codec(), "avc1.640028");
}

#[test]
fn a_configuration_read_back_is_the_same() {
    for camera in ALL {
        let parameters = camera.units()[0].parameters.clone();
        let again = Parameters::from_configuration(camera.codec, parameters.configuration());
        assert_eq!(again.as_ref(), Ok(&*parameters));
    }
}

#[test]
fn the_extension_of_the_high_profile_is_completed() {
    let whole = HIGH.units()[0].parameters.clone();
    let record = whole.configuration();
    assert_eq!(record[record.len() - 4..], [0xfd, 0xf8, 0xf8, 0]);
    let bare = &record[..record.len() - 4];
    assert_eq!(Parameters::from_configuration(Codec::H264, bare).as_ref(), Ok(&*whole));
}

#[test]
fn a_decoder_gets_the_sets_behind_start_codes() {
    for camera in ALL {
        let sets = camera.units()[0].parameters.annex_b();
        let mut splitter = crate::annex_b::Splitter::new(camera.codec);
        splitter.push(&sets);
        let slice = match camera.codec {
            Codec::H264 => [0, 0, 1, 0x65, 0x88, 0x80],
            Codec::H265 => [0, 0, 1, 0x26, 0x01, 0x80],
            Codec::Mjpeg => unreachable!("none of ALL"),
        };
        splitter.push(&slice);
        assert_eq!(splitter.finish()[0].parameters, camera.units()[0].parameters);
    }
}

#[test]
fn a_set_of_another_kind_is_refused() {
    let expected = ParametersError::Other { expected: "an H.264 SPS", got: 8 };
    assert_eq!(Parameters::h264(&[0x68, 1, 2], &[0x68]), Err(expected));
    assert_eq!(
        Parameters::from_configuration(Codec::H264, &[1, 100, 0, 40, 0xfd, 0xe1]),
        Err(ParametersError::Lengths { got: 2 })
    );
}

#[test]
fn garbage_is_refused_and_never_panics() {
    let mut dice = Dice::new(1);
    for camera in ALL {
        let parameters = camera.units()[0].parameters.clone();
        for _ in 0..3_000 {
            let record = dice.damage(parameters.configuration(), 3);
            let cut = dice.below(record.len() + 1);
            for bytes in [&record[..], &record[..cut], &parameters.configuration()[..cut]] {
                if let Ok(read) = Parameters::from_configuration(camera.codec, bytes) {
                    assert!(read.width() > 0 && read.height() > 0);
                }
            }
        }
    }
}
