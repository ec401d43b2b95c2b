//! The schema, the example file and the reader know the same keys.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

/// What is written in place of the example's values, so that each of its keys is good at least once;
/// nothing where a key is left out.
const ROUNDS: [&[(&str, &str)]; 7] = [
    &[
        ("camera.source", "\"rtsp://door\""),
        ("camera.clip", ""),
        ("detector.model", ""),
        ("servo.board_pin", ""),
        ("light.when", "\"dark\""),
    ],
    &[
        ("camera.source", "\"onvif://door\""),
        ("camera.photos", "false"),
        ("camera.objects.trigger.does", "\"enters\""),
        ("detector.url", ""),
        ("mqtt.broker", "\"mqtts://broker\""),
        ("sensor.kind", "\"gpio\""),
        ("light.when", "\"hours\""),
    ],
    &[
        ("camera.source", "\"http://door\""),
        ("camera.clip", ""),
        ("camera.objects.trigger.does", "\"loiters\""),
        ("detector.model", ""),
        ("sensor.kind", "\"mcp3008\""),
    ],
    &[
        ("camera.source", "\"file:a.mp4\""),
        ("camera.clip", ""),
        ("camera.objects.trigger.does", "\"leaves\""),
        ("detector.url", ""),
        ("sensor.kind", "\"mqtt\""),
        ("light.kind", "\"sim\""),
        ("servo.kind", "\"sim\""),
        ("output.sim", "true"),
    ],
    &[("camera.source", "\"rpicam:\""), ("detector.url", ""), ("sensor.kind", "\"sim\"")],
    &[("camera.source", "\"v4l2:/dev/video0\""), ("camera.clip", ""), ("detector.url", "")],
    &[("camera.source", "\"demo:\""), ("camera.clip", "")],
];

#[test]
fn the_example_can_be_uncommented() {
    let mut never_good: BTreeSet<String> = settings(&uncommented()).into_iter().flatten().collect();
    for changes in ROUNDS {
        let change = |path: &str| {
            // The first is the camera's source; that for detection is of the same kind.
            let path = path.replace("camera.detect_source", "camera.source");
            let (_, value) = match path.as_str() {
                "camera.photos" => {
                    changes.iter().find(|(of, _)| *of == path).or(Some(&("", "true")))
                }
                "camera.objects.trigger.does" => {
                    changes.iter().find(|(of, _)| *of == path).or(Some(&("", "\"crosses\"")))
                }
                path => changes.iter().find(|(of, _)| *of == path),
            }?;
            Some(*value)
        };
        let example = uncommented();
        let lines = example.lines().zip(settings(&example)).map(|(line, path)| {
            match path.as_deref().and_then(change) {
                None => line.to_owned(),
                Some("") => String::new(),
                Some(value) => format!("{} = {value}", line.split_once(" = ").unwrap().0),
            }
        });
        let mut lines: Vec<String> = lines.collect();
        // What does not fit these kinds is told, and nothing else is.
        while let Err(faults) = Config::read(&lines.join("\n"), &mut look_up) {
            for fault in faults {
                let fits_not = ["only ", "needs ", "means nothing"];
                let told = fits_not.iter().any(|begins| fault.problem().starts_with(begins));
                assert!(told, "{changes:?}: {fault}");
                lines[fault.line() - 1].clear();
            }
        }
        let text = lines.join("\n");
        let config = good(&text);
        assert_eq!(config.cameras.len(), 1);
        assert!(config.server.certificate.is_some());
        let is_model = matches!(config.detector.unwrap().kind, DetectorKind::Model(_));
        assert_eq!(is_model, change("detector.model").is_none(), "{changes:?}");
        assert_eq!(config.cameras[0].objects.triggers.len(), 1, "{changes:?}");
        assert!(config.mqtt.is_some());
        let devices = [config.sensors.len(), config.lights.len(), config.servos.len()];
        assert_eq!((devices, config.outputs.len()), ([1; 3], 1));
        for path in settings(&text).into_iter().flatten() {
            never_good.remove(&path);
        }
    }
    assert_eq!(never_good, BTreeSet::new());
}

/// The path of the key that each line sets, if it sets one.
fn settings(text: &str) -> Vec<Option<String>> {
    let mut table = String::new();
    let path = |line: &str| {
        if let Some(header) = line.strip_prefix('[') {
            table = format!("{}.", header.trim_matches(['[', ']']));
        }
        let (key, _) = line.split_once(" = ").filter(|_| !line.starts_with('#'))?;
        Some(format!("{table}{key}"))
    };
    text.lines().map(path).collect()
}

