//! `[detector]`, raw to checked.

use std::time::Duration;

use url::Url;

use super::{Body, Detector, DetectorKind, Engine, Model, ModelShape, Protocol, Remote};
use crate::Secret;
use crate::config::check::within;
use crate::config::looks::{LookKeys, Looks};
use crate::config::raw::{self, RawDetector};
use crate::config::reader::{Key, Place, Reader};
use crate::config::value::ImageSize;

/// Checks `[detector]`: who recognises, nothing where a fault is noted, and what is looked for where
/// a camera does not say.
pub(in crate::config) fn check(raw: RawDetector, reader: &mut Reader) -> (Option<Detector>, Looks) {
    let RawDetector {
        place,
        model,
        labels,
        engine,
        onnxruntime,
        threads,
        layout,
        size,
        colour,
        white,
        fit,
        url,
        protocol,
        timeout,
        every,
        image_size,
        token,
        body,
        classes,
        min_score,
        scores,
        detect_fps,
        interval,
    } = raw;
    let of_looks = LookKeys { classes, min_score, scores, detect_fps, interval };
    let looks = Looks::default().with(of_looks, reader);
    let of_model = [
        labels.place(),
        engine.place(),
        onnxruntime.place(),
        threads.place(),
        layout.place(),
        size.place(),
        colour.place(),
        white.place(),
        fit.place(),
    ];
    let of_remote = [
        protocol.place(),
        timeout.place(),
        every.place(),
        image_size.place(),
        token.place(),
        body.place(),
    ];
    match (model.place(), url.place()) {
        (None, None) => reader.missing_value(
            &place,
            "model",
            "\"yolox-nano.onnx\" for a model in a file, or url = \"http://192.168.1.9:32168\" for a \
             service on the network",
        ),
        (Some(model), Some(url)) => {
            let line = reader.line(model);
            reader.refuse(url, format!("only one of model and url; line {line} gives model"));
        }
        (Some(_), None) => {
            let problem = "means nothing to a model, which runs here; it goes with url";
            refuse_all(&of_remote, problem, reader);
        }
        (None, Some(_)) => {
            let problem = "means nothing to a service, which has its own model; it goes with model";
            refuse_all(&of_model, problem, reader);
        }
    }
    if let (Key::Given(Engine::Rten, _), Some(place)) = (&engine, onnxruntime.place()) {
        reader.refuse(place, "means nothing to engine = \"rten\"; write \"auto\" or \"ort\"");
    }
    if let Key::Given(file, _) = model {
        let shape = ModelShape {
            layout: layout.value(),
            size: size.value().map(|size| size.0),
            colour: colour.value(),
            white: white.value().map(|white| white.0),
            fit: fit.value(),
        };
        let model = Model {
            file: file.0,
            labels: labels.value(),
            engine: engine.value().unwrap_or_default(),
            onnxruntime: onnxruntime.value(),
            threads: threads.value().map_or(raw::THREADS, |threads| threads.0),
            shape,
        };
        return (Some(Detector { kind: DetectorKind::Model(model) }), looks);
    }
    let remote =
        remote(RemoteKeys { url, protocol, timeout, every, image_size, token, body }, reader);
    (remote.map(|remote| Detector { kind: DetectorKind::Remote(remote) }), looks)
}

fn refuse_all(places: &[Option<&Place>], problem: &str, reader: &mut Reader) {
    for place in places.iter().copied().flatten() {
        reader.refuse(place, problem);
    }
}

struct RemoteKeys {
    url: Key<Url>,
    protocol: Key<Protocol>,
    timeout: Key<Duration>,
    every: Key<Duration>,
    image_size: Key<ImageSize>,
    token: Key<Secret<String>>,
    body: Key<Body>,
}

fn remote(keys: RemoteKeys, reader: &mut Reader) -> Option<Remote> {
    let RemoteKeys { url, protocol, timeout, every, image_size, token, body } = keys;
    if let (Some(place), Key::Absent) = (url.place(), &protocol) {
        let problem = "needs protocol too: \"deepstack\" for DeepStack and CodeProject.AI, \"http\" \
                       for what answers {\"person_detected\": true}";
        reader.refuse(place, problem);
    }
    if let (Key::Given(Protocol::DeepStack, _), Some(place)) = (&protocol, body.place()) {
        reader.refuse(place, "means nothing to protocol = \"deepstack\", which says how itself");
    }
    let timeout = within(timeout, &raw::TIMEOUT, reader);
    let every = within(every, &raw::EVERY, reader);
    Some(Remote {
        protocol: protocol.value()?,
        url: url.value()?,
        timeout: timeout?,
        every: every?,
        size: image_size.value().map_or(raw::IMAGE_SIZE, |size| size.0),
        token: token.value(),
        body: body.value().unwrap_or_default(),
    })
}
