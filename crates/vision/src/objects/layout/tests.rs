use super::*;
use ModelLayout::{EndToEnd, FastestDet, NanoDet, YoloV5, YoloV8, Yolox};

fn zeros(name: &str, shape: &[usize]) -> Tensor {
    let (name, shape) = (name.to_owned(), shape.to_vec());
    Tensor { values: vec![0.0; shape.iter().product()], name, shape }
}

/// What is made of outputs of these dimensions.
fn recognise(
    shapes: &[&[usize]],
    side: usize,
    names: Option<usize>,
) -> Option<(ModelLayout, usize)> {
    let outputs: Vec<Tensor> = shapes.iter().map(|shape| zeros("out", shape)).collect();
    let layout = Layout::recognise(&outputs, (side, side), names, None).ok()?;
    assert_eq!(layout.input, (side, side));
    Some((layout.kind, layout.classes))
}

#[test]
fn each_kind_is_known_by_its_dimensions() {
    assert_eq!(recognise(&[&[1, 3549, 85]], 416, None), Some((Yolox, 80)));
    assert_eq!(recognise(&[&[1, 25_200, 85]], 640, None), Some((YoloV5, 80)));
    assert_eq!(recognise(&[&[1, 84, 8400]], 640, None), Some((YoloV8, 80)));
    assert_eq!(recognise(&[&[1, 84, 2100]], 320, None), Some((YoloV8, 80)));
    assert_eq!(recognise(&[&[1, 8400, 84]], 640, None), Some((YoloV8, 80)));
    assert_eq!(recognise(&[&[1, 300, 6]], 640, None), Some((EndToEnd, 80)));
    assert_eq!(recognise(&[&[1, 0, 6]], 640, Some(3)), Some((EndToEnd, 3)));
    assert_eq!(recognise(&[&[1, 85, 22, 22]], 352, None), Some((FastestDet, 80)));
    assert_eq!(recognise(&[&[1, 3598, 112]], 416, None), Some((NanoDet, 80)));
    assert_eq!(recognise(&[&[1, 3549, 112]], 416, None), Some((NanoDet, 80)));
}

#[test]
fn nanodet_tells_each_stride_by_itself_in_any_order() {
    let levels: [&[usize]; 6] = [
        &[1, 1600, 80],
        &[1, 400, 80],
        &[1, 100, 80],
        &[1, 1600, 32],
        &[1, 400, 32],
        &[1, 100, 32],
    ];
    assert_eq!(recognise(&levels, 320, None), Some((NanoDet, 80)));
    let mut turned = levels;
    turned.reverse();
    assert_eq!(recognise(&turned, 320, None), Some((NanoDet, 80)));
    assert_eq!(recognise(&levels[..5], 320, None), None);
}

#[test]
fn names_decide_where_dimensions_leave_it_open() {
    assert_eq!(recognise(&[&[1, 3549, 85]], 416, Some(80)), Some((Yolox, 80)));
    assert_eq!(recognise(&[&[1, 3549, 85]], 416, Some(81)), Some((YoloV8, 81)));
    assert_eq!(recognise(&[&[1, 3549, 85]], 416, Some(53)), Some((NanoDet, 53)));
    // Names that fit nothing decide nothing, and what is recognised tells of it.
    assert_eq!(recognise(&[&[1, 3549, 85]], 416, Some(7)), Some((Yolox, 80)));
    // One class each.
    assert_eq!(recognise(&[&[1, 3549, 6]], 416, None), Some((Yolox, 1)));
    assert_eq!(recognise(&[&[1, 25_200, 6]], 640, None), Some((YoloV5, 1)));
    assert_eq!(recognise(&[&[1, 5, 8400]], 640, None), Some((YoloV8, 1)));
    assert_eq!(recognise(&[&[1, 8400, 5]], 640, None), Some((YoloV8, 1)));
}

#[test]
fn yolov5_may_tell_its_raw_numbers_besides() {
    let raw: [&[usize]; 2] = [&[1, 25_200, 85], &[1, 3, 80, 80, 85]];
    assert_eq!(recognise(&raw, 640, None), Some((YoloV5, 80)));
    assert_eq!(recognise(&[&[1, 84, 8400], &[1, 3, 80, 80, 85]], 640, None), None);
}