#[test]
fn every_key_has_words_and_a_default_or_an_example() {
    let example = uncommented();
    for (path, schema) in keys() {
        assert!(schema["description"].is_string(), "{path:?}");
        let is_table = is_table(&schema);
        let is_old = schema["deprecated"] == true;
        let has_value = schema.get("default").or(schema.get("examples")).is_some();
        assert!(is_table || is_old || has_value, "{path:?}");
        let shown = path.last().is_some_and(|name| example.contains(&format!("\n{name} = ")));
        assert!(is_table || is_old || shown, "{path:?}");
    }
}

#[test]
fn a_default_that_is_written_out_changes_nothing() {
    for (path, schema) in keys() {
        let Some(default) = schema.get("default") else { continue };
        let fits =
            |base: &&&[&str]| Config::read(&setting(base, &path, default), &mut look_up).is_ok();
        // The kind of camera that has the key.
        let base = BASES.iter().find(fits).unwrap_or_else(|| panic!("{path:?} = {default}"));
        let with = good(&setting(base, &path, default));
        let without = good(&without(base, &path));
        assert_eq!(with, without, "{path:?} = {default}");
    }
}

#[test]
fn the_reader_knows_what_the_schema_knows() {
    let known: Vec<String> = keys().into_iter().map(|(path, _)| path.join(".")).collect();
    for (path, schema) in keys() {
        // A key that is read does not put up with a moment.
        let text = setting(BASES[0], &path, &json!("MOMENT")).replace("\"MOMENT\"", "2026-11-21");
        let faults = Config::read(&text, &mut look_up).unwrap_err();
        let at_key = |fault: &&Fault| fault.key().replace("[0]", "") == path.join(".");
        let fault = faults.iter().find(at_key).unwrap_or_else(|| panic!("{text}{faults:?}"));
        assert!(!fault.problem().contains("unknown key"), "{fault}");

        // A table lists what it reads.
        if is_table(&schema) {
            let mut path = path.clone();
            path.push("qqqqqqqqqqqq".to_owned());
            let faults =
                Config::read(&setting(BASES[0], &path, &json!(1)), &mut look_up).unwrap_err();
            let listed =
                faults.iter().find_map(|fault| fault.problem().split_once("known here are "));
            for name in listed.unwrap().1.split(", ") {
                path.pop();
                path.push(name.to_owned());
                assert!(known.contains(&path.join(".")), "{path:?}");
            }
        }
    }
}

/// A file with a good camera, in which the table of the key at `path` has only what it must.
fn without(base: &[&str], path: &[String]) -> String {
    let (_, table) = path.split_last().unwrap();
    let schema = table.iter().fold(schema(), |schema, name| within(&schema, name).clone());
    match required(&schema).first() {
        Some((name, example)) if table != ["camera"] => {
            setting(base, &[table, std::slice::from_ref(name)].concat(), example)
        }
        _ => setting(base, &["server".to_owned(), "listen".to_owned()], &json!(raw::LISTEN)),
    }
}

/// The schema of the key `name` in a table, or in each table of a list.
fn within<'a>(schema: &'a Value, name: &str) -> &'a Value {
    &schema.get("items").unwrap_or(schema)["properties"][name]
}

/// The keys that a table must have, with an example of each.
fn required(schema: &Value) -> Vec<(String, Value)> {
    let table = schema.get("items").unwrap_or(schema);
    let names = table["required"].as_array().cloned().unwrap_or_default();
    let names = names.iter().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), within(table, name)["examples"][0].clone())).collect()
}

/// The path and the schema of every key and table.
fn keys() -> Vec<(Vec<String>, Value)> {
    fn walk(path: &[String], schema: &Value, keys: &mut Vec<(Vec<String>, Value)>) {
        let table = schema.get("items").unwrap_or(schema);
        for (name, schema) in table["properties"].as_object().into_iter().flatten() {
            let path = [path, std::slice::from_ref(name)].concat();
            keys.push((path.clone(), schema.clone()));
            walk(&path, schema, keys);
        }
    }
    let mut keys = Vec::new();
    walk(&[], &schema(), &mut keys);
    assert!(keys.len() > 20);
    keys
}

fn is_table(schema: &Value) -> bool {
    let table = schema.get("items").unwrap_or(schema);
    table.get("properties").is_some()
}

