//! `[detector]`: a model or a service.

use std::path::Path;
use std::time::Duration;

use super::objects::{MODEL, problems};
use super::{check, good, told};
use crate::Secret;
use crate::config::detector::{
    Body, ColourOrder, DetectorKind, Engine, Fit, Model, ModelLayout, ModelShape, Protocol, Remote,
};
use crate::config::{Config, SecretSource};

/// What a file with these keys under `[detector]` says of it.
#[track_caller]
fn detector(keys: &str) -> DetectorKind {
    good(&format!("[detector]\n{keys}")).detector.expect("the file has a detector").kind
}

#[test]
fn every_key_of_a_model_is_read() {
    let usual = Model {
        file: "yolox-nano.onnx".into(),
        labels: None,
        engine: Engine::Auto,
        onnxruntime: None,
        threads: 1,
        shape: ModelShape::default(),
    };
    assert_eq!(detector("model = \"yolox-nano.onnx\""), DetectorKind::Model(usual));
    let all = r#"
model = "models/own.onnx"
labels = "own.txt"
engine = "ort"
onnxruntime = "/usr/lib/libonnxruntime.so.1"
threads = 4
layout = "fastestdet"
size = [352, 320]
colour = "bgr"
white = 1
fit = "stretch"
"#;
    let expected = Model {
        file: "models/own.onnx".into(),
        labels: Some("own.txt".into()),
        engine: Engine::Ort,
        onnxruntime: Some("/usr/lib/libonnxruntime.so.1".into()),
        threads: 4,
        shape: ModelShape {
            layout: Some(ModelLayout::FastestDet),
            size: Some((352, 320)),
            colour: Some(ColourOrder::Bgr),
            white: Some(1.0),
            fit: Some(Fit::Stretch),
        },
    };
    assert_eq!(detector(all), DetectorKind::Model(expected));
}

#[test]
fn every_key_of_a_service_is_read() {
    let usual = Remote {
        protocol: Protocol::DeepStack,
        url: "http://192.168.1.9:32168".parse().unwrap(),
        timeout: Duration::from_secs(3),
        every: Duration::ZERO,
        size: 640,
        token: None,
        body: Body::Jpeg,
    };
    let written = "url = \"http://192.168.1.9:32168\"\nprotocol = \"deepstack\"";
    assert_eq!(detector(written), DetectorKind::Remote(usual));
    let all = r#"
url = "HTTPS://example.org/detect?of=all"
protocol = "http"
timeout = "5s"
every = "15s"
image_size = 1280
token = "file:/run/odd"
body = "base64"
"#;
    let expected = Remote {
        protocol: Protocol::Http,
        url: "https://example.org/detect?of=all".parse().unwrap(),
        timeout: Duration::from_secs(5),
        every: Duration::from_secs(15),
        size: 1280,
        token: Some(Secret::new("p@ss:w/o#r%d? ü".to_owned())),
        body: Body::Base64,
    };
    assert_eq!(detector(all), DetectorKind::Remote(expected));
}

#[test]
fn every_word_has_its_meaning() {
    let shape = |key: &str| match detector(&format!("model = \"a\"\n{key}")) {
        DetectorKind::Model(model) => model.shape,
        DetectorKind::Remote(remote) => panic!("{remote:?}"),
    };
    for layout in ModelLayout::ALL {
        assert_eq!(shape(&format!("layout = \"{}\"", layout.word())).layout, Some(layout));
    }
    for (word, fit) in
        [("upper_left", Fit::UpperLeft), ("centre", Fit::Centre), ("stretch", Fit::Stretch)]
    {
        assert_eq!(shape(&format!("fit = \"{word}\"")).fit, Some(fit));
    }
    for (word, colour) in [("rgb", ColourOrder::Rgb), ("bgr", ColourOrder::Bgr)] {
        assert_eq!(shape(&format!("colour = \"{word}\"")).colour, Some(colour));
    }
}

#[test]
fn a_model_is_a_file_or_the_name_of_one_that_was_added() {
    for (written, name) in [
        ("yolox-nano", Some("yolox-nano")),
        ("yolo.v9_t", Some("yolo.v9_t")),
        ("yolox-nano.onnx", None),
        ("YOLOX.ONNX", None),
        ("./yolox", None),
        ("/models/yolox", None),
    ] {
        let DetectorKind::Model(model) = detector(&format!("model = \"{written}\"")) else {
            panic!("{written}")
        };
        assert_eq!(model.file, Path::new(written));
        assert_eq!(model.name(), name, "{written}");
    }
}

