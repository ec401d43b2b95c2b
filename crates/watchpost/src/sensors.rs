//! `watchpost sensors`: what the sensors of a running recorder tell, as it changes.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};
use watchpost_model::config::Config;

use crate::local::{self, LocalError};

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(250);

/// Shows how the devices stand: once, or again and again on a terminal until its owner ends it.
///
/// # Errors
///
/// Why nobody tells it.
pub(crate) async fn show(
    config: &Config,
    once: bool,
    json: bool,
    out: &mut impl Write,
) -> Result<(), LocalError> {
    if json {
        return Ok(writeln!(out, "{:#}", local::devices(config).await?)?);
    }
    if once || !io::stdout().is_terminal() {
        return Ok(write!(out, "{}", table(&local::devices(config).await?))?);
    }
    let mut look = interval(EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shown = 0;
    loop {
        look.tick().await;
        let table = table(&local::devices(config).await?);
        if shown > 0 {
            // Back to where the last table began, which goes.
            write!(out, "\x1b[{shown}A\x1b[J")?;
        }
        write!(out, "{table}")?;
        out.flush()?;
        shown = table.lines().count();
    }
}

/// A line for each device: name, state, since when, what it measures, what is wrong.
fn table(devices: &Value) -> String {
    let list = |kind: &str| devices[kind].as_array().cloned().unwrap_or_default();
    let sensors = list("sensors").into_iter().map(|card| {
        let state = match card["active"].as_bool() {
            Some(true) => "yes",
            Some(false) => "no",
            None if card["senses"] == "measure" => "-",
            None => "unknown",
        };
        let kind = format!("{} ({})", text(&card["senses"]), text(&card["kind"]));
        row(&card, &kind, state, &measured(&card["reading"]))
    });
    let lights = list("lights").into_iter().map(|card| {
        let measured = percent("bright", &card["brightness"]).unwrap_or_default();
        row(&card, "light", on(&card["on"]), &measured)
    });
    let servos = list("servos").into_iter().map(|card| {
        let angle = card["angle"].as_f64().map(|angle| format!("{angle:.0} degrees"));
        row(&card, "servo", "", &angle.unwrap_or_default())
    });
    let outputs = list("outputs")
        .into_iter()
        .map(|card| row(&card, text(&card["kind"]), on(&card["on"]), ""));
    let mut rows: Vec<[String; 5]> = sensors.chain(lights).chain(servos).chain(outputs).collect();
    if rows.is_empty() {
        return "No sensor is set up. Add a [[sensor]] to the settings; to try one, kind = \"sim\".\n"
            .to_owned();
    }
    if let Some(state) = devices["mqtt"]["state"].as_str() {
        let told = devices["mqtt"]["cause"].as_str().unwrap_or_default();
        let name = text(&devices["mqtt"]["broker"]).to_owned();
        rows.push([name, "broker".to_owned(), state.to_owned(), String::new(), told.to_owned()]);
    }
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |row: &[String; 5]| {
        let [name, kind, state, measured, fault] = row;
        let [a, b, c, d] = widths;
        let line = format!("{name:a$}  {kind:b$}  {state:c$}  {measured:d$}  {fault}");
        line.trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(card: &Value, kind: &str, state: &str, measured: &str) -> [String; 5] {
    let since = card["since"].as_str().and_then(|since| since.get(11..19));
    let state = match since {
        Some(since) if !state.is_empty() && state != "unknown" => format!("{state} since {since}"),
        _ => state.to_owned(),
    };
    let fault = card["fault"]["message"].as_str().map(|fault| format!("! {fault}"));
    let name = text(&card["name"]).to_owned();
    [name, kind.to_owned(), state, measured.to_owned(), fault.unwrap_or_default()]
}

/// What a reading measures.
fn measured(reading: &Value) -> String {
    let distance = reading["distance_mm"].as_u64().map(|distance| format!("{distance} mm"));
    let free = (reading["free"] == true).then(|| "nothing near".to_owned());
    let value = reading["value"].as_f64().map(|value| value.to_string());
    let parts = [
        distance.or(free),
        percent("bright", &reading["brightness"]),
        percent("level", &reading["level"]),
        value,
        percent("battery", &reading["battery"]),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn percent(what: &str, share: &Value) -> Option<String> {
    share.as_f64().map(|share| format!("{what} {:.0} %", share * 100.0))
}

fn on(on: &Value) -> &'static str {
    match on.as_bool() {
        Some(true) => "on",
        Some(false) => "off",
        None => "unknown",
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_device_has_a_line_with_what_is_wrong_at_its_end() {
        let reading = json!({ "distance_mm": 900, "free": false, "battery": 0.8 });
        let since = "2026-11-21T14:32:05.250+01:00";
        let devices = json!({
            "sensors": [
                { "name": "hall", "senses": "motion", "kind": "serial", "active": true, "since": since,
                  "reading": reading, "fault": null },
                { "name": "gate", "senses": "opening", "kind": "mqtt", "active": null, "since": null,
                  "reading": {}, "fault": { "message": "the broker is not there", "hint": "" } },
            ],
            "lights": [{ "name": "porch", "on": true, "brightness": 0.07, "fault": null }],
            "servos": [{ "name": "cover", "angle": 90.0, "fault": null }],
            "outputs": [{ "name": "bell", "kind": "siren", "on": false, "since": since, "fault": null }],
            "mqtt": { "broker": "10.0.0.5:1883", "state": "down", "cause": "refused" },
        });
        let expected = "\
hall           motion (serial)  yes since 14:32:05  900 mm, battery 80 %
gate           opening (mqtt)   unknown                                   ! the broker is not there
porch          light            on                  bright 7 %
cover          servo                                90 degrees
bell           siren            off since 14:32:05
10.0.0.5:1883  broker           down                                      refused
";
        assert_eq!(table(&devices), expected);
    }

    #[test]
    fn without_sensors_it_says_how_to_get_some() {
        let none =
            json!({ "sensors": [], "lights": [], "servos": [], "outputs": [], "mqtt": null });
        assert!(table(&none).contains("[[sensor]]"));
    }
}
