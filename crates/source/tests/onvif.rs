//! Stories of ONVIF cameras, told by `tests/peers/onvif_device.py`: a camera written from the
//! specifications, in the ways of many makers. It says what it saw; a `violation` fails any story.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use url::Url;
use watchpost_model::Secret;
use watchpost_model::config::{
    self, CameraUrl, Config, Credentials, Encode, OnvifSource, Reader, Rtsp, Source, Transport,
};
use watchpost_source::onvif::{self, Encoding, Preset, Problem, Profile, Ptz, Velocity};
use watchpost_source::{Remedy, SourceError};

mod finding {
    use super::*;

    #[tokio::test]
    async fn a_camera_on_the_network_is_found_once_whatever_else_is_said() {
        let camera = Camera::start(&["--discovery", "0", "--noise"]);
        let group = SocketAddr::from(([239, 255, 255, 250], camera.discovery.unwrap()));
        let mut found = onvif::ask(group, Duration::from_secs(2)).await;
        if found.is_empty() {
            eprintln!("no multicast on this machine: the camera is asked by its address instead");
            let single = SocketAddr::from(([127, 0, 0, 1], group.port()));
            found = onvif::ask(single, Duration::from_secs(2)).await;
        }
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].name, "Fake gsoap");
        assert_eq!(found[0].hardware.as_deref(), Some("FK-1"));
        assert_eq!(found[0].location.as_deref(), Some("garden"));
        assert_eq!(found[0].address.port(), camera.address.port());
        camera.end();
    }

    #[tokio::test]
    async fn one_that_answers_to_the_other_question_is_found_at_the_address_it_answers_from() {
        for maker in ["profile-t", "moved"] {
            let camera = Camera::start(&["--maker", maker, "--discovery", "0", "--noise"]);
            let target = SocketAddr::from(([127, 0, 0, 1], camera.discovery.unwrap()));
            let found = onvif::ask(target, Duration::from_secs(1)).await;
            let addresses: Vec<_> = found.iter().map(|device| device.address.as_str()).collect();
            let expected = match maker {
                "moved" => "http://127.0.0.1:8080/onvif/device_service",
                _ => camera.address.as_str(),
            };
            assert_eq!(addresses, [expected]);
            camera.end();
        }
    }

    #[tokio::test]
    async fn where_nobody_is_nobody_is_found() {
        let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(onvif::ask(nobody, Duration::from_millis(300)).await, []);
    }
}

mod streams {
    use super::*;

    #[tokio::test]
    async fn each_maker_s_streams_are_told_at_the_host_that_answers() {
        const TWO: [&str; 2] = [
            "Sub H.264 640x360 10 rtsp://127.0.0.1:554/sub%3C%26%3E?channel=1&subtype=0",
            "Main H.265 2560x1440 20 rtsp://127.0.0.1:554/main?channel=1&subtype=0",
        ];
        const THREE: [&str; 3] = [
            "Main stream H.264 1920x1080 25 rtsp://127.0.0.1:554/MainProfile?channel=1&subtype=0",
            "Sub stream H.264 640x360 15 rtsp://127.0.0.1:554/SubProfile?channel=1&subtype=0",
            "Phone H.264 176x144 5 rtsp://127.0.0.1:554/Tiny?channel=1&subtype=0",
        ];
        const OLD: [&str; 2] = [
            "mpeg4 MPEG4 1280x720 15 rtsp://127.0.0.1:554/0?channel=1&subtype=0",
            "jpeg MJPEG 640x480 10 rtsp://127.0.0.1:554/1?channel=1&subtype=0",
        ];
        for (maker, expected) in [
            ("gsoap", &THREE[..]),
            ("digest", &TWO),
            ("stale", &TWO),
            ("strict", &TWO),
            ("profile-t", &TWO),
            ("must", &TWO),
            ("moved", &THREE),
            ("old", &OLD),
            ("late", &THREE),
            ("fixed", &THREE),
            ("open", &THREE),
        ] {
            let camera = Camera::start(&["--maker", maker]);
            let streams = onvif::streams(&camera.address, Some(login("secret"))).await;
            let told = |p: &Profile| {
                let Profile { name, encoding, width, height, url, .. } = p;
                let fps = p.fps.unwrap_or(0.0);
                format!("{name} {encoding} {width}x{height} {fps} {url}")
            };
            let streams = streams.unwrap_or_else(|error| panic!("{maker}: {error}"));
            assert_eq!(streams.iter().map(told).collect::<Vec<_>>(), expected, "{maker}");
            camera.end();
        }
    }