#[test]
fn a_detector_is_a_model_or_a_service() {
    check(
        "[detector]\nclasses = [\"person\"]\n",
        "\n1:1: detector: model is missing; write model = \"yolox-nano.onnx\" for a model in a file, or \
         url = \"http://192.168.1.9:32168\" for a service on the network\n",
    );
    check(
        r#"
[detector]
model = "a.onnx"
url = "http://a/"
threads = 2
timeout = "2s"
"#,
        "\n4:7: detector.url: only one of model and url; line 3 gives model\n",
    );
    check(
        r#"
[detector]
model = "a.onnx"
engine = "rten"
onnxruntime = "/usr/lib/libonnxruntime.so"
protocol = "http"
timeout = "2s"
every = "1s"
image_size = 320
token = "rosebud"
body = "jpeg"
"#,
        r#"
5:15: detector.onnxruntime = "/usr/lib/libonnxruntime.so": means nothing to engine = "rten"; write "auto" or "ort"
6:12: detector.protocol = "http": means nothing to a model, which runs here; it goes with url
7:11: detector.timeout = "2s": means nothing to a model, which runs here; it goes with url
8:9: detector.every = "1s": means nothing to a model, which runs here; it goes with url
9:14: detector.image_size = 320: means nothing to a model, which runs here; it goes with url
10:9: detector.token: means nothing to a model, which runs here; it goes with url
11:8: detector.body = "jpeg": means nothing to a model, which runs here; it goes with url
"#,
    );
    check(
        r#"
[detector]
url = "http://a/"
labels = "a.txt"
engine = "auto"
onnxruntime = "b.so"
threads = 1
layout = "yolox"
size = [416, 416]
colour = "rgb"
white = 255
fit = "centre"
"#,
        r#"
3:7: detector.url: needs protocol too: "deepstack" for DeepStack and CodeProject.AI, "http" for what answers {"person_detected": true}
4:10: detector.labels = "a.txt": means nothing to a service, which has its own model; it goes with model
5:10: detector.engine = "auto": means nothing to a service, which has its own model; it goes with model
6:15: detector.onnxruntime = "b.so": means nothing to a service, which has its own model; it goes with model
7:11: detector.threads = 1: means nothing to a service, which has its own model; it goes with model
8:10: detector.layout = "yolox": means nothing to a service, which has its own model; it goes with model
9:8: detector.size = [416, 416]: means nothing to a service, which has its own model; it goes with model
10:10: detector.colour = "rgb": means nothing to a service, which has its own model; it goes with model
11:9: detector.white = 255: means nothing to a service, which has its own model; it goes with model
12:7: detector.fit = "centre": means nothing to a service, which has its own model; it goes with model
"#,
    );
}

#[test]
fn values_of_a_model_have_their_limits() {
    check(
        r#"
[detector]
model = "my model"
labels = ""
engine = "onnx"
onnxruntime = 1
threads = 17
layout = "yolo"
size = [416]
colour = "grey"
white = 0
fit = "crop"
classes = []
min_score = 50
detect_fps = 11
interval = "always"
"#,
        r#"
3:9: detector.model = "my model": must be the path of an ONNX file in quotes, such as "yolox-nano.onnx", or the name of a model that was added, without .onnx: 1 to 64 letters, digits, '-', '_' and '.'
4:10: detector.labels = "": must be a path in quotes
5:10: detector.engine = "onnx": must be one of "auto", "rten", "ort"
6:15: detector.onnxruntime = 1: must be a path in quotes
7:11: detector.threads = 17: must be a whole number from 1 to 16 without quotes, such as 2
8:10: detector.layout = "yolo": must be one of "yolox", "yolov5", "yolov8", "end_to_end", "fastestdet", "nanodet"
9:8: detector.size = [416]: must be the width and the height of the model's input in pixels, each from 32 to 2048, such as [416, 416]
10:10: detector.colour = "grey": must be one of "rgb", "bgr"
11:9: detector.white = 0: must be a number above 0 up to 255 without quotes; it is 255 or 1 with most models
12:7: detector.fit = "crop": must be one of "upper_left", "centre", "stretch"
13:11: detector.classes = []: must be a list of one class or more in quotes, such as ["person", "car"]
14:13: detector.min_score = 50: must be a number from 0 to 1 without quotes, such as 0.002
15:14: detector.detect_fps = 11: must be a whole number from 1 to 10 without quotes, such as 5
16:12: detector.interval = "always": write a length of time such as "500ms", "5s", "1m30s", "2h" or "30d" (or "never")
"#,
    );
    for (key, value) in [
        ("model", "\"yolov8n.pt\""),
        ("model", "\"/models/yolox.PARAM\""),
        ("model", "\".hidden\""),
        ("model", "true"),
        ("threads", "0"),
        ("size", "[31, 416]"),
        ("size", "[416, 2049]"),
        ("size", "416"),
        ("white", "256"),
        ("white", "nan"),
        ("detect_fps", "0"),
        ("detect_fps", "2.5"),
        ("interval", "\"999ms\""),
        ("interval", "\"61m\""),
        ("classes", "\"person\""),
        ("classes", "[1]"),
        ("classes", "[\"per/son\"]"),
        ("classes", "[\"car\", \"Car\"]"),
    ] {
        let model = if key == "model" { "" } else { "model = \"a\"\n" };
        let refused = problems(&format!("[detector]\n{model}{key} = {value}\n"), "");
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].starts_with(&format!("detector.{key}: ")), "{refused:?}");
    }
    let refused = problems("[detector]\nmodel = \"yolov8n.pt\"\n", "");
    assert!(refused[0].contains("can export it as ONNX"), "{refused:?}");
    let refused = problems(&format!("{MODEL}interval = \"2h\"\n"), "");
    assert_eq!(refused, ["detector.interval: must be between 1s and 1h, or \"never\""]);
    let refused = problems(&format!("{MODEL}classes = [\"car\", \"Car\"]\n"), "");
    assert_eq!(refused, ["detector.classes: has \"car\" twice"]);
}

