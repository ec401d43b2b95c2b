use watchpost_model::config::{PhotoSize, PictureSettings, RaspberryPi};

use super::abilities::{Abilities, Ability};
use super::{explain, libcamera, raspicam};

/// Today's rpicam-apps.
fn new() -> Abilities {
    [Ability::LowLatency, Ability::CodecOptions, Ability::Format].into_iter().collect()
}

/// The camera with these settings, each as the owner writes it.
fn camera(settings: &[(&str, &str)]) -> RaspberryPi {
    let mut picture = PictureSettings::default();
    for (key, value) in settings {
        picture.set(key, value).unwrap();
    }
    RaspberryPi { camera: 0, picture }
}

mod video {
    use super::*;

    /// What these settings add to, or change in, the arguments of plain video, for each program.
    #[track_caller]
    fn check(settings: &[(&str, &str)], rpicam_vid: &str, raspivid: &str) {
        let added = |list: fn(&RaspberryPi) -> Vec<String>| {
            let plain = pairs(&list(&camera(&[])));
            let changed = pairs(&list(&camera(settings)));
            changed.into_iter().filter(|pair| !plain.contains(pair)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(added(|camera| libcamera::video(camera, &new())), rpicam_vid, "rpicam-vid");
        assert_eq!(added(|camera| raspicam::video(camera).0), raspivid, "raspivid");
    }

    /// Each option together with its value.
    fn pairs(arguments: &[String]) -> Vec<String> {
        let mut pairs: Vec<String> = Vec::new();
        for word in arguments {
            match pairs.last_mut() {
                Some(last) if !word.starts_with("--") => *last = format!("{last} {word}"),
                _ => pairs.push(word.clone()),
            }
        }
        pairs
    }

    #[test]
    fn plain_video_of_each_program() {
        let plain = camera(&[]);
        assert_eq!(
            libcamera::video(&plain, &new()).join(" "),
            "--camera 0 --nopreview --timeout 0 --codec h264 --inline --flush --width 1920 --height 1080 \
             --framerate 15 --bitrate 3000000 --intra 30 --low-latency --libav-format h264 --output -"
        );
        assert_eq!(
            raspicam::video(&plain).0.join(" "),
            "--nopreview --timeout 0 --profile high --inline --flush --width 1920 --height 1080 \
             --framerate 15 --bitrate 3000000 --intra 30 --output -"
        );
        let second = RaspberryPi { camera: 1, ..plain };
        assert!(libcamera::video(&second, &new()).join(" ").contains("--camera 1"));
        assert!(raspicam::video(&second).0.join(" ").contains("--camselect 1"));
    }

    #[test]
    fn what_an_old_program_does_not_know_is_told_otherwise_or_not_at_all() {
        let old = [Ability::CodecOptions, Ability::HdrSwitch].into_iter().collect();
        let arguments = libcamera::video(&camera(&[("hdr", "sensor")]), &old).join(" ");
        assert!(
            arguments.contains("--libav-video-codec-opts bf=0 --hdr --output -"),
            "{arguments}"
        );
        let lite = libcamera::video(&camera(&[]), &Abilities::default()).join(" ");
        assert!(!lite.contains("libav") && !lite.contains("latency"), "{lite}");
    }

    #[rustfmt::skip] // A line is a setting.
    #[test]
    fn each_setting_is_told_to_each_program_in_its_own_words() {
        check(&[("width", "1280"), ("height", "720")], "--width 1280 --height 720", "--width 1280 --height 720");
        check(&[("frame_rate", "10")], "--framerate 10 --intra 20", "--framerate 10 --intra 20");
        check(&[("frame_rate", "12.5")], "--framerate 12.5 --intra 25", "--framerate 13 --intra 25");
        check(&[("frame_rate", "1")], "--framerate 1 --intra 2", "--framerate 2 --intra 4");
        check(&[("bit_rate", "2.5Mbit")], "--bitrate 2500000", "--bitrate 2500000");
        check(&[("bit_rate", "30Mbit")], "--bitrate 30000000 --level 4.2", "--bitrate 25000000");
        check(&[("rotation", "180")], "--rotation 180", "--rotation 180");
        check(&[("hflip", "true")], "--hflip", "--hflip");
        check(&[("vflip", "true")], "--vflip", "--vflip");
        check(&[("exposure", "sport")], "--exposure sport", "--exposure sports");
        check(&[("exposure", "long")], "--exposure long", "--exposure verylong");
        check(&[("shutter", "8ms")], "--shutter 8000", "--shutter 8000");
        check(&[("gain", "2.5")], "--gain 2.5", "--analoggain 2.5");
        check(&[("ev", "-1.5")], "--ev -1.5", "--ev -9");
        check(&[("ev", "8")], "--ev 8", "--ev 24");
        check(&[("metering", "spot")], "--metering spot", "--metering spot");
        check(&[("metering", "average")], "--metering average", "--metering matrix");
        check(&[("white_balance", "incandescent")], "--awb incandescent", "--awb incandescent");
        check(&[("white_balance", "tungsten")], "--awb tungsten", "--awb tungsten");
        check(&[("white_balance", "fluorescent")], "--awb fluorescent", "--awb fluorescent");
        check(&[("white_balance", "indoor")], "--awb indoor", "--awb fluorescent");
        check(&[("white_balance", "daylight")], "--awb daylight", "--awb sun");
        check(&[("white_balance", "cloudy")], "--awb cloudy", "--awb cloud");
        check(&[("white_balance", "1.8,9.5")], "--awbgains 1.8,9.5", "--awb off --awbgains 1.8,8");
        check(&[("brightness", "0.2")], "--brightness 0.2", "--brightness 60");
        check(&[("brightness", "-1")], "--brightness -1", "--brightness 0");
        check(&[("contrast", "1.5")], "--contrast 1.5", "--contrast 50");
        check(&[("contrast", "9")], "--contrast 9", "--contrast 100");
        check(&[("saturation", "0")], "--saturation 0", "--saturation -100");
        check(&[("sharpness", "0.5")], "--sharpness 0.5", "--sharpness -50");
        check(&[("denoise", "cdn_fast")], "--denoise cdn_fast", "");
        check(&[("denoise", "cdn_off")], "--denoise cdn_off", "");
        check(&[("autofocus", "continuous")], "--autofocus-mode continuous", "");
        check(&[("autofocus", "auto")], "--autofocus-mode auto", "");
        check(&[("autofocus", "0.5")], "--autofocus-mode manual --lens-position 0.5", "");
        check(&[("region", "0.25,0.25,0.5,0.5")], "--roi 0.25,0.25,0.5,0.5", "--roi 0.25,0.25,0.5,0.5");
        check(&[("hdr", "single-exp")], "--hdr=single-exp", "");
    }

    #[rustfmt::skip]
    #[test]
    fn a_higher_level_is_asked_for_only_where_the_usual_is_too_low_and_a_higher_is_known() {
        let level = |size: (&str, &str), rate: &str| {
            let camera = camera(&[("width", size.0), ("height", size.1), ("frame_rate", rate)]);
            let arguments = libcamera::video(&camera, &new()).join(" ");
            arguments.split_once("--level ").map(|(_, rest)| rest[..3].to_owned())
        };
        assert_eq!(level(("1920", "1080"), "30"), None);
        assert_eq!(level(("1920", "1080"), "31"), Some("4.2".to_owned()));
        assert_eq!(level(("1280", "720"), "120"), Some("4.2".to_owned()));
        assert_eq!(level(("2304", "1296"), "15"), None, "of the Raspberry Pi 5, which finds it by itself");
    }

    #[test]
    fn what_raspivid_lacks_is_noted() {
        let note = |settings: &[(&str, &str)]| raspicam::video(&camera(settings)).1;
        assert_eq!(note(&[("contrast", "2")]), None);
        let all = note(&[("denoise", "off"), ("hdr", "auto"), ("autofocus", "auto")]).unwrap();
        assert!(all.starts_with("raspivid cannot do denoise, autofocus, hdr"), "{all}");
    }
}

#[test]
fn a_photo_has_the_looks_of_the_video_and_the_size_of_the_sensor() {
    let settings = [("brightness", "0.5"), ("rotation", "180"), ("width", "640")];
    let camera = camera(&settings);
    assert_eq!(
        libcamera::still(&camera, PhotoSize::Full, &new()).join(" "),
        "--camera 0 --nopreview --timeout 1000 --immediate --encoding jpg --quality 90 --thumb none \
         --rotation 180 --brightness 0.5 --output -"
    );
    let within = PhotoSize::Within { width: 1024, height: 768 };
    assert_eq!(
        raspicam::still(&camera, within).join(" "),
        "--nopreview --timeout 1000 --encoding jpg --quality 90 --thumb none --width 1024 --height 768 \
         --rotation 180 --brightness 75 --output -"
    );
}

#[test]
fn a_lens_that_focuses_by_itself_gets_a_moment_before_the_photo() {
    let camera = camera(&[("autofocus", "continuous")]);
    let arguments = libcamera::still(&camera, PhotoSize::Full, &new()).join(" ");
    assert!(!arguments.contains("--immediate"), "{arguments}");
    assert!(arguments.contains("--timeout 2000"), "{arguments}");
}

#[test]
fn last_words_become_reasons() {
    let reason = |words: &str| explain(words).map(|error| error.to_string());
    let expected = [
        ("no cameras available", "is not there: no cameras available"),
        (
            "failed to acquire camera /base/soc/imx708@1a",
            "is in use: failed to acquire camera /base/soc/imx708@1a",
        ),
        ("* failed to open vchiq instance", "may not be opened: * failed to open vchiq instance"),
        (
            "unrecognised option '--low-latency'",
            "cannot do what is set: unrecognised option '--low-latency'",
        ),
    ];
    for (words, told) in expected {
        assert_eq!(reason(words).as_deref(), Some(told));
    }
    assert_eq!(reason("failed to queue input to codec"), None);
}