    #[tokio::test]
    async fn a_camera_with_a_certificate_of_its_own_is_spoken_to() {
        let folder = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed(["camera.invalid".to_owned()]).unwrap();
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&certificate, own.cert.pem()).unwrap();
        std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
        let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
        let camera = Camera::start(&["--tls", files[0], files[1]]);
        assert_eq!(camera.address.scheme(), "https");
        assert_eq!(onvif::streams(&camera.address, Some(login("secret"))).await.unwrap().len(), 3);
        camera.end();
    }

    #[tokio::test]
    async fn a_slow_camera_is_waited_for() {
        let camera = Camera::start(&["--maker", "slow"]);
        let rtsp = onvif::stream_url(&camera.source(None)).await.unwrap();
        assert_eq!(rtsp.url.expose().path(), "/MainProfile");
        camera.end();
    }

    #[tokio::test]
    async fn the_largest_stream_is_taken_or_the_one_that_is_named() {
        let camera = Camera::start(&["--maker", "profile-t"]);
        for (wanted, path) in
            [(None, "/main"), (Some("sub<&>"), "/sub%3C%26%3E"), (Some("sub"), "/sub%3C%26%3E")]
        {
            let source = camera.source(wanted);
            let rtsp = onvif::stream_url(&source).await.unwrap();
            let mut url = camera.address.clone();
            url.set_path(path);
            let url = format!("rtsp://127.0.0.1:554{}?channel=1&subtype=0", url.path());
            let expected = Rtsp {
                url: CameraUrl::new(url.parse().unwrap()),
                credentials: source.credentials,
                transport: Transport::Udp,
                reader: Reader::Ffmpeg,
                sound: true,
                encode: Encode::Keep,
            };
            assert_eq!(rtsp, expected);
        }
        let error = onvif::stream_url(&camera.source(Some("third"))).await.unwrap_err();
        assert_eq!(error.to_string(), "has no profile \"third\" (it has: sub<&>, main)");
        camera.end();
    }

    #[tokio::test]
    async fn a_camera_with_sound_alone_has_no_stream() {
        let camera = Camera::start(&["--maker", "no-video"]);
        let error = onvif::stream_url(&camera.source(None)).await.unwrap_err();
        assert!(matches!(error, SourceError::Onvif(Problem::NoProfile { .. })), "{error}");
        camera.end();
    }
}

mod logins {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_is_off_by_an_hour_does_not_matter() {
        for clock in ["3600", "-3600", "-800000000"] {
            let camera = Camera::start(&["--clock", clock]);
            onvif::streams(&camera.address, Some(login("secret"))).await.unwrap();
            assert_eq!(camera.end_and_count("refused"), 0);
        }
    }

    #[tokio::test]
    async fn a_clock_that_jumps_while_we_are_connected_does_not_matter() {
        let mut camera = Camera::start(&[]);
        let ptz = Ptz::open(&camera.onvif()).await.unwrap();
        camera.command("clock -86400");
        assert_eq!(ptz.presets().await.unwrap().len(), 2);
        assert_eq!(camera.end_and_count("refused"), 1);
    }