#[test]
fn values_of_a_service_have_their_limits() {
    check(
        r#"
[detector]
url = "192.168.1.9:32168"
protocol = "grpc"
timeout = "31s"
every = "61m"
image_size = 100
token = 1
body = "form"
"#,
        r#"
3:7: detector.url: write the address of the service, such as "http://192.168.1.9:32168" or "https://example.org/detect"
4:12: detector.protocol = "grpc": must be one of "http", "deepstack"
5:11: detector.timeout = "31s": must be between 1s and 30s
6:9: detector.every = "61m": must be between 0s and 1h
7:14: detector.image_size = 100: must be a whole number from 160 to 1920 without quotes, such as 640
8:9: detector.token: must be text in quotes
9:8: detector.body = "form": must be one of "jpeg", "base64"
"#,
    );
    check(
        "[detector]\nurl = \"http://a\"\nprotocol = \"deepstack\"\nbody = \"base64\"\n",
        "\n4:8: detector.body = \"base64\": means nothing to protocol = \"deepstack\", which says how \
         itself\n",
    );
    for (url, problem) in [
        ("ftp://a/", "write the address of the service"),
        ("", "write the address of the service"),
        ("http://", "write the address of the service"),
        ("https:///detect", "has no host; write https://HOST/PATH"),
        ("http://a b/", "invalid international domain name"),
        ("http://a/#b", "must not have a #"),
        ("http://anna:rosebud@a/", "must not hold a user or a password; write what the service"),
    ] {
        let refused = problems(&format!("[detector]\nurl = \"{url}\"\nprotocol = \"http\"\n"), "");
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].contains(problem), "{url}: {refused:?}");
    }
}

#[test]
fn what_a_service_knows_you_by_is_not_shown() {
    for keys in [
        "url = \"http://a:81/\"\ntoken = \"rosebud\"",
        "url = \"http://a:81/\"\ntoken = \"${BUD}\"",
        "url = \"http://a:81/rosebud?token=rosebud\"",
        "url = \"http://a:81/${BUD}?key=${BUD}\"",
    ] {
        let text = format!("[detector]\n{keys}\nprotocol = \"http\"\n");
        let shown = format!("{:?}", good(&text));
        assert!(!shown.contains("rosebud") && shown.contains("http://a:81"), "{shown}");
        let wrong = text.replace("http://", "ftp://").replace("= \"http\"", "= \"rosebuds\"");
        let faults = Config::read(&wrong, &mut super::look_up).unwrap_err();
        let without_protocol = told(&faults[..1]);
        assert!(!without_protocol.contains("rosebud"), "{without_protocol}");
    }
    let mut no_file = |_: SecretSource| Err("it is not there".to_owned());
    let text = "[detector]\nurl = \"http://a\"\nprotocol = \"http\"\ntoken = \"file:lost\"\n";
    let faults = Config::read(text, &mut no_file).unwrap_err();
    let told = told(&faults);
    assert_eq!(told, "4:9: detector.token: the file lost cannot be read: it is not there\n");
}
