use super::*;
use watchpost_model::{Fraction, Label};

fn proposal(class: u16, score: f32, edges: [f32; 4]) -> Proposal {
    Proposal { class, score, edges }
}

#[test]
fn of_boxes_alike_the_best_stays_class_by_class() {
    let one = proposal(0, 0.6, [0.0, 0.0, 100.0, 100.0]);
    let better = proposal(0, 0.9, [5.0, 0.0, 105.0, 100.0]);
    let other_class = proposal(1, 0.7, [0.0, 0.0, 100.0, 100.0]);
    let far = proposal(0, 0.5, [80.0, 0.0, 180.0, 100.0]);
    let kept = suppress(vec![one, far, other_class, better], 0.45, 10);
    assert_eq!(kept, [better, other_class, far]);
}

#[test]
fn no_more_stay_than_were_asked_for() {
    let boxes = [0.0, 20.0, 40.0].map(|left| proposal(0, left, [left, 0.0, left + 10.0, 10.0]));
    assert_eq!(suppress(boxes.to_vec(), 0.45, 2), [boxes[2], boxes[1]]);
    assert!(suppress(boxes.to_vec(), 0.45, 0).is_empty());
}

fn object(score: f32, region: Region) -> Object {
    Object { label: Label::person(), score: Fraction::clamped(score), region, sharpness: None }
}

/// The left and the right 60 % of the picture.
fn halves() -> (Region, Region) {
    (Region::clamped(0.0, 0.0, 0.6, 1.0), Region::clamped(0.4, 0.0, 1.0, 1.0))
}

#[test]
fn who_is_seen_whole_in_two_regions_is_one() {
    let (left, right) = halves();
    let one = object(0.7, Region::clamped(0.45, 0.2, 0.55, 0.8));
    let better = object(0.8, Region::clamped(0.46, 0.2, 0.56, 0.8));
    assert_eq!(join(vec![(left, vec![one]), (right, vec![better.clone()])]), [better]);
}

#[test]
fn a_whole_one_stays_where_a_part_is_surer() {
    let (left, right) = halves();
    let whole = object(0.6, Region::clamped(0.3, 0.2, 0.55, 0.8));
    let part = object(0.9, Region::clamped(0.4, 0.2, 0.55, 0.8));
    assert_eq!(join(vec![(right, vec![part]), (left, vec![whole.clone()])]), [whole]);
}

#[test]
fn a_head_at_the_edge_is_a_part_of_who_is_seen_whole() {
    let all = Region::ALL;
    let upper = Region::clamped(0.2, 0.0, 0.8, 0.4);
    let whole = object(0.6, Region::clamped(0.4, 0.2, 0.6, 0.9));
    let part = object(0.9, Region::clamped(0.42, 0.2, 0.58, 0.4));
    assert_eq!(join(vec![(upper, vec![part]), (all, vec![whole.clone()])]), [whole]);
}

#[test]
fn who_is_cut_in_both_is_put_together() {
    let (left, right) = halves();
    let one = object(0.7, Region::clamped(0.2, 0.2, 0.6, 0.8));
    let other = object(0.6, Region::clamped(0.4, 0.22, 0.8, 0.8));
    let joined = join(vec![(left, vec![one]), (right, vec![other])]);
    assert_eq!(joined, [object(0.7, Region::clamped(0.2, 0.2, 0.8, 0.8))]);
}

#[test]
fn a_part_that_is_all_there_is_stays() {
    let (left, right) = halves();
    let part = object(0.7, Region::clamped(0.5, 0.2, 0.6, 0.8));
    assert_eq!(join(vec![(left, vec![part.clone()]), (right, Vec::new())]), [part]);
}

#[test]
fn the_pictures_own_edge_cuts_nothing_off() {
    let (left, right) = halves();
    let at_the_edge = object(0.6, Region::clamped(0.0, 0.5, 0.55, 1.0));
    let inside = object(0.9, Region::clamped(0.4, 0.5, 0.55, 1.0));
    let joined = join(vec![(left, vec![at_the_edge.clone()]), (right, vec![inside])]);
    assert_eq!(joined, [at_the_edge]);
}

#[test]
fn two_of_one_region_stay_two_and_so_do_two_kinds() {
    let (left, right) = halves();
    let one = object(0.9, Region::clamped(0.42, 0.2, 0.5, 0.8));
    let near = object(0.8, Region::clamped(0.44, 0.2, 0.53, 0.8));
    let joined = join(vec![
        (left, vec![one.clone(), near.clone()]),
        (right, vec![near.clone(), one.clone()]),
    ]);
    assert_eq!(joined, [one.clone(), near]);
    let dog = Object { label: "dog".parse().expect("a label"), ..one.clone() };
    assert_eq!(join(vec![(left, vec![one.clone()]), (right, vec![dog.clone()])]), [one, dog]);
}
