use watchpost_sandbox::message::HEAD;

use super::*;

fn picture() -> Rgb {
    Rgb::new(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap()
}

#[test]
fn every_request_arrives_as_it_was_sent() {
    let nothing = ModelShape::default();
    let everything = ModelShape {
        layout: Some(ModelLayout::NanoDet),
        size: Some((640, 384)),
        colour: Some(ColourOrder::Bgr),
        white: Some(255.0),
        fit: Some(Fit::Stretch),
    };
    let requests = [
        Request::Piece(vec![1, 2, 3]),
        Request::Load(Order { threads: 1, labels: None, shape: nothing }),
        Request::Load(Order { threads: 16, labels: Some(80), shape: everything }),
        Request::Look { min_score: 0.5, picture: picture() },
        Request::Raw { picture: picture() },
    ];
    for request in requests {
        let message = request.write();
        assert_eq!(Request::read(message[0], message[HEAD..].to_vec()).unwrap(), request);
    }
}

#[test]
fn every_answer_arrives_as_it_was_given() {
    let found = Found {
        class: 79,
        score: 0.75,
        region: Region::clamped(0.25, 0.5, 0.75, 1.0),
        sharpness: 123.5,
    };
    let facts = Facts {
        layout: ModelLayout::YoloV8,
        classes: 2,
        input: (640, 384),
        names: Some(vec!["person".to_owned(), "Tür".to_owned()]),
    };
    let tensor = |name: &str, shape: &[usize], values: &[f32]| Tensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: values.to_vec(),
    };
    let answers = [
        Answer::Failed(Fault::new("it is none", "export it")),
        Answer::Taken,
        Answer::Loaded(Facts { names: None, ..facts.clone() }),
        Answer::Loaded(facts),
        Answer::Found(vec![]),
        Answer::Found(vec![found, found]),
        Answer::Raw(vec![tensor("a", &[1, 2], &[0.5, -1.0]), tensor("", &[], &[7.0])]),
    ];
    for answer in answers {
        let message = answer.write();
        assert_eq!(Answer::read(message[0], &message[HEAD..]).unwrap(), answer);
    }
}

#[test]
fn an_object_that_is_nowhere_is_refused() {
    let region = Region::clamped(0.0, 0.0, 1.0, 1.0);
    for (score, sharpness) in [(f32::NAN, 0.0), (0.5, f32::INFINITY)] {
        let message = Answer::Found(vec![Found { class: 0, score, region, sharpness }]).write();
        assert!(Answer::read(3, &message[HEAD..]).is_err());
    }
}

#[test]
fn text_is_short_and_has_no_control_characters() {
    let message = Answer::Failed(Fault::new("a\u{1b}[31m\nb", "x".repeat(70_000))).write();
    let Ok(Answer::Failed(fault)) = Answer::read(0, &message[HEAD..]) else { panic!("no fault") };
    assert_eq!((fault.story.as_str(), fault.hint.len()), ("a [31m b", MOST_TEXT));
}

#[test]
fn outputs_that_are_too_long_for_a_message_are_a_fault() {
    let values = vec![0.0; LONGEST / 4];
    let tensor = Tensor { name: String::new(), shape: vec![values.len()], values };
    assert_eq!(Answer::Raw(vec![tensor]).write()[0], 0);
}

#[test]
fn nonsense_is_refused_without_a_panic() {
    for kind in 0..=255 {
        for length in 0..60 {
            for byte in [kind ^ 0x5a, 0, 1, 0xff] {
                let message = vec![byte; length];
                let _ = Answer::read(kind, &message); // Only that it returns.
                let _ = Request::read(kind, message); // Only that it returns.
            }
        }
    }
}
