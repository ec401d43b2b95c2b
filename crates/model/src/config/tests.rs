use serde_json::{Value, json};

use super::*;

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
[serv]
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
[camera.motion.more]
"#,
            r#"
2:1: listen: unknown key; it belongs under [server]
3:2: serv: unknown key; did you mean server?
5:1: server.Listen: unknown key; did you mean listen?
6:1: server.wallpaper: unknown key; known here are listen, data_dir, time_zone, certificate, key
7:1: server."two words": unknown key; known here are listen, data_dir, time_zone, certificate, key
11:1: camera[0].pre-roll: unknown key; did you mean pre_roll?
12:1: camera[0].min_area: unknown key; it belongs under [camera.motion]
14:1: camera[0].motion.keep: unknown key; it belongs under [[camera]]
15:16: camera[0].motion.more: unknown key; known here are min_area, min_trigger_area, min_pixel_delta
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
11:10: camera[0].record = true: must be one of "events", "continuous", "off"
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
        let forms = r#"allowed are "rtsp://HOST/PATH", "file:CLIP.mp4" ("file:CLIP.mp4?loop" to play it again and again), "rpicam:" or "rpicam:1", "v4l2:/dev/video0", "demo:""#;
        for (source, problem) in [
            ("rosebud", format!("is no source; {forms}")),
            ("http://anna:rosebud@door/", format!("http: is not supported; {forms}")),
            (
                "rtsps://door/",
                "rtsps:// is not supported yet; use rtsp:// within your own network".to_owned(),
            ),
            ("rtsp:///rosebud", "has no host; write rtsp://HOST/PATH".to_owned()),
            ("file:", "write the path of a file, such as \"file:/clips/door.mp4\"".to_owned()),
            ("rpicam:one", "write the number of the camera, such as \"rpicam:1\"".to_owned()),
            (
                "v4l2:video0",
                "write the whole path of the device, such as \"v4l2:/dev/video0\"".to_owned(),
            ),
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
6:8: camera[0].user = "anna": only an rtsp: source has a user, not demo:
10:8: camera[1].user = "anna": source on line 9 names a user already; write one of the two
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
            let Source::Rtsp { url, credentials } = source else { panic!("{source:?}") };
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
            r#"Some(Rtsp { url: "rtsp://door/2", credentials: Some(Credentials { user: "anna", password: <secret> }) })"#,
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
            let Source::Rtsp { url, .. } = &config.cameras[0].source else { panic!("{config:?}") };
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{config:?}").contains("rosebud"), "{config:?}");
        }
    }

    #[test]
    fn no_fault_and_no_excerpt_shows_a_secret() {
        for text in [
            "[[camera]]\nsource = \"rosebud\"",
            "[[camera]]\nsource = \"http://a:rosebud@door/\"",
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

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config {
            server: Server {
                listen: "127.0.0.1:8443".parse().unwrap(),
                data_dir: "/var/lib/watchpost".into(),
                time_zone: None,
                certificate: None,
            },
            store: Store { sync: Sync::Fragment, min_free: ByteSize::from_bytes(1_000_000_000) },
            cameras: vec![],
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
[[camera]]
name = "door"
source = "file:clips/door?.mp4?loop"
detect_source = "file:///clips/small.mp4"
record = "continuous"
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
        let door = Camera {
            name: "door".parse().unwrap(),
            source: Source::File { path: "clips/door?.mp4".into(), repeat: true },
            detect_source: Some(Source::File { path: "/clips/small.mp4".into(), repeat: false }),
            record: Record::Continuous,
            pre_roll: Duration::ZERO,
            post_roll: Duration::from_secs(90),
            max_event: Duration::from_hours(1),
            keep: Keep::Forever,
            max_size: Some(ByteSize::from_bytes(100_000_000)),
            motion: Motion { min_area: Fraction::ALL, min_pixel_delta: 255 },
        };
        let certificate = Certificate { chain: "a.pem".into(), key: "b.pem".into() };
        let expected = Config {
            server: Server {
                listen: "[::]:443".parse().unwrap(),
                data_dir: "data".into(),
                time_zone: Some("Europe/Berlin".to_owned()),
                certificate: Some(certificate),
            },
            store: Store { sync: Sync::Close, min_free: ByteSize::from_bytes(3 << 29) },
            cameras: vec![door],
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
            pre_roll: Duration::from_secs(5),
            post_roll: Duration::from_secs(10),
            max_event: Duration::from_mins(5),
            keep: Keep::For(Duration::from_hours(720)),
            max_size: None,
            motion: Motion { min_area: Fraction::new(0.0004).unwrap(), min_pixel_delta: 7 },
        };
        assert_eq!(good("[[camera]]\nname = \"door\"\nsource = \"demo:\"").cameras, [camera]);
    }

    #[test]
    fn each_kind_of_source_is_read() {
        let sources =
            ["demo:", "rpicam:", "rpicam:1", "v4l2:/dev/video0", "RTSP://Door"].map(|text| {
                let text = format!("[[camera]]\nname = \"a\"\nsource = \"{text}\"");
                format!("{:?}", good(&text).cameras[0].source)
            });
        assert_eq!(
            sources,
            [
                "Demo",
                "RaspberryPi { camera: 0 }",
                "RaspberryPi { camera: 1 }",
                "V4l2 { device: \"/dev/video0\" }",
                "Rtsp { url: \"rtsp://Door\", credentials: None }",
            ],
        );
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

mod schema {
    use super::*;

    #[test]
    fn the_example_can_be_uncommented() {
        let config = good(&uncommented());
        assert_eq!(config.cameras.len(), 1);
        assert!(config.server.certificate.is_some());
    }

    #[test]
    fn every_key_has_words_and_a_default_or_an_example() {
        let example = uncommented();
        for (path, schema) in keys() {
            assert!(schema["description"].is_string(), "{path:?}");
            let is_table = schema.get("properties").or(schema.get("items")).is_some();
            let is_old = schema["deprecated"] == true;
            let has_value = schema.get("default").or(schema.get("examples")).is_some();
            assert!(is_table || is_old || has_value, "{path:?}");
            let shown = path.last().is_some_and(|name| example.contains(&format!("\n{name} = ")));
            assert!(is_table || is_old || shown, "{path:?}");
        }
    }

    #[test]
    fn a_default_that_is_written_out_changes_nothing() {
        let camera = "[[camera]]\nname = \"a\"\nsource = \"demo:\"\n";
        for (path, schema) in keys() {
            let Some(default) = schema.get("default") else { continue };
            assert_eq!(good(&setting(&path, default)), good(camera), "{path:?} = {default}");
        }
    }

    #[test]
    fn the_reader_knows_what_the_schema_knows() {
        let known: Vec<String> = keys().into_iter().map(|(path, _)| path.join(".")).collect();
        for (path, schema) in keys() {
            // A key that is read does not put up with a moment.
            let text = setting(&path, &json!("MOMENT")).replace("\"MOMENT\"", "2026-11-21");
            let faults = Config::read(&text, &mut look_up).unwrap_err();
            let at_key = |fault: &&Fault| fault.key().replace("[0]", "") == path.join(".");
            let fault = faults.iter().find(at_key).unwrap_or_else(|| panic!("{text}{faults:?}"));
            assert!(!fault.problem().contains("unknown key"), "{fault}");

            // A table lists what it reads.
            if schema.get("properties").or(schema.get("items")).is_some() {
                let mut path = path.clone();
                path.push("qqqqqqqqqqqq".to_owned());
                let faults = Config::read(&setting(&path, &json!(1)), &mut look_up).unwrap_err();
                let listed =
                    faults.iter().find_map(|fault| fault.problem().split_once("known here are "));
                for name in listed.unwrap().1.split(", ") {
                    path.pop();
                    path.push(name.to_owned());
                    assert!(known.contains(&path.join(".")), "{path:?}");
                }
            }
        }
    }

    /// The path and the schema of every key and table.
    fn keys() -> Vec<(Vec<String>, Value)> {
        fn walk(path: &[String], schema: &Value, keys: &mut Vec<(Vec<String>, Value)>) {
            let table = schema.get("items").unwrap_or(schema);
            for (name, schema) in table["properties"].as_object().into_iter().flatten() {
                let path = [path, std::slice::from_ref(name)].concat();
                keys.push((path.clone(), schema.clone()));
                walk(&path, schema, keys);
            }
        }
        let mut keys = Vec::new();
        walk(&[], &schema(), &mut keys);
        assert!(keys.len() > 20);
        keys
    }

    /// A file with a good camera that sets one key.
    fn setting(path: &[String], value: &Value) -> String {
        let (camera, rest) = match path {
            [camera, rest @ ..] if camera == "camera" && !rest.is_empty() => (true, rest),
            rest => (false, rest),
        };
        let line = format!("{} = {value}\n", rest.join("."));
        let good: String = ["name = \"a\"\n", "source = \"demo:\"\n"]
            .into_iter()
            .filter(|good| !camera || !good.starts_with(&format!("{} =", rest[0])))
            .collect();
        match (camera, rest == ["camera"]) {
            (true, _) => format!("[[camera]]\n{line}{good}"),
            (false, true) => line,
            (false, false) => format!("{line}[[camera]]\n{good}"),
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
        _ => return Err("it is not there".to_owned()),
    };
    Ok(value.to_owned())
}
