use super::*;

fn wish(width: usize, height: usize, fit: Fit) -> Wish {
    Wish {
        width,
        height,
        fit,
        colour: ColourOrder::Rgb,
        white: 255.0,
        mean: [0.0; 3],
        deviation: [1.0; 3],
    }
}

/// A picture of one colour.
fn plain(width: usize, height: usize, colour: [u8; 3]) -> Rgb {
    Rgb::new(width, height, colour.repeat(width * height)).expect("three bytes each")
}

#[test]
fn a_wide_picture_lies_where_its_kind_wants_it() {
    let picture = plain(640, 360, [1, 2, 3]);
    let inside = |fit| super::fit(&picture, &wish(416, 416, fit)).inside;
    assert_eq!(inside(Fit::UpperLeft), (0, 0, 416, 234));
    assert_eq!(inside(Fit::Centre), (0, 91, 416, 234));
    assert_eq!(inside(Fit::Stretch), (0, 0, 416, 416));
}

#[test]
fn sizes_are_rounded_as_each_kind_does() {
    let picture = plain(100, 33, [0; 3]);
    let inside = |fit| super::fit(&picture, &wish(32, 32, fit)).inside;
    assert_eq!(inside(Fit::UpperLeft), (0, 0, 32, 10)); // 10.56, down.
    assert_eq!(inside(Fit::Centre), (0, 10, 32, 11)); // To the nearest; the odd row lies below.
}

#[test]
fn a_picture_of_hardly_any_height_keeps_a_row() {
    let fitted = fit(&plain(1000, 1, [9; 3]), &wish(32, 32, Fit::UpperLeft));
    assert_eq!(fitted.inside, (0, 0, 32, 1));
    let column = fit(&plain(1, 1000, [9; 3]), &wish(32, 32, Fit::Centre));
    assert_eq!(column.inside, (15, 0, 1, 32));
}

#[test]
fn an_input_without_pixels_holds_nothing() {
    let fitted = fit(&plain(4, 4, [9; 3]), &wish(0, 32, Fit::Centre));
    assert_eq!(fitted, Fitted { values: Vec::new(), inside: (0, 0, 0, 0) });
}

#[test]
fn colours_stand_in_planes_in_the_models_order_and_measure() {
    let wish = Wish {
        colour: ColourOrder::Bgr,
        white: 1.0,
        mean: [0.1, 0.2, 0.3],
        deviation: [0.5, 1.0, 2.0],
        ..wish(2, 4, Fit::UpperLeft)
    };
    let fitted = fit(&plain(8, 8, [255, 102, 0]), &wish);
    let blue = [-0.2; 4];
    let green = [0.2; 4];
    let red = [0.35; 4];
    let pad = [(114.0 / 255.0 - 0.1) / 0.5, 114.0 / 255.0 - 0.2, (114.0 / 255.0 - 0.3) / 2.0];
    let wanted: Vec<f32> = [(blue, pad[0]), (green, pad[1]), (red, pad[2])]
        .into_iter()
        .flat_map(|(ink, pad)| ink.into_iter().chain([pad; 4]))
        .collect();
    assert_eq!(fitted.values.len(), wanted.len());
    for (got, wanted) in fitted.values.iter().zip(&wanted) {
        assert!((got - wanted).abs() < 1e-5, "{:?}", fitted.values);
    }
}

#[test]
fn shrinking_averages_and_enlarging_goes_between() {
    let shades = |levels: &[u8]| levels.iter().flat_map(|level| [*level; 3]).collect::<Vec<_>>();
    let picture = Rgb::new(4, 1, shades(&[0, 100, 200, 50])).expect("three bytes each");
    let small = fit(&picture, &wish(2, 1, Fit::Stretch));
    assert_eq!(small.values[..2], [50.0, 125.0]);
    let picture = Rgb::new(2, 1, shades(&[0, 100])).expect("three bytes each");
    let large = fit(&picture, &wish(4, 1, Fit::Stretch));
    assert_eq!(large.values[..4], [0.0, 25.0, 75.0, 100.0]);
}

#[test]
fn what_is_found_goes_back_into_the_picture() {
    let fitted = fit(&plain(640, 360, [0; 3]), &wish(416, 416, Fit::Centre));
    assert_eq!(fitted.place([0.0, 91.0, 416.0, 325.0]), Some(Region::ALL));
    let place = fitted.place([104.0, 91.0 + 58.5, 208.0, 91.0 + 117.0]);
    assert_eq!(place, Some(Region::clamped(0.25, 0.25, 0.5, 0.5)));
}

#[test]
fn what_lies_outside_or_is_no_box_is_nowhere() {
    let fitted = fit(&plain(640, 360, [0; 3]), &wish(416, 416, Fit::UpperLeft));
    for edges in [
        [10.0, 240.0, 50.0, 300.0], // On the grey.
        [-50.0, 10.0, -1.0, 20.0],
        [50.0, 10.0, 40.0, 20.0],
        [f32::NAN, 10.0, 40.0, 20.0],
        [10.0, 10.0, f32::INFINITY, 20.0],
    ] {
        assert_eq!(fitted.place(edges), None, "{edges:?}");
    }
    let clipped = fitted.place([-10.0, -10.0, 208.0, 400.0]);
    assert_eq!(clipped, Some(Region::clamped(0.0, 0.0, 0.5, 1.0)));
}
