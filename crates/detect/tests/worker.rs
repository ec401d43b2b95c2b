//! A real worker, in a process of its own: this very program, started as one.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "the names of tests are asked for there")]

mod onnx; // small models

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use watchpost_detect::{Card, DetectError, Detector, ModelFile, Shown, Worker, child};
use watchpost_model::config::detector::{Engine, Model, ModelLayout, ModelShape};
use watchpost_model::{Label, Object, Region};
use watchpost_vision::objects::Rgb;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|first| first == child::ARGUMENT) {
        return child::run();
    }
    // As a runner of tests asks for the names of those that there are.
    if std::env::args().any(|argument| argument == "--list") {
        if std::env::args().all(|argument| argument != "--ignored") {
            println!("all: test");
        }
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        a_model_tells_its_classes_and_finds_what_its_outputs_say().await;
        a_worker_with_a_model_is_walled_in().await;
        a_worker_that_is_ended_is_lost().await;
        a_file_that_is_no_model_is_told().await;
        a_model_that_cannot_be_used_is_told_with_the_remedy().await;
        a_model_that_wants_a_file_beside_it_gets_none().await;
        a_model_that_takes_all_memory_is_told_and_harms_nobody().await;
        an_engine_that_is_not_there_is_told().await;
        both_models_find_a_person().await;
        both_engines_compute_the_same().await;
    });
    ExitCode::SUCCESS
}

/// A detector of three classes that always finds the same: output `[1, 7, 21]` of a `YOLOv8` whose input is
/// 32 by 32.
fn steady(boxes: &[[f32; 7]]) -> onnx::Model {
    let mut values = vec![0.0; 7 * 21];
    for (number, one) in boxes.iter().enumerate() {
        for (row, value) in one.iter().enumerate() {
            values[row * 21 + number] = *value;
        }
    }
    onnx::Model::default()
        .input("images", &[1, 3, 32, 32])
        .floats("boxes", &[1, 7, 21], &values)
        .node("Identity", &["boxes"], "output0")
        .output("output0")
}

/// Nothing but what the outputs are.
fn through(operator: &str, inputs: &[&str]) -> onnx::Model {
    let model = onnx::Model::default().input("images", &[1, 3, 32, 32]);
    model.node(operator, inputs, "output0").output("output0")
}

fn settings(engine: Engine) -> Model {
    let onnxruntime = if engine == Engine::Rten { None } else { onnxruntime() };
    let (file, shape) = (PathBuf::from("model.onnx"), ModelShape::default());
    Model { file, labels: None, engine, onnxruntime, threads: 1, shape }
}

fn file(bytes: Vec<u8>) -> ModelFile {
    ModelFile { path: PathBuf::from("model.onnx"), bytes, labels: None }
}

async fn started(model: &onnx::Model) -> Worker {
    Worker::start(&file(model.file()), &settings(Engine::Rten), 0.5).await.unwrap()
}

/// Why a file cannot be used by an engine.
async fn refused(bytes: Vec<u8>, engine: Engine) -> String {
    let error = Worker::start(&file(bytes), &settings(engine), 0.5).await.unwrap_err();
    assert!(matches!(error, DetectError::Model { .. }), "{error:?}");
    assert!(!error.hint().is_empty(), "{error}");
    let story = error.to_string();
    story.strip_prefix("model.onnx: ").unwrap_or(&story).to_owned()
}

/// The engines to try: ONNX Runtime only where it is.
fn engines() -> Vec<Engine> {
    if onnxruntime().is_some() { vec![Engine::Rten, Engine::Ort] } else { vec![Engine::Rten] }
}

fn onnxruntime() -> Option<PathBuf> {
    std::env::var_os("WATCHPOST_ONNXRUNTIME").map(PathBuf::from).filter(|path| path.exists())
}

