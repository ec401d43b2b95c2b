//! What was seen, and by what, for people and programs.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use watchpost_detect::Card;
use watchpost_model::{Fraction, Object};

use super::look::{Looked, Seen};
use crate::frames::Format;

/// So many class names are told of a model.
const NAMES: usize = 8;

/// What is known of a model that runs; `look` is how long a look takes.
pub(super) fn card(card: &Card, look: Duration, out: &mut impl Write) -> io::Result<()> {
    let Card { engine, note, layout, input, labels, look: _ } = card;
    let names: Vec<&str> = labels.iter().take(NAMES).map(watchpost_model::Label::as_str).collect();
    let more = if labels.len() > NAMES { ", …" } else { "" };
    writeln!(out, "  layout    {}", layout.word())?;
    writeln!(out, "  input     {} x {} pixels", input.0, input.1)?;
    writeln!(out, "  classes   {}: {}{more}", labels.len(), names.join(", "))?;
    let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    writeln!(out, "  engine    {}{note}", engine.word())?;
    let milliseconds = look.as_secs_f64() * 1_000.0;
    let rate = 1.0 / look.as_secs_f64().max(1e-6);
    let rate = if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
    writeln!(out, "  speed     {milliseconds:.0} ms a look here, about {rate} looks a second")
}

/// `person 0.91, car 0.62`.
pub(super) fn objects<'a>(objects: impl IntoIterator<Item = &'a Object>) -> String {
    let told: Vec<String> = objects.into_iter().map(object).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

/// `person 0.91`.
pub(super) fn object(object: &Object) -> String {
    format!("{} {:.2}", object.label, object.score.get())
}

/// A frame that was looked at: a line if something was seen in it; for programs always, as
/// `{"clip", "t", "objects": [{"label", "score", "box": [x, y, w, h]}], "looks", "ms"}`.
pub(super) fn looked(
    path: &Path,
    looked: &Looked,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let Looked { at, seen, .. } = looked;
    match format {
        Format::Json => writeln!(out, "{}", json(path, looked)),
        Format::Text if seen.is_empty() => Ok(()),
        Format::Text => {
            let told = objects(seen.iter().map(|seen| &seen.object));
            writeln!(out, "{}: {:.1} s: {told}", path.display(), at.as_secs_f64())
        }
    }
}

fn json(path: &Path, Looked { at, seen, looks, took }: &Looked) -> Value {
    let of_one = |Seen { object, track }: &Seen| {
        let region = &object.region;
        let edges = [region.left.get(), region.top.get(), region.width(), region.height()];
        let mut told = json!({
            "label": object.label.as_str(),
            "score": digits(object.score.get()),
            "box": edges.map(digits),
        });
        if let Some((number, still)) = track {
            told["track"] = json!(number);
            told["still"] = json!(still);
        }
        told
    };
    let clip = path.file_name().unwrap_or_default().to_string_lossy();
    let thousandths = |length: f64| (length * 1_000.0).round() / 1_000.0;
    json!({
        "clip": clip,
        "t": thousandths(at.as_secs_f64()),
        "objects": seen.iter().map(of_one).collect::<Vec<_>>(),
        "looks": looks,
        "ms": thousandths(took.as_secs_f64() * 1_000.0),
    })
}

/// To four digits.
fn digits(share: f32) -> f64 {
    (f64::from(Fraction::clamped(share).get()) * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use watchpost_model::{Label, Region};

    use super::*;

    #[test]
    fn a_frame_is_a_line_for_people_and_for_programs() {
        let object = Object {
            label: Label::person(),
            score: Fraction::clamped(0.912_34),
            region: Region::clamped(0.25, 0.5, 0.75, 0.625),
            sharpness: None,
        };
        let took = Duration::from_micros(22_500);
        let frame = |seen| Looked { at: Duration::from_millis(12_400), seen, looks: 2, took };
        let told = |frame: &Looked, format| {
            let mut line = Vec::new();
            looked(Path::new("clips/yard.mp4"), frame, format, &mut line).unwrap();
            String::from_utf8(line).unwrap()
        };
        let one = frame(vec![Seen { object: object.clone(), track: None }]);
        assert_eq!(told(&one, Format::Text), "clips/yard.mp4: 12.4 s: person 0.91\n");
        let of_program =
            |frame: &Looked| -> Value { serde_json::from_str(&told(frame, Format::Json)).unwrap() };
        let person = json!({"label": "person", "score": 0.9123, "box": [0.25, 0.5, 0.5, 0.125]});
        let expected = json!({
            "clip": "yard.mp4", "t": 12.4, "objects": [person], "looks": 2, "ms": 22.5,
        });
        assert_eq!(of_program(&one), expected);
        let tracked = frame(vec![Seen { object, track: Some((3, true)) }]);
        let tracked = of_program(&tracked);
        let told_of = &tracked["objects"][0];
        assert_eq!((&told_of["track"], &told_of["still"]), (&json!(3), &json!(true)));
        let nobody = frame(Vec::new());
        assert_eq!(told(&nobody, Format::Text), "");
        assert_eq!(of_program(&nobody)["objects"], json!([]));
    }
}