/// Good cameras, each with keys of its own, and what other tables need.
const BASES: &[&[&str]] = &[
    &["name = \"a\"", "source = \"demo:\""],
    &["name = \"a\"", "source = \"demo:\"", "photos = true"],
    &["name = \"a\"", "source = \"demo:\"", "clip = \"5s\""],
    &["name = \"a\"", "source = \"rtsp://door\""],
    &["name = \"a\"", "source = \"http://door\""],
    &["name = \"a\"", "source = \"rpicam:\""],
    &["name = \"a\"", "source = \"v4l2:/dev/video0\""],
    &["name = \"a\"", "source = \"demo:\"", "detector.model = \"a.onnx\""],
    &[
        "name = \"a\"",
        "source = \"demo:\"",
        "detector.url = \"http://a\"",
        "detector.protocol = \"http\"",
    ],
    &[
        "name = \"a\"",
        "source = \"demo:\"",
        "sensor.kind = \"serial\"",
        "sensor.port = \"/dev/ttyACM0\"",
        "sensor.cameras = [\"a\"]",
        "light.serial_port = \"/dev/ttyUSB0\"",
        "servo.board_pin = 12",
        "output.kind = \"led\"",
        "output.pin = 27",
    ],
    &[
        "name = \"a\"",
        "source = \"demo:\"",
        "sensor.kind = \"gpio\"",
        "sensor.pin = 17",
        "light.serial_port = \"/dev/ttyUSB0\"",
        "light.when = \"dark\"",
        "servo.channel = 1",
    ],
    &["name = \"a\"", "source = \"demo:\"", "sensor.kind = \"mcp3008\"", "sensor.channel = 0"],
    &["name = \"a\"", "source = \"demo:\"", "mqtt.broker = \"mqtt://a\"", "sensor.kind = \"mqtt\""],
];

/// A file with a good camera that sets one key.
fn setting(base: &[&str], path: &[String], value: &Value) -> String {
    let (top, rest) = path.split_first().unwrap();
    let of_camera = top == "camera" && !rest.is_empty();
    // Lines of the base that begin with the name of a table are keys of that; others are the camera's.
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut camera = String::new();
    for line in base {
        match line
            .split(" = ")
            .next()
            .and_then(|key| line.split_once('.').filter(|_| key.contains('.')))
        {
            Some((table, line)) => tables.entry(table).or_default().push(line),
            None if of_camera && line.starts_with(&format!("{} =", rest[0])) => {}
            None => camera.extend([line, "\n"]),
        }
    }
    let schema = schema();
    let own = match rest {
        [] => assignment(&schema, path, value, &[]),
        rest if of_camera => assignment(within(&schema, "camera"), rest, value, &[]),
        _ => assignment(&schema, path, value, &tables.remove(top.as_str()).unwrap_or_default()),
    };
    let mut others = String::new();
    for (table, lines) in tables.iter().filter(|(table, _)| *top != **table) {
        let schema = within(&schema, table);
        let set = lines.iter().map(|line| (*line).to_owned());
        let keys: Vec<String> = set.chain(missing(schema, lines)).collect();
        others.extend([inline(table, schema, &keys).as_str(), "\n"]);
    }
    if of_camera {
        format!("{others}[[camera]]\n{own}\n{camera}")
    } else if top == "camera" {
        format!("{others}{own}\n")
    } else {
        format!("{others}{own}\n[[camera]]\n{camera}")
    }
}

/// What a table must have that these lines do not set.
fn missing(schema: &Value, lines: &[&str]) -> Vec<String> {
    let is_set = |name: &str| {
        lines.iter().any(|line| line.split(" = ").next().is_some_and(|key| key == name))
    };
    let missing = required(schema).into_iter().filter(|(name, _)| !is_set(name));
    missing.map(|(name, example)| format!("{name} = {example}")).collect()
}

/// A table, or a list with one table, in one line.
fn inline(name: &str, schema: &Value, keys: &[String]) -> String {
    let keys = keys.join(", ");
    if schema["type"] == "array" {
        format!("{name} = [{{ {keys} }}]")
    } else {
        format!("{name} = {{ {keys} }}")
    }
}

/// What sets the key at `path` within a table, with what the tables on the way must have, and with
/// `lines` in the first of them.
fn assignment(table: &Value, path: &[String], value: &Value, lines: &[&str]) -> String {
    let (name, rest) = path.split_first().unwrap();
    if rest.is_empty() {
        return format!("{name} = {value}");
    }
    let schema = within(table, name);
    let own = assignment(schema, rest, value, &[]);
    let others = lines.iter().filter(|line| !line.starts_with(&format!("{} =", rest[0])));
    let mut keys: Vec<&str> = others.copied().chain([own.as_str()]).collect();
    let missing = missing(schema, &keys);
    keys.extend(missing.iter().map(String::as_str));
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    inline(name, schema, &keys)
}