/// A picture whose left half is plain and whose right half has stripes.
fn half_striped(size: usize) -> Rgb {
    let level = |x: usize| if x >= size / 2 && x.is_multiple_of(2) { 200 } else { 50 };
    let row: Vec<u8> = (0..size).flat_map(|x| [level(x); 3]).collect();
    Rgb::new(size, size, row.repeat(size)).unwrap()
}

async fn look(worker: &mut Worker, picture: Rgb) -> Vec<Object> {
    worker.look(Shown::Pixels(picture)).await.unwrap()
}

async fn a_model_tells_its_classes_and_finds_what_its_outputs_say() {
    let plain = [8.0, 16.0, 8.0, 16.0, 0.75, 0.0, 0.0];
    let again = [8.5, 16.0, 8.0, 16.0, 0.7, 0.0, 0.0];
    let striped = [24.0, 16.0, 8.0, 16.0, 0.0, 0.0, 0.875];
    let unsure = [24.0, 8.0, 8.0, 8.0, 0.0, 0.375, 0.0];
    let model = steady(&[plain, again, striped, unsure]);
    let named = model.note("names", "{0: 'Person', 1: 'dog', 2: \"post van\"}");
    for engine in engines() {
        let settings = settings(engine);
        let mut worker = Worker::start(&file(named.file()), &settings, 0.5).await.unwrap();
        let labels: Vec<&str> = worker.labels().unwrap().iter().map(Label::as_str).collect();
        assert_eq!(labels, ["person", "dog", "post van"]);
        let Card { engine: runs, layout, input, .. } = worker.card().clone();
        assert_eq!((runs, layout, input), (engine, ModelLayout::YoloV8, (32, 32)));
        let found = look(&mut worker, half_striped(32)).await;
        let told: Vec<_> = found.iter().map(|one| (one.label.as_str(), one.score.get())).collect();
        assert_eq!(told, [("post van", 0.875), ("person", 0.75)]);
        assert_eq!(found[1].region, Region::clamped(0.125, 0.25, 0.375, 0.75));
        assert_eq!(found[1].sharpness, Some(0.0));
        // 7 of 8 pairs beside each other in 16 rows differ by 150 levels; 8 times 15 below do not.
        let sharp = found[0].sharpness.unwrap();
        let expected = 150.0 * 150.0 * (7.0 * 16.0) / (7.0 * 16.0 + 8.0 * 15.0);
        assert!((sharp / expected - 1.0).abs() < 0.001, "{sharp} {expected}");
    }
}

/// All its threads, those too that were started before the walls.
async fn a_worker_with_a_model_is_walled_in() {
    for engine in engines() {
        let model = file(steady(&[]).file());
        let worker = Worker::start(&model, &settings(engine), 0.5).await.unwrap();
        let tasks = format!("/proc/{}/task", worker.process_id().unwrap());
        let mut count = 0;
        for task in std::fs::read_dir(tasks).unwrap() {
            let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            assert!(status.contains("Seccomp:\t2\n"), "{status}");
            assert!(status.contains("NoNewPrivs:\t1\n"), "{status}");
            count += 1;
        }
        assert!(count > 0);
        let environment = format!("/proc/{}/environ", worker.process_id().unwrap());
        let environment = String::from_utf8(std::fs::read(environment).unwrap()).unwrap();
        let names: Vec<_> =
            environment.split_terminator('\0').filter_map(|one| one.split_once('=')).collect();
        let own = [("MALLOC_ARENA_MAX", "2"), ("ORT_DISABLE_TELEMETRY", "1")];
        assert_eq!(names, own, "and nothing of ours");
    }
}

async fn a_worker_that_is_ended_is_lost() {
    let mut worker = started(&steady(&[])).await;
    assert_eq!(look(&mut worker, half_striped(64)).await, []);
    let number = worker.process_id().unwrap().to_string();
    assert!(Command::new("kill").args(["-KILL", &number]).status().unwrap().success());
    let error = worker.look(Shown::Pixels(half_striped(64))).await.unwrap_err();
    assert!(matches!(error, DetectError::Lost(_)), "{error:?}");
    let mut other = started(&steady(&[])).await;
    let error = other.look(Shown::Jpeg(Vec::new().into())).await.unwrap_err();
    assert!(matches!(error, DetectError::Shown), "{error:?}");
}

