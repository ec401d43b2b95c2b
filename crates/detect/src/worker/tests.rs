use std::path::PathBuf;

use watchpost_model::config::detector::ModelShape;

use super::*;

fn file(labels: Option<&[&str]>) -> ModelFile {
    let labels = labels.map(|labels| labels.iter().map(|label| label.parse().unwrap()).collect());
    ModelFile { path: PathBuf::from("m.onnx"), bytes: Vec::new(), labels }
}

fn settings(labels: Option<&str>) -> Model {
    Model {
        file: PathBuf::from("m.onnx"),
        labels: labels.map(PathBuf::from),
        engine: Engine::Rten,
        onnxruntime: None,
        threads: 1,
        shape: ModelShape::default(),
    }
}

fn facts(classes: u16, names: Option<&[&str]>) -> Facts {
    let names = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    Facts { layout: ModelLayout::Yolox, classes, input: (416, 416), names }
}

#[test]
fn class_names_are_the_owners_then_the_models_then_the_usual_ones() {
    let names = |labels: Vec<Label>| labels.iter().map(Label::to_string).collect::<Vec<_>>();
    let owned = labels(&file(Some(&["cat"])), &settings(Some("l.txt")), &facts(1, Some(&["dog"])));
    assert_eq!(names(owned.unwrap()), ["cat"]);
    let told = labels(&file(None), &settings(None), &facts(1, Some(&["Dog"])));
    assert_eq!(names(told.unwrap()), ["dog"]);
    assert_eq!(names(labels(&file(None), &settings(None), &facts(80, None)).unwrap())[0], "person");
    assert_eq!(names(labels(&file(None), &settings(None), &facts(1, None)).unwrap()), ["class 0"]);
}

#[test]
fn another_number_of_class_names_is_told_with_both_numbers() {
    let error = labels(&file(Some(&["a", "b"])), &settings(Some("l.txt")), &facts(80, None));
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "m.onnx: it knows 80 classes, but l.txt has 2 class names");
    assert!(error.hint().contains("labels"));
    let error = labels(&file(None), &settings(None), &facts(3, Some(&["a"]))).unwrap_err();
    assert_eq!(error.to_string(), "m.onnx: it knows 3 classes, but its file has 1 class names");
}

#[test]
fn a_picture_that_is_too_large_is_thinned_out() {
    let small = Rgb::new(3200, 2, vec![7; 3200 * 6]).unwrap();
    assert_eq!(sendable(small.clone()), small);
    let pixels: Vec<u8> = (0..4000).flat_map(|x| [u8::try_from(x % 251).unwrap(); 3]).collect();
    let large = sendable(Rgb::new(4000, 3, pixels.repeat(3)).unwrap());
    assert_eq!((large.width(), large.height()), (2000, 2));
    assert_eq!(large.pixels()[..9], [0, 0, 0, 2, 2, 2, 4, 4, 4]);
}

#[test]
fn a_class_without_a_name_is_nothing() {
    let region = watchpost_vision::Region::ALL;
    let found = Found { class: 1, score: 0.5, region, sharpness: 2.0 };
    assert_eq!(named(&["cat".parse().unwrap()], found), None);
}
