use super::*;

fn one(dimensions: &[Option<usize>]) -> Vec<Input> {
    vec![Input { name: "images".to_owned(), strange: None, dimensions: Some(dimensions.to_vec()) }]
}

#[track_caller]
fn story(inputs: &[Input], size: Option<(u16, u16)>) -> String {
    let fault = input(inputs, size).expect_err("a fault");
    assert!(!fault.hint.is_empty());
    fault.story
}

#[test]
fn an_inputs_size_is_the_models_then_the_owners_then_the_usual_one() {
    let fixed = one(&[Some(1), Some(3), Some(384), Some(640)]);
    assert_eq!(input(&fixed, None), Ok((640, 384)));
    assert_eq!(input(&fixed, Some((640, 384))), Ok((640, 384)));
    let open = one(&[None, Some(3), None, None]);
    assert_eq!(input(&open, Some((320, 256))), Ok((320, 256)));
    assert_eq!(input(&open, None), Ok((416, 416)));
    let silent = vec![Input { dimensions: None, ..open[0].clone() }];
    assert_eq!(input(&silent, None), Ok((416, 416)));
}

#[test]
fn an_input_that_is_no_picture_is_told_with_what_it_is() {
    assert_eq!(
        story(&one(&[Some(1), Some(416), Some(416), Some(3)]), None),
        "its input images is [1, 416, 416, 3], not [1, 3, height, width]"
    );
    assert_eq!(
        story(&one(&[Some(8), Some(3), None, None]), None),
        "its input images is [8, 3, ?, ?], not [1, 3, height, width]"
    );
    let bytes = vec![Input { strange: Some("uint8".to_owned()), ..one(&[None; 4])[0].clone() }];
    assert_eq!(story(&bytes, None), "its input images is of uint8, not of 32-bit floats");
}

#[test]
fn several_inputs_and_none_are_told() {
    let two = [one(&[None; 4]), one(&[None; 4])].concat();
    assert_eq!(story(&two, None), "it has 2 inputs (images, images), not one");
    assert_eq!(story(&[], None), "it has no input: it is no detector, or only a part of a file");
}

#[test]
fn a_size_that_the_model_has_not_is_told() {
    let fixed = one(&[Some(1), Some(3), Some(416), Some(416)]);
    assert_eq!(
        story(&fixed, Some((640, 384))),
        "its input is [1, 3, 416, 416], and size says [640, 384]"
    );
    let huge = one(&[Some(1), Some(3), Some(100_000), Some(100_000)]);
    assert_eq!(story(&huge, None), "its input is 100000 wide and 100000 high");
}