async fn a_file_that_is_no_model_is_told() {
    let whole = steady(&[]).file();
    let part = refused(whole[..whole.len() / 2].to_vec(), Engine::Rten).await;
    assert_eq!(part, "it is only a part of an ONNX model");
    assert_eq!(refused(vec![0xff; 5000], Engine::Rten).await, "it is no ONNX model");
    // Its outline is whole, but an operator has a field that does not end.
    let text = b"Identity";
    let place = whole.windows(text.len()).position(|bytes| bytes == text).unwrap();
    let wrong = [&whole[..place - 1], &[0x7f], &whole[place..]].concat();
    for engine in engines() {
        let story = refused(wrong.clone(), engine).await;
        assert!(story.starts_with("it cannot be loaded by "), "{story}");
    }
}

async fn a_model_that_cannot_be_used_is_told_with_the_remedy() {
    for engine in engines() {
        let story = refused(through("Frobnicate", &["images"]).file(), engine).await;
        assert!(story.contains("Frobnicate"), "{story}");
        let two = through("Add", &["images", "more"]).input("more", &[1, 3, 32, 32]);
        let story = refused(two.file(), engine).await;
        assert_eq!(story, "it has 2 inputs (images, more), not one");
        let rows = onnx::Model::default().input("images", &[1, 32, 32, 3]);
        let rows = rows.node("Identity", &["images"], "o").output("o");
        let story = refused(rows.file(), engine).await;
        assert_eq!(story, "its input images is [1, 32, 32, 3], not [1, 3, height, width]");
        let story = refused(through("Identity", &["images"]).file(), engine).await;
        assert!(story.contains("output0") && story.contains("[1, 3, 32, 32]"), "{story}");
        let story = refused(through("Div", &["images", "images"]).file(), engine).await;
        assert_eq!(story, "its outputs are not numbers (NaN or infinite)");
    }
    let two = Some(vec!["cat".parse().unwrap(), "dog".parse().unwrap()]);
    let file = ModelFile { labels: two, ..file(steady(&[]).file()) };
    let settings = Model { labels: Some("names.txt".into()), ..settings(Engine::Rten) };
    let error = Worker::start(&file, &settings, 0.5).await.unwrap_err();
    let story = "model.onnx: it knows 3 classes, but names.txt has 2 class names";
    assert_eq!(error.to_string(), story);
}

async fn a_model_that_wants_a_file_beside_it_gets_none() {
    for engine in engines() {
        let model = through("Add", &["images", "weights"]).elsewhere("weights", &[1], "hostname");
        refused(model.file(), engine).await;
    }
}

async fn a_model_that_takes_all_memory_is_told_and_harms_nobody() {
    for engine in engines() {
        let vast = through("Add", &["images", "all"]).numbers("sides", &[5_000_000, 1, 32, 32]);
        let story = refused(vast.node("ConstantOfShape", &["sides"], "all").file(), engine).await;
        assert!(story.contains("memory") || story.contains("alloc"), "{story}");
    }
}

async fn an_engine_that_is_not_there_is_told() {
    let nowhere = Some(PathBuf::from("/nowhere/libonnxruntime.so"));
    let settings = Model { onnxruntime: nowhere, ..settings(Engine::Ort) };
    let model = file(steady(&[]).file());
    let error = Worker::start(&model, &settings, 0.5).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/libonnxruntime.so"), "{error}");
    let auto = Model { engine: Engine::Auto, ..settings };
    let worker = Worker::start(&model, &auto, 0.5).await.unwrap();
    assert_eq!(worker.card().engine, Engine::Rten);
    let note = worker.card().note.clone().unwrap();
    assert!(note.contains("/nowhere/libonnxruntime.so"), "{note}");
    // A library, but another one.
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("libonnxruntime.so");
    std::fs::write(&file, b"no library").unwrap();
    let wrong = Model { onnxruntime: Some(file), ..auto };
    let worker = Worker::start(&model, &wrong, 0.5).await.unwrap();
    assert!(
        worker.card().note.as_ref().unwrap().contains("cannot be opened"),
        "{:?}",
        worker.card()
    );
}