    #[tokio::test]
    async fn a_wrong_password_is_told_after_few_tries() {
        for (maker, tries) in [
            ("gsoap", 1),
            ("digest", 1),
            ("strict", 1),
            ("never", 1),
            ("profile-t", 1),
            ("old", 1),
            ("must", 1),
        ] {
            let camera = Camera::start(&["--maker", maker]);
            let error = onvif::streams(&camera.address, Some(login("wrong"))).await.unwrap_err();
            assert!(matches!(error, SourceError::Onvif(Problem::Refused)), "{maker}: {error}");
            assert_eq!(error.remedy(), Remedy::RetrySeldom);
            assert!(error.hint().contains("`user` and `password`"));
            assert_eq!(camera.end_and_count("refused"), tries, "{maker}");
        }
    }

    #[tokio::test]
    async fn odd_passwords_are_sent_whole() {
        let odd = "a\"b\\c<d>&é: '${X}";
        for maker in ["gsoap", "digest"] {
            let arguments = ["--maker", maker, "--user", "o<&>p", "--password", odd];
            let camera = Camera::start(&arguments);
            let password = Secret::new(odd.to_owned());
            let login = Credentials { user: "o<&>p".to_owned(), password };
            onvif::streams(&camera.address, Some(login)).await.unwrap();
            camera.end();
        }
    }

    #[tokio::test]
    async fn a_camera_that_wants_a_login_says_so() {
        for maker in ["gsoap", "digest"] {
            let camera = Camera::start(&["--maker", maker]);
            let error = onvif::streams(&camera.address, None).await.unwrap_err();
            assert!(matches!(error, SourceError::Onvif(Problem::LoginNeeded)), "{error}");
            camera.end();
        }
        let camera = Camera::start(&["--maker", "open"]);
        assert_eq!(onvif::streams(&camera.address, None).await.unwrap().len(), 3);
        camera.end();
    }

    #[tokio::test]
    async fn a_password_is_never_sent_in_plain_text() {
        let camera = Camera::start(&["--maker", "basic"]);
        let error = onvif::streams(&camera.address, Some(login("secret"))).await.unwrap_err();
        assert!(matches!(error, SourceError::Onvif(Problem::Unprotected)), "{error}");
        camera.end();
    }
}

mod nonsense {
    use super::*;

    #[tokio::test]
    async fn what_is_no_camera_is_told_as_such() {
        for (maker, problem) in [
            ("html", "does not speak ONVIF at this address (HTTP 200)"),
            ("error", "does not speak ONVIF at this address (HTTP 404)"),
            ("bomb", "XML with a document type of its own"),
            ("deep", "XML of too many or too deep elements"),
            ("cut", "not XML"),
            ("endless", "an answer without end"),
            ("hangs-up", "cannot be reached"),
            ("silent", "cannot be reached: no answer within 6 s"),
        ] {
            let camera = Camera::start(&["--maker", maker]);
            let began = Instant::now();
            let error = onvif::stream_url(&camera.source(None)).await.unwrap_err();
            assert!(error.to_string().contains(problem), "{maker}: {error}");
            assert!(!error.to_string().contains("127.0.0.1"), "{error}");
            assert!(began.elapsed() < Duration::from_secs(20), "{maker}");
            camera.end();
        }
    }

    #[tokio::test]
    async fn where_nobody_listens_nobody_is_reached() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = format!("http://{nobody}").parse().unwrap();
        let error = onvif::streams(&address, None).await.unwrap_err();
        assert!(error.to_string().contains("refused"), "{error}");
        assert_eq!(error.remedy(), Remedy::RetrySoon);
    }
}

mod movement {
    use super::*;

