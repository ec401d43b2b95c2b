//! The JSON schema and the file to start from, both made of the comments in `raw`.

use std::fmt::Write;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::raw::RawConfig;

/// The JSON schema of `watchpost.toml`, for editors that complete and check as one types.
///
/// `x-least` and `x-most` are the limits of lengths and sizes, which JSON schema cannot compare.
#[must_use]
pub fn schema() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<RawConfig>().to_value()
}

/// A `watchpost.toml` with every key and what it means.
///
/// It sets nothing: prose begins with `# `, and keys with a bare `#`, which the owner takes away.
#[must_use]
pub fn example() -> String {
    let schema = schema();
    let mut text = String::new();
    prose(&mut text, &words(&schema, "description"));
    table(&mut text, "", &schema);
    text
}

/// Writes the keys of a table, then the tables within it.
fn table(text: &mut String, path: &str, schema: &Value) {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let is_key = |schema: &&Value| table_of(schema).is_none() && schema["deprecated"] != true;
    for (name, key) in properties.iter().filter(|(_, schema)| is_key(schema)) {
        text.push('\n');
        prose(text, &format!("{}{}", words(key, "description"), limits(key)));
        let example = key.get("default").or(key["examples"].get(0)).unwrap_or(&Value::Null);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "#{name} = {}", toml(example));
    }
    for (name, within) in properties {
        let Some(schema) = table_of(within) else { continue };
        let path = join(path, name);
        text.push('\n');
        prose(text, &words(within, "description"));
        let _ = writeln!(text, "#{}", header(&path, within));
        table(text, &path, schema);
    }
}

/// A value as TOML has it. JSON and TOML write plain text and numbers alike.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(toml).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(keys) => {
            let keys: Vec<String> =
                keys.iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            format!("{{ {} }}", keys.join(", "))
        }
        value => value.to_string(),
    }
}

/// The headers of the tables that know the key `name`, such as `[camera.motion]`.
pub(super) fn homes(name: &str) -> Vec<String> {
    fn search(path: &str, table: &Value, name: &str, homes: &mut Vec<String>) {
        for (key, schema) in table["properties"].as_object().into_iter().flatten() {
            let path = join(path, key);
            let Some(within) = table_of(schema) else { continue };
            if within["properties"].get(name).is_some() {
                homes.push(header(&path, schema));
            }
            search(&path, within, name, homes);
        }
    }
    let mut homes = Vec::new();
    search("", &schema(), name, &mut homes);
    homes
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn header(path: &str, schema: &Value) -> String {
    if schema["type"] == "array" { format!("[[{path}]]") } else { format!("[{path}]") }
}

/// The schema of the table that a key holds, or of each table of its list.
fn table_of(schema: &Value) -> Option<&Value> {
    let table = schema.get("items").unwrap_or(schema);
    table.get("properties").map(|_| table)
}

fn words(schema: &Value, key: &str) -> String {
    schema[key].as_str().unwrap_or_default().to_owned()
}

fn limits(schema: &Value) -> String {
    match (schema["x-least"].as_str(), schema["x-most"].as_str()) {
        (Some(least), Some(most)) => format!(" From {least} to {most}."),
        (Some(least), None) => format!(" At least {least}."),
        _ => String::new(),
    }
}

/// Writes a comment, broken into lines of at most 80 letters.
fn prose(text: &mut String, words: &str) {
    for (index, paragraph) in words.split("\n\n").enumerate() {
        if index > 0 {
            text.push_str("#\n");
        }
        let mut line = "#".to_owned();
        for word in paragraph.split_whitespace() {
            if line.len() + 1 + word.len() > 80 {
                let _ = writeln!(text, "{line}");
                "#".clone_into(&mut line);
            }
            line.push(' ');
            line += word;
        }
        let _ = writeln!(text, "{line}");
    }
}