/// A real model, and what of a camera's clip to show it.
fn real(name: &str) -> Option<ModelFile> {
    let file = shared().join("models").join(name);
    if !file.exists() {
        eprintln!("skipped: {} is not here", file.display());
        return None;
    }
    Some(ModelFile::read(&Model { file, ..settings(Engine::Rten) }).unwrap())
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

/// The frame of a clip so many seconds from its beginning.
fn frame(clip: &str, second: &str) -> Option<Rgb> {
    let clip = shared().join("motion/clips").join(clip);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-ss", second, "-i"]).arg(&clip);
    command.args(["-frames:v", "1", "-s", "640x360", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let pixels = command.output().ok()?.stdout;
    let frame = Rgb::new(640, 360, pixels);
    if frame.is_none() {
        eprintln!("skipped: ffmpeg gives no frame of {}", clip.display());
    }
    frame
}

const MODELS: [&str; 2] = ["yolox-nano-coco80-416.onnx", "fastestdet-coco80-352.onnx"];

/// A clip, and the seconds in it when somebody stands at the table, whole, and when nobody is there.
const ROOM: &str = "d01_real_room_a.mp4";
const SOMEBODY: &str = "10";
const NOBODY: &str = "20";

async fn both_models_find_a_person() {
    for name in MODELS {
        let Some(model) = real(name) else { return };
        let (Some(somebody), Some(nobody)) = (frame(ROOM, SOMEBODY), frame(ROOM, NOBODY)) else {
            return;
        };
        for engine in engines() {
            let mut worker = Worker::start(&model, &settings(engine), 0.5).await.unwrap();
            let mut found = look(&mut worker, somebody.clone()).await;
            eprintln!("{name} {engine:?} {:?}: {found:?}", worker.card().look);
            found.retain(|one| one.label == Label::person());
            let [person] = found.as_slice() else { panic!("{name} {engine:?} {found:?}") };
            // She fills about this part of the picture, as seen by eye.
            let where_she_is = Region::clamped(0.5, 0.02, 0.68, 0.92);
            assert!(person.region.overlap(&where_she_is) > 0.7, "{name} {engine:?} {person:?}");
            let found = look(&mut worker, nobody.clone()).await;
            assert!(found.iter().all(|one| one.label != Label::person()), "{name} {found:?}");
        }
    }
}

async fn both_engines_compute_the_same() {
    if onnxruntime().is_none() {
        eprintln!("skipped: WATCHPOST_ONNXRUNTIME names no library");
        return;
    }
    for name in MODELS {
        let (Some(model), Some(frame)) = (real(name), frame(ROOM, SOMEBODY)) else { return };
        let auto = Worker::start(&model, &settings(Engine::Auto), 0.5).await.unwrap();
        assert_eq!((auto.card().engine, &auto.card().note), (Engine::Ort, &None), "{name}");
        let mut quick = Worker::start(&model, &settings(Engine::Ort), 0.5).await.unwrap();
        let mut plain = Worker::start(&model, &settings(Engine::Rten), 0.5).await.unwrap();
        let (ours, theirs) =
            (plain.raw(frame.clone()).await.unwrap(), quick.raw(frame).await.unwrap());
        assert_eq!((ours.len(), &ours[0].shape), (1, &theirs[0].shape));
        let pairs = ours[0].values.iter().zip(&theirs[0].values);
        let apart = pairs.map(|(ours, theirs)| (ours - theirs).abs() / theirs.abs().max(1.0));
        let most = apart.fold(0.0, f32::max);
        eprintln!("{name}: outputs differ by at most {most}");
        assert!(most < 0.002, "{name} {most}");
    }
}