    const RIGHT: Velocity = Velocity { pan: 0.5, tilt: 0.0, zoom: 0.0 };
    const UP: Velocity = Velocity { pan: 0.0, tilt: 1.0, zoom: 0.0 };

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_movement_ends_at_its_time() {
        for maker in ["gsoap", "digest", "profile-t"] {
            let mut camera = Camera::start(&["--maker", maker]);
            let ptz = Ptz::open(&camera.onvif()).await.unwrap();
            ptz.move_for(RIGHT, Duration::from_millis(400)).await.unwrap();
            let (began, movement) = camera.until("move");
            assert_eq!(movement, "move 0.5 0.0 - PT2S");
            let (ended, _) = camera.until("stop");
            assert!((400..3000).contains(&(ended - began)), "{maker}: {} ms", ended - began);
            ptz.close().await;
            camera.end();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_movement_ends_even_if_the_one_who_wanted_it_leaves() {
        let mut camera = Camera::start(&[]);
        let ptz = Ptz::open(&camera.onvif()).await.unwrap();
        ptz.move_for(RIGHT, Duration::from_mins(1)).await.unwrap();
        camera.until("move");
        drop(ptz);
        camera.until("stop");
        camera.end();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn one_who_leaves_before_the_camera_has_answered_leaves_it_standing_still() {
        let mut camera = Camera::start(&["--maker", "slow"]);
        let ptz = Ptz::open(&camera.onvif()).await.unwrap();
        let impatient = ptz.move_for(RIGHT, Duration::from_secs(1));
        tokio::time::timeout(Duration::from_millis(100), impatient).await.unwrap_err();
        ptz.close().await;
        camera.until("move");
        camera.until("stop");
        camera.end();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_new_movement_takes_the_place_of_the_old() {
        let mut camera = Camera::start(&[]);
        let ptz = Ptz::open(&camera.onvif()).await.unwrap();
        ptz.move_for(RIGHT, Duration::from_millis(1500)).await.unwrap();
        ptz.move_for(UP, Duration::from_secs(40)).await.unwrap();
        camera.until("move 0.5");
        let (_, second) = camera.until("move");
        assert_eq!(second, "move 0.0 1.0 - PT42S");
        ptz.move_for(Velocity { zoom: -3.0, ..UP }, Duration::from_mins(10)).await.unwrap();
        assert_eq!(camera.until("move").1, "move 0.0 1.0 -1.0 PT62S");
        ptz.stop().await.unwrap();
        ptz.close().await;
        assert_eq!(camera.end_and_count("stop"), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_camera_without_timeout_stop_and_zoom_is_moved_and_stopped_all_the_same() {
        let mut camera = Camera::start(&["--maker", "no-timeout"]);
        let ptz = Ptz::open(&camera.onvif()).await.unwrap();
        assert!(ptz.abilities().pan_tilt && !ptz.abilities().zoom);
        ptz.move_for(Velocity { zoom: 1.0, ..RIGHT }, Duration::from_millis(100)).await.unwrap();
        assert_eq!(camera.until("move").1, "move 0.5 0.0 - -");
        assert_eq!(camera.until("move").1, "move 0.0 0.0 - -");
        let zoom = Velocity { zoom: 1.0, ..Velocity::default() };
        let error = ptz.move_for(zoom, Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(error, SourceError::Onvif(Problem::Immovable)), "{error}");
        ptz.close().await;
        camera.end();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn of_a_recorder_s_cameras_the_right_one_is_moved() {
        let camera = Camera::start(&["--maker", "recorder"]);
        let ptz = Ptz::open_at(&camera.onvif(), Some("202")).await.unwrap();
        ptz.home().await.unwrap();
        ptz.close().await;
        let error = Ptz::open_at(&camera.onvif(), Some("Yard")).await.unwrap_err();
        assert!(matches!(error, SourceError::Onvif(Problem::Immovable)), "{error}");
        assert_eq!(camera.end_and_count("home"), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_camera_without_motors_says_so() {
        let camera = Camera::start(&["--maker", "fixed"]);
        let error = Ptz::open(&camera.onvif()).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot be moved by ONVIF");
        camera.end();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn presets_are_kept_visited_and_forgotten() {
        let mut camera = Camera::start(&[]);
        let ptz = Ptz::open(&camera.onvif()).await.unwrap();
        let preset = |token: &str, name: &str| Preset { token: token.into(), name: name.into() };
        let both = [preset("1", "Door"), preset("2", "Gate & <garden>")];
        assert_eq!(ptz.presets().await.unwrap(), both);
        let token = ptz.save_preset("Häuschen <&>").await.unwrap();
        let three = [both[0].clone(), both[1].clone(), preset(&token, "Häuschen <&>")];
        assert_eq!(ptz.presets().await.unwrap(), three);
        let full = ptz.save_preset("another").await.unwrap_err().to_string();
        assert!(full.contains("Maximum number of Presets reached. (TooManyPresets)"), "{full}");
        ptz.go_to(&token).await.unwrap();
        assert_eq!(camera.until("go-to").1, "go-to 3");
        ptz.home().await.unwrap();
        camera.until("home");
        ptz.remove_preset(&token).await.unwrap();
        assert_eq!(ptz.presets().await.unwrap(), both);
        let gone = ptz.go_to(&token).await.unwrap_err().to_string();
        assert!(gone.starts_with("answers GotoPreset with a fault"), "{gone}");
        ptz.close().await;
        camera.end();
    }
}

mod suggestion {
    use super::*;

    #[tokio::test]
    async fn what_is_to_be_pasted_is_a_valid_camera() {
        for (maker, main, detect) in [
            ("gsoap", "MainProfile", Some("SubProfile")),
            ("digest", "main", Some("sub<&>")),
            ("old", "1", None),
        ] {
            let camera = Camera::start(&["--maker", maker]);
            let profiles = onvif::streams(&camera.address, Some(login("secret"))).await.unwrap();
            let table = suggest("2. Tür \"${X}\"\n", &camera.address, &profiles);
            let config = read(&table);
            let [read] = &config.cameras[..] else { panic!("{table}") };
            assert_eq!(read.name.as_str(), "2-t-r-x");
            let source = |source: &Source| match source {
                Source::Onvif(onvif) => {
                    assert_eq!(onvif.url.expose(), &camera.address);
                    let login = onvif.credentials.clone().unwrap();
                    assert_eq!(login.password.expose(), "of CAMERA_2_T_R_X_PASSWORD");
                    assert_eq!(login.user, "ad\"$min");
                    onvif.profile.clone().unwrap()
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(source(&read.source), main);
            assert_eq!(read.detect_source.as_ref().map(source).as_deref(), detect);
            assert!(read.onvif.is_some(), "{table}");
            camera.end();
        }
    }

    #[tokio::test]
    async fn a_recorder_is_several_cameras() {
        let camera = Camera::start(&["--maker", "recorder"]);
        let profiles = onvif::streams(&camera.address, Some(login("secret"))).await.unwrap();
        let config = read(&suggest("NVR", &camera.address, &profiles));
        let profile = |source: &Source| match source {
            Source::Onvif(onvif) => onvif.profile.clone().unwrap(),
            other => panic!("{other:?}"),
        };
        let cameras = config.cameras.iter().map(|camera| {
            let detect = camera.detect_source.as_ref().unwrap();
            format!("{}: {} {}", camera.name, profile(&camera.source), profile(detect))
        });
        assert_eq!(cameras.collect::<Vec<_>>(), ["nvr-1: 101 102", "nvr-2: 201 202"]);
        camera.end();
    }

    #[test]
    fn a_camera_that_wants_https_is_written_with_its_stream() {
        let profile = |encoding, width, url: &str| Profile {
            token: "t".to_owned(),
            name: "n".to_owned(),
            encoding,
            width,
            height: 360,
            fps: None,
            ptz: true,
            video_source: String::new(),
            url: url.parse().unwrap(),
        };
        let device: Url = "https://10.0.0.7/onvif/device_service".parse().unwrap();
        let main = profile(Encoding::H265, 2000, "rtsp://10.0.0.7/${a}?b=1&c=2");
        let sub = profile(Encoding::H264, 640, "rtsp://10.0.0.7/sub");
        let table = suggest("Garden", &device, &[sub.clone(), main.clone()]);
        let config = read(&table);
        let Source::Rtsp(rtsp) = &config.cameras[0].source else { panic!("{table}") };
        assert_eq!(rtsp.url.expose(), &main.url);
        assert_eq!(config.cameras[0].onvif.as_ref().unwrap().url.expose(), &device);
        let none = [profile(Encoding::Other("MPEG4".to_owned()), 640, "rtsp://10.0.0.7/")];
        assert_eq!(onvif::suggestion("Garden", &device, &none, None), None);
        let same = suggest("Garden", &device, &[sub]);
        assert!(!same.contains("detect_source"), "{same}");
    }

    fn suggest(name: &str, device: &Url, profiles: &[Profile]) -> String {
        onvif::suggestion(name, device, profiles, Some("ad\"$min")).unwrap()
    }

    fn read(table: &str) -> Config {
        let mut secrets = |secret: config::SecretSource| match secret {
            config::SecretSource::Environment(name) => Ok(format!("of {name}")),
            config::SecretSource::File(_) => Err("no file is asked for".to_owned()),
        };
        Config::read(table, &mut secrets).unwrap_or_else(|faults| panic!("{table}\n{faults:?}"))
    }
}

/// A running camera.
struct Camera {
    process: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    seen: Vec<String>,
    address: Url,
    discovery: Option<u16>,
}

impl Camera {
    fn start(arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/onvif_device.py");
        let mut process = Command::new("python3")
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let (lines, seen) = (process.stdout.take().unwrap(), Vec::new());
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let commands = process.stdin.take().unwrap();
        let address = "http://unknown".parse().unwrap();
        let mut camera =
            Self { process, commands, lines: receiver, seen, address, discovery: None };
        let ready = loop {
            let line = camera.line();
            if let Some(port) = line.strip_prefix("discovery ") {
                camera.discovery = Some(port.parse().unwrap());
            }
            if let Some(address) = line.strip_prefix("ready ") {
                break address.parse().unwrap();
            }
        };
        camera.address = ready;
        camera
    }

    fn source(&self, profile: Option<&str>) -> OnvifSource {
        OnvifSource {
            url: CameraUrl::new(self.address.clone()),
            credentials: Some(login("secret")),
            profile: profile.map(str::to_owned),
            transport: Transport::Udp,
            reader: Reader::Ffmpeg,
            sound: true,
            encode: Encode::Keep,
        }
    }

    fn onvif(&self) -> config::Onvif {
        config::Onvif {
            url: CameraUrl::new(self.address.clone()),
            credentials: Some(login("secret")),
        }
    }

    fn command(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
        while self.line() != "clock is set" {}
    }

    /// Waits until something happens that begins with `event`: when, in milliseconds, and what.
    fn until(&mut self, event: &str) -> (u64, String) {
        loop {
            let line = self.line();
            if let Some((time, what)) = line.split_once(' ')
                && let Ok(time) = time.parse()
            {
                if what.starts_with(event) {
                    return (time, what.to_owned());
                }
                self.seen.push(what.to_owned());
            }
        }
    }

    fn line(&self) -> String {
        let line = self.lines.recv_timeout(Duration::from_secs(20));
        line.unwrap_or_else(|error| panic!("the camera says nothing: {error}; {:?}", self.seen))
    }

    fn end(self) {
        self.end_and_count("");
    }

    /// How often `event` happened that was not waited for.
    fn end_and_count(self, event: &str) -> usize {
        let Self { mut process, commands, lines, mut seen, .. } = self;
        drop(commands);
        process.wait().unwrap();
        let rest = lines.iter().filter_map(|line| Some(line.split_once(' ')?.1.to_owned()));
        seen.extend(rest);
        let violations: Vec<_> = seen.iter().filter(|what| what.starts_with("violation")).collect();
        assert!(violations.is_empty(), "{violations:#?}");
        seen.iter().filter(|what| what.starts_with(event)).count()
    }
}

fn login(password: &str) -> Credentials {
    Credentials { user: "admin".to_owned(), password: Secret::new(password.to_owned()) }
}
