//! What to write into the config file for a camera that was found.

use std::fmt::Write;

use url::{Url, form_urlencoded};

use super::media::{Encoding, Profile};

/// About as many pixels as detection looks at: 640x360.
const DETECTED: u32 = 640 * 360;

/// The least width that shows a person across a garden.
const LEAST_WIDTH: u16 = 320;

/// The `[[camera]]` table for a camera with these profiles: recorded from the largest, looked at in
/// the one nearest to what detection needs, if that is smaller. The password is left to the
/// environment. For a recorder, a table for each of its cameras.
///
/// Nothing if no profile can be recorded.
#[must_use]
pub fn suggestion(
    name: &str,
    device: &Url,
    profiles: &[Profile],
    user: Option<&str>,
) -> Option<String> {
    let name = camera_name(name);
    let password = format!("${{{}_PASSWORD}}", variable(&name));
    let mut groups: Vec<Vec<&Profile>> = Vec::new();
    for profile in profiles {
        match groups.iter_mut().find(|group| group[0].video_source == profile.video_source) {
            Some(group) => group.push(profile),
            None => groups.push(vec![profile]),
        }
    }
    let sources: Vec<_> = groups.iter().filter_map(|group| main_and_detect(group)).collect();
    let tables = sources.iter().enumerate().map(|(index, (main, detect))| {
        let mut table = String::from("[[camera]]\n");
        let mut line = |key: &str, value: &str| {
            // Writing to a string cannot fail.
            let _: Result<(), std::fmt::Error> = writeln!(table, "{key} = {}", quoted(value));
        };
        match sources.len() {
            1 => line("name", &name),
            _ => line("name", &format!("{name}-{}", index + 1)),
        }
        line("source", &source(device, main));
        if let Some(detect) = detect {
            line("detect_source", &source(device, detect));
        }
        if let Some(user) = user.filter(|user| !user.is_empty()) {
            line("user", &escaped(user));
            line("password", &password);
        }
        // An `onvif:` source is moved without being told.
        if device.scheme() == "https" && (main.ptz || detect.is_some_and(|detect| detect.ptz)) {
            line("onvif", &escaped(device.as_str()));
        }
        table
    });
    let tables: Vec<String> = tables.collect();
    (!tables.is_empty()).then(|| tables.join("\n"))
}

/// Of one picture's profiles the best to record, and the best to look at if there is another.
fn main_and_detect<'a>(profiles: &[&'a Profile]) -> Option<(&'a Profile, Option<&'a Profile>)> {
    let good = profiles.iter().copied().filter(|profile| is_good(profile));
    // Motion JPEG only where there is nothing else.
    let jpeg = profiles.iter().copied().filter(|profile| profile.encoding == Encoding::Jpeg);
    let smallness = |profile: &&Profile| u32::MAX - pixels(profile);
    let main = good.clone().min_by_key(smallness).or_else(|| jpeg.min_by_key(smallness))?;
    let smaller =
        good.filter(|profile| profile.width >= LEAST_WIDTH && pixels(profile) < pixels(main));
    Some((main, smaller.min_by_key(|profile| pixels(profile).abs_diff(DETECTED))))
}

fn is_good(profile: &Profile) -> bool {
    matches!(profile.encoding, Encoding::H264 | Encoding::H265)
}

fn pixels(profile: &Profile) -> u32 {
    u32::from(profile.width) * u32::from(profile.height)
}

/// By ONVIF, so that the stream is found again when the camera calls it otherwise. A device that wants
/// `https:` cannot be written so: then where the stream is now.
fn source(device: &Url, profile: &Profile) -> String {
    if device.scheme() != "http" {
        return escaped(profile.url.as_str());
    }
    let rest = &device[url::Position::BeforeHost..url::Position::AfterPath];
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("profile", &profile.token)
        .finish();
    format!("{}?{query}", escaped(&format!("onvif://{rest}")))
}

/// A name that can be a folder and a word of a command.
fn camera_name(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain: String = plain.chars().take(32).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "camera".to_owned() } else { plain.to_owned() }
}

/// The name as that of an environment variable.
fn variable(name: &str) -> String {
    let name = name.to_ascii_uppercase().replace('-', "_");
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("CAMERA_{name}")
    } else {
        name
    }
}

/// The text with no `${` that means a variable in the config file.
fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// As a string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {}
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