#[test]
fn what_is_no_detector_is_told_with_its_dimensions() {
    let known = |shape: &[usize]| {
        let outputs = [zeros("probabilities", shape)];
        Layout::recognise(&outputs, (224, 224), None, None)
    };
    for shape in [&[1, 1000][..], &[], &[1, 3, 224, 224], &[0, 0, 0], &[2, 1029, 85], &[1, 116, 77]]
    {
        assert!(known(shape).is_err(), "{shape:?}");
    }
    let told = known(&[1, 1000]).expect_err("it tells no boxes").to_string();
    assert!(told.starts_with("its outputs are probabilities [1, 1000], which no known"), "{told}");
    assert!(told.contains("YOLOX") && told.contains("NanoDet"), "{told}");
    let none = Layout::recognise(&[], (224, 224), None, None).expect_err("nothing at all");
    assert!(none.to_string().starts_with("its outputs are none"), "{none}");
}

#[test]
fn what_the_owner_says_holds_if_it_fits() {
    let outputs = [zeros("output", &[1, 3549, 85])];
    let told = |kind| Layout::recognise(&outputs, (416, 416), None, Some(kind));
    assert_eq!(told(Yolox).map(|layout| layout.classes), Ok(80));
    assert_eq!(told(YoloV5).map(|layout| layout.classes), Ok(80));
    assert_eq!(told(YoloV8).map(|layout| layout.classes), Ok(81));
    assert_eq!(told(NanoDet).map(|layout| layout.classes), Ok(53));
    assert!(told(FastestDet).is_err());
    let error = told(EndToEnd).expect_err("85 numbers are not 6").to_string();
    let wanted = "its outputs are output [1, 3549, 85], which are not those of an end-to-end model: \
                  it tells 6 numbers for each object";
    assert_eq!(error, wanted);
}

#[test]
fn each_kind_is_shown_pictures_in_its_way() {
    let wish = |kind| Layout { kind, classes: 80, input: (416, 320) }.usual_wish();
    let told = |kind| (wish(kind).fit, wish(kind).colour, wish(kind).white);
    assert_eq!((wish(Yolox).width, wish(Yolox).height), (416, 320));
    assert_eq!(told(Yolox), (Fit::UpperLeft, ColourOrder::Bgr, 255.0));
    assert_eq!(told(YoloV5), (Fit::Centre, ColourOrder::Rgb, 1.0));
    assert_eq!(told(YoloV8), told(YoloV5));
    assert_eq!(told(EndToEnd), told(YoloV5));
    assert_eq!(told(FastestDet), (Fit::Stretch, ColourOrder::Bgr, 1.0));
    assert_eq!(told(NanoDet), (Fit::Stretch, ColourOrder::Bgr, 255.0));
    let measure = |kind| {
        let Wish { mean, deviation, .. } = wish(kind);
        [mean, deviation].concat()
    };
    let of_imagenet = vec![103.53, 116.28, 123.675, 57.375, 57.12, 58.395];
    assert_eq!(measure(NanoDet), of_imagenet);
    assert_eq!(measure(Yolox), vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn boxes_come_best_first_from_the_score_asked_for_on() {
    let mut output = zeros("output", &[1, 25_200, 6]);
    for (row, sure) in [(7, 0.5), (9, 0.9), (30, 0.3)] {
        output.values[row * 6..][..6].copy_from_slice(&[100.0, 50.0, 20.0, 40.0, sure, 1.0]);
    }
    let layout = Layout { kind: YoloV5, classes: 1, input: (640, 640) };
    let found = layout.read(&[output.clone()], 0.5);
    let edges = [90.0, 30.0, 110.0, 70.0];
    let proposal = |score| Proposal { class: 0, score, edges };
    assert_eq!(found, [proposal(0.9), proposal(0.5)]);
    assert_eq!(layout.read(&[output], f32::NAN), []);
}

#[test]
fn a_model_that_finds_everything_everywhere_is_cut_short() {
    let mut output = zeros("output", &[1, 25_200, 6]);
    output.values.fill(1.0);
    let layout = Layout { kind: YoloV5, classes: 1, input: (640, 640) };
    assert_eq!(layout.read(&[output], 0.5).len(), 1000);
}

#[test]
fn outputs_that_hold_less_than_they_say_hold_nothing() {
    for (kind, shape) in [
        (YoloV5, &[1, 25_200, 85][..]),
        (Yolox, &[1, 8400, 85]),
        (YoloV8, &[1, 84, 8400]),
        (EndToEnd, &[1, 300, 6]),
        (FastestDet, &[1, 85, 40, 40]),
        (NanoDet, &[1, 8400, 112]),
    ] {
        let mut output = zeros("output", shape);
        output.values.fill(0.9);
        output.values.pop();
        let layout = Layout { kind, classes: 80, input: (640, 640) };
        assert_eq!(layout.read(&[output], 0.1), [], "{kind:?}");
        assert_eq!(layout.read(&[], 0.1), [], "{kind:?}");
    }
}
