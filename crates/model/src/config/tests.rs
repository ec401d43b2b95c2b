use super::*;

mod act;
mod detector;
mod device;
mod motion;
mod mqtt;
mod objects;
mod schema;
mod sense;

mod faults {
    use super::check;

    #[test]
    fn what_is_not_toml_is_told_all_at_once() {
        check(
            r#"
[[camera]]
name = door
source = "demo:
pre_roll = 5s
post_roll = "99m"
"#,
            r#"
3:8: not valid TOML: string values must be quoted, expected literal string
4:16: not valid TOML: invalid basic string, expected `"`
5:12: not valid TOML: string values must be quoted, expected literal string
6:13: camera[0].post_roll = "99m": must be between 1s and 10m
"#,
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_what_was_meant() {
        check(
            r#"
listen = "0.0.0.0:80"
[serve]
[server]
Listen = "0.0.0.0:80"
wallpaper = "cats"
"two words" = 1
[[camera]]
name = "door"
source = "demo:"
pre-roll = "5s"
min_area = 0.1
[camera.motion]
keep = "1d"
[camera.motion.wallpaper]
"#,
            r#"
2:1: listen: unknown key; it belongs under [server]
3:2: serve: unknown key; did you mean server?
5:1: server.Listen: unknown key; did you mean listen?
6:1: server.wallpaper: unknown key; known here are listen, data_dir, time_zone, certificate, key
7:1: server."two words": unknown key; known here are listen, data_dir, time_zone, certificate, key
11:1: camera[0].pre-roll: unknown key; did you mean pre_roll?
12:1: camera[0].min_area: unknown key; it belongs under [camera.motion] or [camera.motion.night] or [[camera.motion.zone]]
14:1: camera[0].motion.keep: unknown key; it belongs under [[camera]]
15:16: camera[0].motion.wallpaper: unknown key; known here are sensitivity, min_area, min_trigger_area, min_pixel_delta, min_travel, max_speed, straightness, frames_per_second, night, zone, mask, person
"#,
        );
    }

    #[test]
    fn a_length_of_time_needs_its_unit_and_its_limits() {
        check(
            r#"
[[camera]]
name = "door"
source = "demo:"
pre_roll = "90s"
post_roll = 5
max_event = "5"
keep = "59m"
[[camera]]
name = "yard"
source = "demo:"
pre_roll = "soon"
post_roll = "0s"
max_event = "1h1s"
keep = "always"
[[camera]]
name = "attic"
source = "demo:"
pre_roll = -1
post_roll = true
max_event = "5 minutes"
keep = "99999999999999999999d"
"#,
            r#"
5:12: camera[0].pre_roll = "90s": must be between 0s and 60s
6:13: camera[0].post_roll = 5: write a unit, in quotes, such as "5s"
7:13: camera[0].max_event = "5": write a unit, such as "5s"
8:8: camera[0].keep = "59m": must be at least 1h, or "forever"
12:12: camera[1].pre_roll = "soon": write a length of time such as "500ms", "5s", "1m30s", "2h" or "30d"
13:13: camera[1].post_roll = "0s": must be between 1s and 10m
14:13: camera[1].max_event = "1h1s": must be between 10s and 1h
15:8: camera[1].keep = "always": write a length of time such as "500ms", "5s", "1m30s", "2h" or "30d" (or "forever")
19:12: camera[2].pre_roll = -1: write a length of time in quotes, such as "5s"
20:13: camera[2].post_roll = true: write a length of time in quotes, such as "5s"
21:13: camera[2].max_event = "5 minutes": write a length of time such as "500ms", "5s", "1m30s", "2h" or "30d" (units are ms, s, m, h and d)
22:8: camera[2].keep = "99999999999999999999d": is too long to count (or "forever")
"#,
        );
    }

    #[test]
    fn an_event_lasts_longer_than_its_post_roll() {
        check(
            r#"
[[camera]]
name = "door"
source = "demo:"
max_event = "10s"
[[camera]]
name = "yard"
source = "demo:"
post_roll = "5m"
"#,
            r#"
5:13: camera[0].max_event = "10s": must be longer than post_roll, which is 10s
9:13: camera[1].post_roll = "5m": must be shorter than max_event, which is 5m
"#,
        );
    }

    #[test]
    fn a_size_needs_its_unit_and_its_limit() {
        check(
            r#"
[store]
min_free = "1"
[[camera]]
name = "door"
source = "demo:"
max_size = "99MB"
[[camera]]
name = "yard"
source = "demo:"
max_size = 20
[[camera]]
name = "attic"
source = "demo:"
max_size = "20 apples"
"#,
            r#"
3:12: store.min_free = "1": write a unit, such as "1GB"
7:12: camera[0].max_size = "99MB": must be at least 100MB; for no limit leave the key out
11:12: camera[1].max_size = 20: write a unit, in quotes, such as "20GB"
15:12: camera[2].max_size = "20 apples": write a size such as "500MB", "20GB", "1TB" or "512MiB"
"#,
        );
    }

    #[test]
    fn words_numbers_addresses_and_names_are_told_with_what_is_allowed() {
        check(
            r#"
[server]
listen = "8443"
data_dir = ""
time_zone = "../../etc/passwd"
[store]
sync = "always"
[[camera]]
name = "front door"
source = "demo:"
record = true
[camera.motion]
min_area = 1.5
min_pixel_delta = 0.5
"#,
            r#"
3:10: server.listen = "8443": must be an address and a port in quotes, such as "127.0.0.1:8443" (this machine only), "0.0.0.0:8443" (the whole network) or "[::]:8443"
4:12: server.data_dir = "": must be a path in quotes
5:13: server.time_zone = "../../etc/passwd": must be the name of a time zone in quotes, such as "Europe/Berlin" or "UTC"
7:8: store.sync = "always": must be one of "fragment", "close"
9:8: camera[0].name = "front door": must be 1 to 64 letters (a-z, A-Z), digits, '-' and '_' in quotes, such as "front-door"
11:10: camera[0].record = true: must be one of "events", "continuous", "photos", "off"
13:12: camera[0].motion.min_area = 1.5: must be a number from 0 to 1 without quotes, such as 0.002
14:19: camera[0].motion.min_pixel_delta = 0.5: must be a whole number from 0 to 255 without quotes, such as 15
"#,
        );
    }

    #[test]
    fn both_names_of_one_key_are_one_too_many() {
        check(
            r#"
[[camera]]
name = "door"
source = "demo:"
motion = { min_area = 0.1, min_trigger_area = 0.1 }
"#,
            r"
5:47: camera[0].motion.min_trigger_area = 0.1: is the older name of min_area, which line 5 gives; write one
",
        );
    }

    #[test]
    fn a_camera_needs_a_name_of_its_own_and_a_source() {
        check(
            r#"
[[camera]]
[[camera]]
name = "Door"
source = "demo:"
[[camera]]
name = "door"
source = "demo:"
"#,
            r#"
2:1: camera[0]: name is missing; write name = "door"
2:1: camera[0]: source is missing; write source = "rtsp://192.168.1.20/stream1"
7:8: camera[2].name = "door": camera[1].name on line 4 is that name already (a and A are the same)
"#,
        );
    }

    #[test]
    fn a_table_is_no_value_and_a_value_no_table() {
        check(
            r#"
server = 1
camera = [2]
store.sync = { at = "close" }
"#,
            r#"
2:10: server: must be a table; write [server] on a line of its own
3:11: camera[0]: write [[camera]] on a line of its own before each camera
4:14: store.sync = { at = "close" }: must be one of "fragment", "close"
"#,
        );
        check(
            "[camera]\n",
            "\n1:1: camera: write [[camera]] on a line of its own before each camera\n",
        );
    }

    #[test]
    fn a_certificate_needs_its_key_and_a_password_its_user() {
        check(
            r#"
[server]
certificate = "a.pem"
[[camera]]
name = "door"
source = "rtsp://door/"
password = "rosebud"
"#,
            r#"
3:15: server.certificate = "a.pem": needs key too, the private key of the certificate
7:12: camera[0].password: needs user too, the name of the camera's account
"#,
        );
        check(
            "[server]\nkey = \"a.pem\"",
            "\n2:7: server.key = \"a.pem\": needs certificate too, the certificate of the key\n",
        );
    }

    #[test]
    fn a_source_is_one_of_a_few_forms() {
        let forms = r#"allowed are "rtsp://HOST/PATH" and "rtsps://HOST/PATH", "http://HOST/PATH" and "https://HOST/PATH", "onvif://HOST", "file:CLIP.mp4" ("file:CLIP.mp4?loop" to play it again and again, "?speed=8" or "?loop&speed=max" to play it faster), "rpicam:" or "rpicam:1", "v4l2:/dev/video0", "demo:""#;
        let options = "after the ? of a file write loop, speed=8 or loop&speed=8";
        let speed =
            "after speed= write a number from 0.1 to 100, or max for as fast as it can be read";
        let device = "write the whole path of the device, such as \"v4l2:/dev/video0\"";
        for (source, problem) in [
            ("rosebud", format!("is no source; {forms}")),
            ("srt://anna:rosebud@door/", format!("srt: is not supported; {forms}")),
            ("rtsp:///rosebud", "has no host; write rtsp://HOST/PATH".to_owned()),
            ("rtsps:///rosebud", "has no host; write rtsps://HOST/PATH".to_owned()),
            ("http:///rosebud/x", "has no host; write http://HOST/PATH".to_owned()),
            ("https:rosebud", "has no host; write https://HOST/PATH".to_owned()),
            ("onvif:", "has no host; write onvif://HOST/PATH".to_owned()),
            (
                "onvif://door?token=rosebud",
                "after the ? write profile=NAME, and nothing else".to_owned(),
            ),
            (
                "onvif://door?profile=",
                "after the ? write profile=NAME, and nothing else".to_owned(),
            ),
            ("file:", "write the path of a file, such as \"file:/clips/door.mp4\"".to_owned()),
            ("file:?loop", "write the path of a file, such as \"file:/clips/door.mp4\"".to_owned()),
            ("file:a.mp4?looop", options.to_owned()),
            ("file:a.mp4?loop&fast=1", options.to_owned()),
            ("file:a.mp4?speed=0.05", speed.to_owned()),
            ("file:a.mp4?speed=101", speed.to_owned()),
            ("file:a.mp4?speed=nan", speed.to_owned()),
            ("file:a.mp4?loop&speed=", speed.to_owned()),
            ("rpicam:one", "write the number of the camera, such as \"rpicam:1\"".to_owned()),
            ("v4l2:video0", device.to_owned()),
            ("file:\\u0000", "must not have line breaks or other control characters".to_owned()),
        ] {
            check(
                &format!("camera = [{{ name = \"door\", source = \"{source}\" }}]"),
                &format!("\n1:37: camera[0].source: {problem}\n"),
            );
        }
    }

    #[test]
    fn sources_and_users_must_fit_each_other() {
        check(
            r#"
[[camera]]
name = "door"
source = "demo:"
detect_source = "rpicam:"
user = "anna"
[[camera]]
name = "yard"
source = "rtsp://bob@yard/"
user = "anna"
"#,
            r#"
5:17: camera[0].detect_source: must be of the same kind as source, demo: and not rpicam:
6:8: camera[0].user = "anna": only a camera on the network has a user, not demo:
10:8: camera[1].user = "anna": source on line 9 names a user already; write one of the two
"#,
        );
    }

    #[test]
    fn keys_must_fit_the_kind_of_source() {
        check(
            r#"
[[camera]]
name = "a"
source = "demo:"
transport = "tcp"
reader = "auto"
audio = false
encode = "keep"
snapshot_interval = "1s"
format = "auto"
onvif = "http://a/"
photos = true
photo_source = "still"
picture = { width = 640, exposure = "sport" }
[[camera]]
name = "b"
source = "rtsp://b"
[camera.picture]
exposure = "sport"
[[camera]]
name = "c"
source = "v4l2:/dev/video0"
picture = { height = 480, brightness = 1 }
"#,
            r#"
5:13: camera[0].transport = "tcp": only sources that begin with rtsp: or onvif: have a transport, not demo:
6:10: camera[0].reader = "auto": only sources that begin with rtsp: or onvif: have a reader, not demo:
7:9: camera[0].audio = false: only sources that begin with rtsp:, onvif: or file: have sound, not demo:
8:10: camera[0].encode = "keep": only sources that begin with rtsp:, onvif:, http: or v4l2: have pictures to encode, not demo:
9:21: camera[0].snapshot_interval = "1s": only a source that begins with http: has a snapshot_interval, not demo:
10:10: camera[0].format = "auto": only a source that begins with v4l2: has a format, not demo:
11:9: camera[0].onvif: only sources that begin with rtsp:, onvif: or http: have an ONVIF device service, not demo:
13:16: camera[0].photo_source = "still": only an rpicam: camera takes photos itself, not demo:; write "stream"
14:21: camera[0].picture.width = 640: only the pictures of an rpicam: or v4l2: camera can be set, not of demo:
14:37: camera[0].picture.exposure = "sport": only the pictures of an rpicam: camera can be set, not of demo:
19:12: camera[1].picture.exposure = "sport": only the pictures of an rpicam: camera can be set, not of rtsp:
23:22: camera[2].picture.height = 480: width and height go together; write both or none
23:40: camera[2].picture.brightness = 1: only the pictures of an rpicam: camera can be set, not of v4l2:
"#,
        );
    }

    #[test]
    fn an_encrypted_camera_is_read_in_one_way_only() {
        check(
            r#"
[[camera]]
name = "a"
source = "rtsp://a"
detect_source = "rtsps://a"
transport = "udp"
reader = "built-in"
"#,
            r#"
6:13: camera[0].transport = "udp": the pictures of an rtsps:// camera travel by "tcp" only
7:10: camera[0].reader = "built-in": an rtsps:// camera is read by "ffmpeg" only
"#,
        );
    }

    #[test]
    fn ways_of_recording_must_fit_each_other() {
        check(
            r#"
[[camera]]
name = "a"
source = "demo:"
cooldown = "1m"
photo_interval = "1s"
photo_count = 1
photo_size = "full"
photo_source = "stream"
[[camera]]
name = "b"
source = "demo:"
record = "continuous"
clip = "5s"
post_roll = "5s"
[[camera]]
name = "c"
source = "demo:"
record = "photos"
clip = "5s"
photos = false
[[camera]]
name = "d"
source = "demo:"
record = "off"
clip = "5s"
photos = true
timelapse = "10s"
[[camera]]
name = "e"
source = "demo:"
clip = "6m"
photos = false
photo_count = 1
alarms = ["black"]
no_pictures_after = "20s"
"#,
            r#"
5:12: camera[0].cooldown = "1m": needs clip too, the length of each clip
6:18: camera[0].photo_interval = "1s": needs photos = true, or record = "photos"
7:15: camera[0].photo_count = 1: needs photos = true, or record = "photos"
8:14: camera[0].photo_size = "full": needs photos = true, or record = "photos"
9:16: camera[0].photo_source = "stream": needs photos = true, or record = "photos"
14:8: camera[1].clip = "5s": record = "continuous" keeps everything, and no clips; for clips alone write record = "events", for everything leave clip out
15:13: camera[1].post_roll = "5s": means nothing to the clip of line 14, which says how long it is
20:8: camera[2].clip = "5s": record = "photos" keeps no video; for clips and photos write record = "events" and photos = true
21:10: camera[2].photos = false: record on line 19 is "photos"; leave photos out, or write another record
26:8: camera[3].clip = "5s": record = "off" keeps nothing; write record = "events"
27:10: camera[3].photos = true: record = "off" takes none; for photos without video write record = "photos"
32:8: camera[4].clip = "6m": must not be longer than max_event, which is 5m
34:15: camera[4].photo_count = 1: needs photos = true, or record = "photos"
36:21: camera[4].no_pictures_after = "20s": needs "no_pictures" in alarms
"#,
        );
    }

    #[test]
    fn new_ways_of_recording_have_their_limits() {
        check(
            r#"
[store]
audio = "no"
video_name = "%Y%m%d.mp4"
photo_name = "a/b.jpg"
[[camera]]
name = "a"
source = "http://a"
snapshot_interval = "99ms"
clip = "0s"
cooldown = "25h"
photos = 1
photo_interval = "999ms"
photo_count = 0
photo_size = "63x64"
photo_source = "film"
timelapse = "61m"
text_on_pictures = "yes"
alarms = ["blue"]
no_pictures_after = "1s"
[[camera]]
name = "b"
source = "rtsp://b"
transport = "sctp"
reader = "vlc"
audio = 1
encode = "h265"
format = "nv12"
onvif = "192.168.1.20"
record = "sometimes"
photo_count = 1001
photo_size = "1024x10001"
alarms = "black"
"#,
            r#"
3:9: store.audio = "no": must be true or false without quotes
4:14: store.video_name = "%Y%m%d.mp4": must hold the year (%Y or %y), the month and the day (%m and %d, or %j), the hour (%H), the minute (%M) and the second (%S)
5:14: store.photo_name = "a/b.jpg": must be the name of a file, without a folder
9:21: camera[0].snapshot_interval = "99ms": must be between 100ms and 1h
10:8: camera[0].clip = "0s": must be between 1s and 10m
11:12: camera[0].cooldown = "25h": must be between 0s and 1d
12:10: camera[0].photos = 1: must be true or false without quotes
13:18: camera[0].photo_interval = "999ms": must be between 1s and 1h
14:15: camera[0].photo_count = 0: must be a whole number from 1 to 1000 without quotes, such as 10
15:14: camera[0].photo_size = "63x64": must be "full", or the greatest width and height in pixels, each from 64 to 10000, such as "1024x768"
16:16: camera[0].photo_source = "film": must be one of "stream", "still"
17:13: camera[0].timelapse = "61m": must be between 1s and 1h
18:20: camera[0].text_on_pictures = "yes": must be true or false without quotes
19:10: camera[0].alarms = ["blue"]: must be a list of some of "no_pictures", "frozen", "black", "white", "covered", "defocused", "moved", "slow", such as ["no_pictures", "frozen"], or [] for none
20:21: camera[0].no_pictures_after = "1s": must be between 2s and 1h
24:13: camera[1].transport = "sctp": must be one of "tcp", "udp"
25:10: camera[1].reader = "vlc": must be one of "auto", "built-in", "ffmpeg"
26:9: camera[1].audio = 1: must be true or false without quotes
27:10: camera[1].encode = "h265": must be one of "h264", "keep"
28:10: camera[1].format = "nv12": must be one of "auto", "h264", "mjpeg", "yuyv"
29:9: camera[1].onvif: write the address of the camera's device service, such as "http://192.168.1.20/onvif/device_service"
30:10: camera[1].record = "sometimes": must be one of "events", "continuous", "photos", "off"
31:15: camera[1].photo_count = 1001: must be a whole number from 1 to 1000 without quotes, such as 10
32:14: camera[1].photo_size = "1024x10001": must be "full", or the greatest width and height in pixels, each from 64 to 10000, such as "1024x768"
33:10: camera[1].alarms = "black": must be a list of some of "no_pictures", "frozen", "black", "white", "covered", "defocused", "moved", "slow", such as ["no_pictures", "frozen"], or [] for none
"#,
        );
    }

    #[test]
    fn settings_of_the_picture_have_their_limits_and_fit_each_other() {
        check(
            r#"
[[camera]]
name = "a"
source = "rpicam:"
[camera.picture]
width = 641
height = true
frame_rate = "fast"
bit_rate = "51Mbit"
rotation = 90
hflip = "yes"
white_balance = "1,33"
shutter = "5s"
region = "0.5,0.5,0.6,0.5"
autofocus = [1]
hdr = "on"
[[camera]]
name = "b"
source = "rpicam:"
picture = { frame_rate = 120, shutter = "9ms" }
"#,
            r#"
6:9: camera[0].picture.width = 641: must be an even number of pixels from 64 to 4096
7:10: camera[0].picture.height = true: must be an even number of pixels from 64 to 4096
8:14: camera[0].picture.frame_rate = "fast": must be a number from 1 to 120
9:12: camera[0].picture.bit_rate = "51Mbit": must be a bit rate from "100kbit" to "50Mbit" a second
10:12: camera[0].picture.rotation = 90: must be one of "0", "180"
11:9: camera[0].picture.hflip = "yes": must be one of "false", "true"
12:17: camera[0].picture.white_balance = "1,33": must be one of "auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy", or the gains of red and blue from 0.1 to 32, such as "1.8,1.5"
13:11: camera[0].picture.shutter = "5s": must be a time from "10us" to "1000ms", such as "8ms" or "500us", or "auto"
14:10: camera[0].picture.region = "0.5,0.5,0.6,0.5": must be left edge, upper edge, width and height within the picture as shares of it, such as "0.25,0.25,0.5,0.5", or "full"
15:13: camera[0].picture.autofocus = [1]: must be a number, true or false, or a word in quotes
16:7: camera[0].picture.hdr = "on": must be one of "off", "auto", "sensor", "single-exp"
20:41: camera[1].picture.shutter = "9ms": must not be longer than a picture lasts, which at a frame_rate of 120 is 8333us
"#,
        );
    }

    #[test]
    fn a_secret_that_is_not_there_is_told_by_its_name() {
        check(
            r#"
[server]
data_dir = "${LOST}/${GONE}"
time_zone = "${open"
[[camera]]
name = "door"
source = "rtsp://anna:${LOST}@door/"
[[camera]]
name = "yard"
source = "rtsp://yard/"
user = "anna"
password = "file:/run/lost"
"#,
            r#"
3:12: server.data_dir = "${LOST}/${GONE}": the environment variable LOST cannot be read: it is not there; the environment variable GONE cannot be read: it is not there
4:13: server.time_zone = "${open": write the name of an environment variable as ${NAME} (letters, digits and _); for ${ itself write $${
7:10: camera[0].source: the environment variable LOST cannot be read: it is not there
12:12: camera[1].password: the file /run/lost cannot be read: it is not there
"#,
        );
    }
}

mod secrets {
    use super::*;
    use crate::Secret;

    /// Odd characters, as passwords have them.
    const ODD: &str = "p@ss:w/o#r%d? ü";

    #[test]
    fn a_password_with_odd_characters_may_be_written_in_many_ways() {
        for written in [
            r#"source = "rtsp://anna:p%40ss%3Aw%2Fo%23r%25d%3F%20%C3%BC@door:8554/one?two=3""#,
            r#"source = "rtsp://anna:${ODD}@door:8554/one?two=3""#,
            "source = \"rtsp://door:8554/one?two=3\"\nuser = \"anna\"\npassword = \"p@ss:w/o#r%d? ü\"",
            "source = \"rtsp://door:8554/one?two=3\"\nuser = \"anna\"\npassword = \"${ODD}\"",
            "source = \"rtsp://door:8554/one?two=3\"\nuser = \"anna\"\npassword = \"file:/run/odd\"",
        ] {
            let text = format!("[[camera]]\nname = \"door\"\n{written}\n");
            let source = good(&text).cameras.remove(0).source;
            let Source::Rtsp(Rtsp { url, credentials, .. }) = source else { panic!("{source:?}") };
            assert_eq!(url.expose().as_str(), "rtsp://door:8554/one?two=3", "{written}");
            let password = Secret::new(ODD.to_owned());
            assert_eq!(credentials, Some(Credentials { user: "anna".to_owned(), password }));
        }
    }

    #[test]
    fn the_detection_stream_logs_in_as_the_main_one() {
        let text = r#"
[[camera]]
name = "door"
source = "rtsp://door/1"
detect_source = "rtsp://door/2"
user = "anna"
"#;
        let shown = format!("{:?}", good(text).cameras[0].detect_source);
        assert_eq!(
            shown,
            r#"Some(Rtsp(Rtsp { url: "rtsp://door/2", credentials: Some(Credentials { user: "anna", password: <secret> }), transport: Tcp, reader: Auto, sound: false, encode: H264 }))"#,
        );
    }

    #[test]
    fn secrets_in_a_path_or_a_query_are_not_shown() {
        for (source, shown) in [
            (
                "rtsp://door/user=anna&password=rosebud&channel=1",
                "rtsp://door/user=anna&password=***&channel=1",
            ),
            (
                "rtsp://door/user=anna_Password=rosebud_channel=1?x",
                "rtsp://door/user=anna_Password=***?x",
            ),
            ("rtsp://door/live?token=rosebud", "rtsp://door/live?token=***"),
            ("rtsp://door/live/${BUD}?channel=1", "rtsp://door/live/***?channel=1"),
            ("rtsp://anna:${BUD}@door/", "rtsp://door/"),
            ("${URL}", "rtsp://***"),
        ] {
            let text = format!("[[camera]]\nname = \"door\"\nsource = \"{source}\"\n");
            let config = good(&text);
            let Source::Rtsp(Rtsp { url, .. }) = &config.cameras[0].source else {
                panic!("{config:?}")
            };
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{config:?}").contains("rosebud"), "{config:?}");
        }
    }

    #[test]
    fn every_address_hides_its_secrets() {
        for (source, shown) in [
            ("rtsps://a:rosebud@door/1?token=rosebud", "rtsps://door/1?token=***"),
            ("http://a:rosebud@door/cgi?pwd=rosebud&x=1", "http://door/cgi?pwd=***&x=1"),
            ("https://door/${BUD}", "https://door/***"),
            ("onvif://a:rosebud@door/pass=rosebud", "http://door/pass=***"),
            ("onvif://a:${BUD}@door:8000", "http://door:8000/onvif/device_service"),
        ] {
            let text = format!("[[camera]]\nname = \"door\"\nsource = \"{source}\"\n");
            let config = good(&text);
            let url = match &config.cameras[0].source {
                Source::Rtsp(Rtsp { url, .. })
                | Source::Http(Http { url, .. })
                | Source::Onvif(OnvifSource { url, .. }) => url,
                other => panic!("{other:?}"),
            };
            assert_eq!(url.to_string(), shown);
            let credentials = config.cameras[0].source.credentials();
            assert_eq!(credentials.is_some(), source.contains('@'), "{source}");
            assert!(!format!("{config:?}").contains("rosebud"), "{config:?}");
        }
    }

    #[test]
    fn an_address_that_was_found_is_shown_like_one_that_was_written() {
        let url = "rtsp://anna:rosebud@door/1?token=rosebud".parse().unwrap();
        let url = CameraUrl::new(url);
        assert_eq!(url.to_string(), "rtsp://door/1?token=***");
        assert_eq!(url.expose().as_str(), "rtsp://door/1?token=rosebud");
    }

    #[test]
    fn each_camera_on_the_network_has_a_user() {
        for source in ["rtsp://door", "rtsps://door", "http://door", "https://door", "onvif://door"]
        {
            let text = format!(
                "[[camera]]\nname = \"door\"\nsource = \"{source}\"\nuser = \"anna\"\n\
                 password = \"${{ODD}}\"\n"
            );
            let password = Secret::new(ODD.to_owned());
            let credentials = Credentials { user: "anna".to_owned(), password };
            assert_eq!(good(&text).cameras[0].source.credentials(), Some(&credentials));
        }
    }

    #[test]
    fn a_device_service_logs_in_as_its_camera_unless_it_names_its_own() {
        let user = |lines: &str| {
            let onvif =
                good(&format!("[[camera]]\nname = \"a\"\n{lines}")).cameras[0].onvif.clone();
            let onvif = onvif.expect("the camera has a device service");
            (onvif.url.to_string(), onvif.credentials.map(|credentials| credentials.user))
        };
        let door = |user: &str| ("http://door/x".to_owned(), Some(user.to_owned()));
        for (lines, expected) in [
            ("source = \"rtsp://b@door\"\nonvif = \"http://door/x\"", door("b")),
            ("source = \"rtsp://b@door\"\nonvif = \"http://c:rosebud@door/x\"", door("c")),
            ("source = \"rtsp://b@door\"\nonvif = \"http://door/x\"\nuser = \"d\"", door("d")),
            ("source = \"onvif://b@door/y\"\nonvif = \"http://door/x\"", door("b")),
            ("source = \"onvif://b@door/x\"", door("b")),
        ] {
            assert_eq!(user(lines), expected, "{lines}");
        }
    }

    #[test]
    fn no_fault_and_no_excerpt_shows_a_secret() {
        for text in [
            "[[camera]]\nsource = \"rosebud\"",
            "[[camera]]\nsource = \"srt://a:rosebud@door/\"",
            "[[camera]]\nsource = \"http://a:rose/bud@door/\"",
            "[[camera]]\nsource = \"onvif://a:rosebud@do or/\"",
            "[[camera]]\nonvif = \"rosebud\"",
            "[[camera]]\nonvif = \"http://a:rosebud@do or/\"",
            "[[camera]]\nonvif = [\"http://a:rosebud@door/\"]",
            "[[camera]]\nalarms = [\"${BUD}\"]",
            "[[camera]]\nsource = \"rtsps://a:rosebud@door/\"\nreader = \"built-in\"",
            "[[camera]]\nsource = \"rtsp://a:rose/bud@door/\"",
            "[[camera]]\nsource = \"rtsp://a:rosebud@do or/\"",
            "[[camera]]\nsource = \"rtsp://a:%zzrosebud@door/\"",
            "[[camera]]\nsource = \"${BUD}\"",
            "[[camera]]\nsource = \"${BUD}:\"",
            "[[camera]]\npassword = \"rosebud\"",
            "[[camera]]\npassword = [\"rosebud\"]",
            "[[camera]]\npasword = \"rosebud\"",
            "[[camera]]\nuser = \"${BUD}\"",
            "[[camera]]\npre_roll = \"${BUD}\"",
            "[[camera]]\nname = \"${BUD}!\"",
            "[server]\nlisten = \"${BUD}\"",
            "[[camera]]\npassword = rosebud",
            "[[camera]]\npassword = \"rosebud",
            "[[camera]]\npassword = \"\"\"\nrosebud\n",
            "[[camera]]\nsource = \"rtsp://a:rosebud@door/",
            "camera = [{ password = \"rosebud\", pre_roll = 5 }]",
            "[[camera]]\npassword \"rosebud\"",
        ] {
            let faults = Config::read(text, &mut look_up).unwrap_err();
            assert!(!faults.is_empty());
            for fault in &faults {
                let shown = format!("{fault} {fault:?} {:?}", fault.excerpt(text));
                assert!(!shown.contains("bud"), "{text:?}: {shown}");
            }
        }
    }

    #[test]
    fn an_excerpt_points_at_the_place() {
        for (text, excerpt) in [
            ("[store]\n\tsync = \"ünd\" # why", "\tsync = \"ünd\"…\n\t       ^^^^^"),
            ("[server]\nlisten = 1", "listen = 1\n         ^"),
            ("[server]\nlissten = 1", "lissten…\n^^^^^^^"),
            ("[store]\nsync = always # ?", "sync = always # ?\n       ^^^^^^"),
        ] {
            let faults = Config::read(text, &mut look_up).unwrap_err();
            assert_eq!(faults[0].excerpt(text).as_deref(), Some(excerpt));
        }
    }

    #[test]
    fn a_dollar_can_be_meant_as_one() {
        let config = good("[server]\ndata_dir = \"/a$b/$${ODD}/${DIR}\"");
        assert_eq!(config.server.data_dir, PathBuf::from("/a$b/${ODD}/${ODD}"));
    }
}

mod good {
    use super::*;
    use crate::{Fraction, Tuning};

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config {
            server: Server {
                listen: "127.0.0.1:8443".parse().unwrap(),
                data_dir: "/var/lib/watchpost".into(),
                time_zone: None,
                certificate: None,
            },
            store: Store {
                sync: Sync::Fragment,
                min_free: ByteSize::from_bytes(1_000_000_000),
                audio: true,
                video_name: NameTemplate::video("%Y%m%d_%H%M%S.mp4").unwrap(),
                photo_name: NameTemplate::photo("capture_%Y%m%d_%H%M%S.jpg").unwrap(),
            },
            detector: None,
            cameras: vec![],
            mqtt: None,
            sensors: vec![],
            lights: vec![],
            servos: vec![],
            outputs: vec![],
        };
        assert_eq!(good(""), config);
        assert_eq!(good(&example()), config);
    }

    #[test]
    fn every_key_is_read() {
        let config = good(
            r#"
[server]
listen = "[::]:443"
data_dir = "data"
time_zone = "Europe/Berlin"
certificate = "a.pem"
key = "b.pem"
[store]
sync = "close"
min_free = "1.5GiB"
audio = true
video_name = "{camera} %Y-%j %H.%M.%S.mp4"
photo_name = "%y%m%d%H%M%S.jpg"
[[camera]]
name = "door"
source = "file:clips/door?.mp4?loop&speed=8"
detect_source = "file:///clips/small.mp4"
audio = true
record = "continuous"
photos = true
photo_interval = "1s"
photo_count = 1000
photo_size = "1024x768"
photo_source = "stream"
timelapse = "1h"
text_on_pictures = true
alarms = ["black", "no_pictures"]
no_pictures_after = "2s"
pre_roll = "0s"
post_roll = "1m 30s"
max_event = "1h"
keep = "forever"
max_size = "100 mb"
[camera.motion]
min_trigger_area = 1
min_pixel_delta = 0xFF
"#,
        );
        let (min_area, min_pixel_delta) = (Some(Fraction::ALL), Some(255));
        let tuning = Tuning { min_area, min_pixel_delta, ..Tuning::default() };
        let door = Camera {
            name: "door".parse().unwrap(),
            source: Source::File(File {
                path: "clips/door?.mp4".into(),
                repeat: true,
                speed: Speed::Times(8.0),
                sound: true,
            }),
            detect_source: Some(Source::File(File {
                path: "/clips/small.mp4".into(),
                repeat: false,
                speed: Speed::Times(1.0),
                sound: false,
            })),
            record: Record::Continuous,
            detect: Detect::Motion,
            start: Start::Always,
            pre_roll: Duration::ZERO,
            post_roll: Duration::from_secs(90),
            max_event: Duration::from_hours(1),
            keep: Keep::Forever,
            max_size: Some(ByteSize::from_bytes(100_000_000)),
            motion: MotionSettings { tuning, ..MotionSettings::default() },
            objects: crate::ObjectSettings::default(),
            clip: None,
            photos: Some(Photos {
                interval: Duration::from_secs(1),
                count: 1_000,
                size: PhotoSize::Within { width: 1_024, height: 768 },
                taker: PhotoTaker::Stream,
            }),
            timelapse: Some(Duration::from_hours(1)),
            alarms: Alarms {
                kinds: [Ailment::NoPictures, Ailment::Black].into(),
                no_pictures_after: Duration::from_secs(2),
            },
            text_on_pictures: true,
            onvif: None,
        };
        let expected = Config {
            server: Server {
                listen: "[::]:443".parse().unwrap(),
                data_dir: "data".into(),
                time_zone: Some("Europe/Berlin".to_owned()),
                certificate: Some(Certificate { chain: "a.pem".into(), key: "b.pem".into() }),
            },
            store: Store {
                sync: Sync::Close,
                min_free: ByteSize::from_bytes(3 << 29),
                audio: true,
                video_name: NameTemplate::video("{camera} %Y-%j %H.%M.%S.mp4").unwrap(),
                photo_name: NameTemplate::photo("%y%m%d%H%M%S.jpg").unwrap(),
            },
            cameras: vec![door],
            ..good("")
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn what_is_not_said_of_a_camera_is_the_default() {
        let camera = Camera {
            name: "door".parse().unwrap(),
            source: Source::Demo,
            detect_source: None,
            record: Record::Events,
            detect: Detect::Motion,
            start: Start::Always,
            pre_roll: Duration::from_secs(5),
            post_roll: Duration::from_secs(10),
            max_event: Duration::from_mins(5),
            keep: Keep::For(Duration::from_hours(720)),
            max_size: None,
            motion: MotionSettings::default(),
            objects: crate::ObjectSettings::default(),
            clip: None,
            photos: None,
            timelapse: None,
            alarms: Alarms {
                kinds: Ailment::ALL.into(),
                no_pictures_after: Duration::from_secs(10),
            },
            text_on_pictures: false,
            onvif: None,
        };
        assert_eq!(good("[[camera]]\nname = \"door\"\nsource = \"demo:\"").cameras, [camera]);
    }

    #[test]
    fn each_kind_of_source_is_read() {
        let kinds = [
            ("demo:", SourceKind::Demo),
            ("rpicam:", SourceKind::RaspberryPi),
            ("rpicam:1", SourceKind::RaspberryPi),
            ("v4l2:/dev/video0", SourceKind::V4l2),
            ("RTSP://Door", SourceKind::Rtsp),
            ("rtsps://door/1", SourceKind::Rtsp),
            ("http://door/snapshot.jpg", SourceKind::Http),
            ("HTTPS://door/stream", SourceKind::Http),
            ("onvif://door", SourceKind::Onvif),
            ("file:a.mp4", SourceKind::File),
        ];
        for (text, kind) in kinds {
            let source = source(text, "");
            assert_eq!(source.kind(), kind, "{text}");
            let prefix = kind.prefix().trim_end_matches(':');
            assert!(text.to_ascii_lowercase().starts_with(prefix), "{text} {prefix}");
        }
        let Source::RaspberryPi(pi) = source("rpicam:1", "") else { panic!() };
        assert_eq!(pi, RaspberryPi { camera: 1, picture: PictureSettings::default() });
    }

    /// The source of a camera with this source and these keys.
    #[track_caller]
    fn source(text: &str, keys: &str) -> Source {
        let text = format!("[[camera]]\nname = \"a\"\nsource = \"{text}\"\n{keys}");
        good(&text).cameras.remove(0).source
    }

    #[test]
    fn a_file_is_played_as_its_address_says() {
        for (text, path, repeat, speed) in [
            ("a.mp4", "a.mp4", false, Speed::Times(1.0)),
            ("a.mp4?speed=0.1", "a.mp4", false, Speed::Times(0.1)),
            ("a.mp4?speed=max&loop", "a.mp4", true, Speed::Fastest),
            ("///a?loop", "/a", true, Speed::Times(1.0)),
            ("what?.mp4", "what?.mp4", false, Speed::Times(1.0)),
            ("what?/a=b.mp4", "what?/a=b.mp4", false, Speed::Times(1.0)),
        ] {
            let file = File { path: path.into(), repeat, speed, sound: true };
            assert_eq!(source(&format!("file:{text}"), ""), Source::File(file), "{text}");
        }
    }

    #[test]
    fn an_rtsp_camera_is_read_as_its_keys_say() {
        let read = |text: &str, keys: &str| match source(text, keys) {
            Source::Rtsp(rtsp) => (rtsp.transport, rtsp.reader, rtsp.sound, rtsp.encode),
            Source::Onvif(onvif) => (onvif.transport, onvif.reader, onvif.sound, onvif.encode),
            other => panic!("{other:?}"),
        };
        let keys = "transport = \"udp\"\nreader = \"built-in\"\naudio = false\nencode = \"keep\"";
        for text in ["rtsp://door", "onvif://door"] {
            assert_eq!(read(text, ""), (Transport::Tcp, Reader::Auto, true, Encode::H264));
            assert_eq!(read(text, keys), (Transport::Udp, Reader::BuiltIn, false, Encode::Keep));
        }
        let encrypted = (Transport::Tcp, Reader::Ffmpeg, true, Encode::H264);
        assert_eq!(read("rtsps://door", ""), encrypted);
        assert_eq!(read("rtsps://door", "transport = \"tcp\"\nreader = \"auto\""), encrypted);
    }

    #[test]
    fn where_the_store_wants_no_sound_no_camera_has_any() {
        for (store, camera, sound) in [
            ("", "", true),
            ("", "audio = false", false),
            ("[store]\naudio = false", "", false),
            ("[store]\naudio = false", "audio = true", false),
            ("[store]\naudio = true", "audio = true", true),
        ] {
            for source in ["rtsp://door", "onvif://door", "file:a.mp4"] {
                let text = format!(
                    "{store}\n[[camera]]\nname = \"a\"\nsource = \"{source}\"\n\
                     detect_source = \"{source}\"\n{camera}\n"
                );
                let camera = good(&text).cameras.remove(0);
                assert_eq!(camera.source.sound(), sound, "{text}");
                assert!(!camera.detect_source.unwrap().sound(), "{text}");
            }
        }
    }

    #[test]
    fn a_camera_of_jpegs_and_one_of_the_kernel_are_read_as_their_keys_say() {
        let Source::Http(http) =
            source("http://door/", "snapshot_interval = \"100ms\"\nencode = \"keep\"")
        else {
            panic!()
        };
        assert_eq!((http.interval, http.encode), (Duration::from_millis(100), Encode::Keep));
        let keys = "format = \"yuyv\"\npicture = { width = 640, height = 480, frame_rate = 7.5 }";
        let v4l2 = V4l2 {
            device: "/dev/video0".into(),
            format: V4l2Format::Yuyv,
            width: Some(640),
            height: Some(480),
            frame_rate: Some(7.5),
            bit_rate: None,
            encode: Encode::H264,
        };
        assert_eq!(source("v4l2:/dev/video0", keys), Source::V4l2(v4l2));
    }

    #[test]
    fn an_onvif_camera_is_asked_at_its_device_service() {
        for (text, service, profile) in [
            ("onvif://door", "http://door/onvif/device_service", None),
            (
                "onvif://door:8000/?profile=Main%20one",
                "http://door:8000/onvif/device_service",
                Some("Main one"),
            ),
            ("ONVIF://door/dev?profile=1", "http://door/dev", Some("1")),
            ("onvif://[::1]:80", "http://[::1]/onvif/device_service", None),
        ] {
            let Source::Onvif(onvif) = source(text, "") else { panic!() };
            assert_eq!(onvif.url.expose().as_str(), service);
            assert_eq!(onvif.profile.as_deref(), profile, "{text}");
        }
    }

    #[test]
    fn photos_are_taken_by_key_or_by_record() {
        let photos = |keys: &str| {
            good(&format!("[[camera]]\nname = \"a\"\nsource = \"rpicam:\"\n{keys}")).cameras[0]
                .photos
        };
        let defaults = Photos {
            interval: Duration::from_secs(5),
            count: 10,
            size: PhotoSize::Full,
            taker: PhotoTaker::Stream,
        };
        assert_eq!(photos(""), None);
        assert_eq!(photos("photos = false"), None);
        assert_eq!(photos("photos = true"), Some(defaults));
        assert_eq!(photos("record = \"photos\""), Some(defaults));
        assert_eq!(photos("record = \"photos\"\nphotos = true"), Some(defaults));
        let still = Photos { taker: PhotoTaker::Still, ..defaults };
        assert_eq!(photos("photos = true\nphoto_source = \"still\""), Some(still));
    }

    #[test]
    fn a_clip_has_a_length_and_a_cooldown() {
        let clip = |keys: &str| {
            good(&format!("[[camera]]\nname = \"a\"\nsource = \"demo:\"\n{keys}")).cameras[0].clip
        };
        let of = |length, cooldown| {
            let (length, cooldown) = (Duration::from_secs(length), Duration::from_secs(cooldown));
            Some(Clip { length, cooldown })
        };
        assert_eq!(clip("clip = \"5s\""), of(5, 120));
        assert_eq!(clip("clip = \"10m\"\nmax_event = \"10m\"\ncooldown = \"0s\""), of(600, 0));
        // The usual post_roll is as long as this event, and counts for nothing.
        assert_eq!(clip("clip = \"1s\"\nmax_event = \"10s\"\ncooldown = \"1d\""), of(1, 86_400));
    }

    #[test]
    fn alarms_may_be_none_and_come_in_any_order() {
        let alarms = |keys: &str| {
            let text = format!("[[camera]]\nname = \"a\"\nsource = \"demo:\"\n{keys}");
            good(&text).cameras.remove(0).alarms.kinds
        };
        assert!(alarms("alarms = []").is_empty());
        assert_eq!(alarms("alarms = [\"slow\", \"frozen\", \"slow\"]").len(), 2);
        assert_eq!(alarms("").len(), Ailment::ALL.len());
    }

    #[test]
    fn lengths_and_sizes_are_written_as_they_are_read() {
        for text in ["0s", "500ms", "60s", "119s500ms", "2m", "1h30m", "30d"] {
            assert_eq!(amount::length_text(amount::length(text).unwrap()), text);
        }
        for text in ["0B", "1KB", "1500MB", "20GB", "1TB"] {
            assert_eq!(amount::size_text(amount::size(text).unwrap()), text);
        }
    }
}

mod picture {
    use super::super::picture::{
        Autofocus, Exposure, Hdr, Metering, RegionOfInterest, Rotation, WhiteBalance,
    };
    use super::*;

    #[test]
    fn the_file_and_the_page_set_the_same_keys_in_the_same_way() {
        let written = [
            ("width", "1280", "1280"),
            ("height", "720", "720"),
            ("frame_rate", "7.5", "7.5"),
            ("bit_rate", "2.5Mbit", "2.5Mbit"),
            ("rotation", "180", "180"),
            ("hflip", "true", "true"),
            ("vflip", "true", "true"),
            ("exposure", "\"long\"", "long"),
            ("shutter", "\"500us\"", "500us"),
            ("gain", "4", "4"),
            ("ev", "-0.5", "-0.5"),
            ("metering", "\"average\"", "average"),
            ("white_balance", "\"1.8, 1.5\"", "1.8,1.5"),
            ("brightness", "0.2", "0.2"),
            ("contrast", "1.1", "1.1"),
            ("saturation", "0", "0"),
            ("sharpness", "15.99", "15.99"),
            ("denoise", "\"cdn_hq\"", "cdn_hq"),
            ("autofocus", "0.5", "0.5"),
            ("region", "\"0.25, 0.25, 0.5, 0.5\"", "0.25,0.25,0.5,0.5"),
            ("hdr", "\"single-exp\"", "single-exp"),
        ];
        let mut text =
            "[[camera]]\nname = \"a\"\nsource = \"rpicam:\"\n[camera.picture]\n".to_owned();
        let mut set = PictureSettings::default();
        for (key, value, plain) in written {
            let value = if key == "bit_rate" { format!("\"{value}\"") } else { value.to_owned() };
            text.extend([key, " = ", &value, "\n"]);
            set.set(key, plain).unwrap();
        }
        let Source::RaspberryPi(camera) = good(&text).cameras.remove(0).source else { panic!() };
        assert_eq!(camera.picture, set);
        assert_eq!(set.entries(), written.map(|(key, _, plain)| (key, plain.to_owned())));
        let region = RegionOfInterest { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
        assert_eq!(set.region, Some(region));
        assert_eq!(set.white_balance, WhiteBalance::Gains { red: 1.8, blue: 1.5 });
        assert_eq!((set.rotation, set.exposure), (Rotation::Half, Exposure::Long));
        assert_eq!((set.autofocus, set.hdr), (Autofocus::Manual { lens: 0.5 }, Hdr::SingleExp));
        assert_eq!((set.bit_rate, set.metering), (2_500_000, Metering::Average));
        assert_eq!(set.shutter, Some(Duration::from_micros(500)));
    }

    #[test]
    fn what_is_told_can_be_set_again_and_is_the_default_of_the_file() {
        let mut settings = PictureSettings::default();
        let schema = super::super::schema();
        let keys = &schema["properties"]["camera"]["items"]["properties"]["picture"]["properties"];
        assert_eq!(keys.as_object().unwrap().len(), settings.entries().len());
        for (key, value) in settings.entries() {
            settings.set(key, &value).unwrap_or_else(|problem| panic!("{key} {value}: {problem}"));
            let default = keys[key]["default"].to_string();
            assert_eq!(default.trim_matches('"'), value, "{key}");
            for example in keys[key]["examples"].as_array().into_iter().flatten() {
                let example = example.to_string();
                let mut other = PictureSettings::default();
                other.set(key, example.trim_matches('"')).unwrap();
                let told = other.entries().into_iter().find(|(other, _)| *other == key).unwrap().1;
                assert_eq!(told, example.trim_matches('"'), "{key}");
            }
        }
        assert_eq!(settings, PictureSettings::default());
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut settings = PictureSettings::default();
        settings.set("shutter", "33ms").unwrap();
        let before = settings.clone();
        for (key, value, problem) in [
            ("frame_rate", "60", "must not be longer than a picture lasts"),
            ("frame_rate", "0", "must be a number from 1 to 120"),
            ("frame_rate", "inf", "must be a number from 1 to 120"),
            ("brightness", "1.01", "must be a number from -1 to 1"),
            ("contrast", "16", "must be a number from 0 to 15.99"),
            ("ev", "nan", "must be a number from -8 to 8"),
            ("ev", "1e0", "must be a number from -8 to 8"),
            ("gain", "0.9", "must be a number from 1 to 64, or \"auto\""),
            ("bit_rate", "99999", "must be a bit rate from \"100kbit\""),
            ("bit_rate", "1e6", "must be a bit rate from"),
            ("bit_rate", "-1Mbit", "must be a bit rate from"),
            ("shutter", "9us", "must be a time from"),
            ("shutter", "99999999999999999999ms", "must be a time from"),
            ("region", "0,0,1", "must be left edge"),
            ("region", "0,0,1,0", "must be left edge"),
            ("region", "0,0,1,1,1", "must be left edge"),
            ("autofocus", "-1", "must be one of \"default\", \"auto\", \"continuous\", or where"),
            ("rotation", "90", "must be one of \"0\", \"180\""),
            ("width", "62", "must be an even number"),
            ("width", "4098", "must be an even number"),
            ("Width", "640", "unknown key; known here are width, height, frame_rate"),
        ] {
            let refused = settings.set(key, value).unwrap_err();
            assert!(refused.starts_with(problem) || refused.contains(problem), "{key}: {refused}");
            assert_eq!(settings, before, "{key}");
        }
    }

    #[test]
    fn a_bit_rate_is_told_as_it_is_written() {
        let mut settings = PictureSettings::default();
        for (written, bits, told) in [
            ("100kbit", 100_000, "0.1Mbit"),
            ("2550 kbit", 2_550_000, "2550kbit"),
            ("50MBIT", 50_000_000, "50Mbit"),
            ("123456", 123_456, "123456"),
            ("1.2345678Mbit", 1_234_568, "1234568"),
        ] {
            settings.set("bit_rate", written).unwrap();
            assert_eq!(settings.bit_rate, bits);
            let bit_rate = settings.entries().into_iter().find(|(key, _)| *key == "bit_rate");
            assert_eq!(bit_rate.unwrap().1, told);
        }
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    const PIECES: [&str; 24] = [
        "\"",
        "'",
        "\"\"\"",
        "[",
        "]",
        "{",
        "}",
        "=",
        "\n",
        "#",
        "${",
        "}",
        "@",
        "://",
        "%",
        "ü",
        "\0",
        "[[camera]]\n",
        "[camera.motion]\n",
        "rtsp://",
        "file:",
        "-",
        ".",
        "9999999999999999999999",
    ];
    let example: Vec<char> = uncommented().chars().collect();
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    for _ in 0..3_000 {
        let mut text = example.clone();
        for _ in 0..=random(4) {
            let at = random(text.len() + 1);
            let end = (at + random(8)).min(text.len());
            let piece = PIECES[random(PIECES.len())].chars();
            text.splice(at..end, piece);
        }
        let text: String = text.into_iter().collect();
        let read = Config::read(&text, &mut look_up);
        assert!(!format!("{read:?}").contains("sesame"), "{text}");
        for fault in read.err().into_iter().flatten() {
            let place = (fault.line(), fault.column(), fault.excerpt(&text), fault.to_string());
            assert!(text.get(fault.span()).is_some(), "{place:?}");
            assert!(!fault.to_string().contains('\n'), "{place:?}");
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["a = [", "a = {a = ", "a.", "[a.", "a = [{a = "] {
        let text = format!("{}a = 1\n", text.repeat(20_000));
        assert!(Config::read(&text, &mut look_up).is_err());
        let (head, rest) = text.split_at(4);
        assert!(
            Config::read(&format!("{head}{}", rest.replace("a = ", "")), &mut look_up).is_err()
        );
    }
}

/// The example with every key in force.
fn uncommented() -> String {
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
        _ => format!("{line}\n"),
    };
    example().lines().map(uncommented).collect()
}

#[track_caller]
fn good(text: &str) -> Config {
    match Config::read(text, &mut look_up) {
        Ok(config) => config,
        Err(faults) => panic!("{}", told(&faults)),
    }
}

/// Reads `text` and compares all its faults, a line each after an empty one.
#[track_caller]
fn check(text: &str, expected: &str) {
    let faults = Config::read(text, &mut look_up).unwrap_err();
    assert_eq!(format!("\n{}", told(&faults)), expected);
}

fn told(faults: &[Fault]) -> String {
    faults.iter().flat_map(|fault| [fault.to_string(), "\n".to_owned()]).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "as Config::read calls it")]
fn look_up(source: SecretSource) -> Result<String, String> {
    let value = match source.to_string().as_str() {
        "the environment variable ODD" => "p@ss:w/o#r%d? ü",
        "the file /run/odd" => "p@ss:w/o#r%d? ü\n",
        "the environment variable BUD" => "rosebud",
        "the environment variable URL" => "rtsp://anna:rosebud@door/rosebud",
        "the environment variable DIR" => "${ODD}",
        "the environment variable DOOR_PASSWORD" => "open sesame",
        "the environment variable DETECTOR_TOKEN" => "sesame too",
        "the environment variable MQTT_PASSWORD" => "sesame at the broker",
        _ => return Err("it is not there".to_owned()),
    };
    Ok(value.to_owned())
}
