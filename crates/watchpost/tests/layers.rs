//! The walls of the house: which crate may see which, and what the pure ones must not touch.
//!
//! Reads the manifests and the sources of the workspace. Each rule is a function from text to
//! faults, and is itself shown a bad text below, so that no rule can pass by being blind.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// No clock, no socket, no file, no thread, no async, no unsafe.
const PURE: [&str; 5] = ["model", "media", "vision", "watch", "api"];

/// Crates that open a door to the world, or wait for it. A name ending in `*` stands for all that
/// begin so.
const DOORS: [&str; 33] = [
    "actix*",
    "async-*",
    "axum*",
    "crossbeam*",
    "futures*",
    "getrandom",
    "gpiocdev",
    "hyper*",
    "landlock",
    "libc",
    "mio",
    "nix",
    "object_store",
    "openh264",
    "rand",
    "rayon",
    "reqwest",
    "retina",
    "rusqlite",
    "rustix",
    "rustls*",
    "sd-notify",
    "seccompiler",
    "smol",
    "socket2",
    "sqlx*",
    "tempfile",
    "tokio*",
    "tower*",
    "tracing-subscriber",
    "turbojpeg",
    "ureq",
    "windows*",
];

/// Modules of `std` that a pure crate must not name. (`std::net` is judged by [`DOOR_WORDS`]: an
/// address is a word, a socket is a door.)
const DOOR_MODULES: [&str; 5] = ["env", "fs", "os", "process", "thread"];

/// Words that a pure crate must not use.
const DOOR_WORDS: [&str; 11] = [
    "await",
    "async",
    "eprintln",
    "println",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "UnixListener",
    "UnixStream",
    "unsafe",
];

/// Names that say nothing, for a crate or a module.
const EMPTY_NAMES: [&str; 8] =
    ["common", "helper", "helpers", "manager", "misc", "types", "util", "utils"];

// --- the rules -----------------------------------------------------------------------------

/// The crates of this workspace that the crate in `folder` may see; `None`: all.
fn may_see(folder: &str) -> Option<Vec<&'static str>> {
    match folder {
        "model" | "api" => Some(vec![]),
        "media" | "vision" | "watch" => Some(vec!["model"]),
        "decode" | "detect" => Some([&PURE[..], &["sandbox"]].concat()),
        "web" => Some([&PURE[..], &["store"]].concat()),
        "watchpost" => None,
        _ => Some(PURE.to_vec()),
    }
}

/// What is wrong with the manifest `text` of the crate in `folder`.
fn faults_of_manifest(folder: &str, text: &str) -> Vec<String> {
    let manifest: toml::Table = text.parse().expect("a manifest that cargo reads is TOML");
    let mut faults = Vec::new();

    let expected = match folder {
        "watchpost" => folder.to_owned(),
        _ => format!("watchpost-{folder}"),
    };
    let name = manifest["package"]["name"].as_str().unwrap_or_default();
    if name != expected {
        faults.push(format!("crates/{folder} is named {name}, not {expected}"));
    }
    if EMPTY_NAMES.contains(&folder) {
        faults.push(format!("crates/{folder}: that name says nothing"));
    }
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    if folder != "decode" && lints.and_then(toml::Value::as_bool) != Some(true) {
        faults.push(format!("crates/{folder} does not take the lints of the workspace"));
    }

    for dependency in dependencies(&manifest, &["dependencies", "build-dependencies"]) {
        if PURE.contains(&folder) && DOORS.iter().any(|door| matches_door(door, &dependency)) {
            faults.push(format!("{folder} is pure, but depends on {dependency}"));
        }
    }
    let everywhere = ["dependencies", "build-dependencies", "dev-dependencies"];
    for dependency in dependencies(&manifest, &everywhere) {
        let Some(seen) = dependency.strip_prefix("watchpost-") else { continue };
        if may_see(folder).is_some_and(|allowed| !allowed.contains(&seen)) {
            faults.push(format!("{folder} must not see {seen}"));
        }
    }
    faults
}

/// What is wrong with the source `text` of a file of the crate in `folder`.
fn faults_of_source(folder: &str, file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if EMPTY_NAMES.contains(&stem) {
        faults.push(format!("{file}: that name says nothing"));
    }
    let is_root = ["src/lib.rs", "src/main.rs"].iter().any(|root| file.ends_with(root));
    if is_root && folder != "decode" && !text.contains("#![forbid(unsafe_code)]") {
        faults.push(format!("{file} does not begin with #![forbid(unsafe_code)]"));
    }
    if !PURE.contains(&folder) {
        return faults;
    }
    let code = without_tests_and_comments(text);
    for module in modules_of_std(&code) {
        if DOOR_MODULES.contains(&module.as_str()) {
            faults.push(format!("{file} is pure, but names std::{module}"));
        }
    }
    for word in words(&code) {
        if DOOR_WORDS.contains(&word) {
            faults.push(format!("{file} is pure, but says {word}"));
        }
    }
    for clock in ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"] {
        if code.contains(clock) {
            faults.push(format!("{file} is pure, but reads the clock by {clock}"));
        }
    }
    faults
}

/// What is wrong with the list of members in the manifest `text` of the workspace, where `folders`
/// are those that lie in `crates`.
fn faults_of_workspace(text: &str, folders: &BTreeSet<String>) -> Vec<String> {
    let manifest: toml::Table = text.parse().expect("a manifest that cargo reads is TOML");
    let members = manifest["workspace"]["members"].as_array().expect("members are a list");
    let listed: Vec<&str> = members
        .iter()
        .filter_map(toml::Value::as_str)
        .filter_map(|member| member.strip_prefix("crates/"))
        .collect();
    let mut faults = Vec::new();
    for folder in folders.iter().filter(|folder| !listed.contains(&folder.as_str())) {
        faults.push(format!("crates/{folder} is no member of the workspace"));
    }
    // In the order in which video flows: all pure crates stand before all of the shell.
    let mut from_shell_on = listed.iter().skip_while(|folder| PURE.contains(folder));
    if from_shell_on.any(|folder| PURE.contains(folder)) {
        faults.push("a pure crate stands behind one of the shell in Cargo.toml".to_owned());
    }
    faults
}

// --- the real workspace --------------------------------------------------------------------

#[test]
fn no_crate_looks_up_and_no_pure_crate_has_a_door() {
    let root = root();
    let folders = folders_of(&root.join("crates"));
    assert!(PURE.iter().all(|pure| folders.contains(*pure)), "a pure crate is gone: {folders:?}");

    let mut faults = faults_of_workspace(&read(&root.join("Cargo.toml")), &folders);
    for folder in &folders {
        let home = root.join("crates").join(folder);
        faults.extend(faults_of_manifest(folder, &read(&home.join("Cargo.toml"))));
        let sources = rust_files(&home.join("src"));
        assert!(!sources.is_empty(), "crates/{folder} has no source");
        for file in sources {
            let shown = file.strip_prefix(&root).expect("a file of the workspace");
            let shown = shown.to_str().expect("our file names are UTF-8");
            if !is_test_file(shown) {
                faults.extend(faults_of_source(folder, shown, &read(&file)));
            }
        }
    }
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}

// --- each rule is shown a bad text -------------------------------------------------------------

/// A manifest with nothing wrong, and then `more`.
fn manifest(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{more}\n")
}

#[test]
fn a_good_manifest_has_no_fault() {
    let text = manifest("watchpost-web", "[dependencies]\nwatchpost-store = {}\naxum = \"0.8\"");
    assert_eq!(faults_of_manifest("web", &text), [""; 0]);
}

#[test]
fn an_arrow_upward_is_found_in_every_kind_of_dependency() {
    for table in [
        "dependencies",
        "dev-dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
        "target.'cfg(unix)'.dev-dependencies",
    ] {
        let text = manifest("watchpost-media", &format!("[{table}]\nwatchpost-watch = {{}}"));
        assert_eq!(faults_of_manifest("media", &text), ["media must not see watch"], "{table}");
    }
}

#[test]
fn an_arrow_is_found_behind_another_name() {
    let text = manifest(
        "watchpost-media",
        "[dependencies]\nclips = { package = \"watchpost-store\", path = \"../store\" }",
    );
    assert_eq!(faults_of_manifest("media", &text), ["media must not see store"]);
}

#[test]
fn a_shell_crate_sees_no_other_shell_crate() {
    let text = manifest("watchpost-source", "[dependencies]\nwatchpost-store = {}");
    assert_eq!(faults_of_manifest("source", &text), ["source must not see store"]);
    let text = manifest("watchpost-web", "[dependencies]\nwatchpost-source = {}");
    assert_eq!(faults_of_manifest("web", &text), ["web must not see source"]);
}

#[test]
fn api_stands_alone() {
    let text = manifest("watchpost-api", "[dependencies]\nwatchpost-model = {}");
    assert_eq!(faults_of_manifest("api", &text), ["api must not see model"]);
}

#[test]
fn a_door_in_a_pure_crate_is_found() {
    for door in DOORS {
        let name = door.replace('*', "-extra");
        let text = manifest("watchpost-watch", &format!("[dependencies]\n{name} = \"1\""));
        assert_eq!(
            faults_of_manifest("watch", &text),
            [format!("watch is pure, but depends on {name}")]
        );
    }
    let for_tests_only = manifest("watchpost-watch", "[dev-dependencies]\ntempfile = \"3\"");
    assert_eq!(faults_of_manifest("watch", &for_tests_only), [""; 0]);
}

#[test]
fn a_crate_with_the_wrong_name_or_without_lints_is_found() {
    let text = "[package]\nname = \"watchpost-util\"\n";
    assert_eq!(
        faults_of_manifest("util", text),
        [
            "crates/util: that name says nothing",
            "crates/util does not take the lints of the workspace"
        ]
    );
    let text = manifest("films", "");
    assert_eq!(
        faults_of_manifest("media", &text),
        ["crates/media is named films, not watchpost-media"]
    );
}

#[test]
fn a_door_of_std_in_a_pure_source_is_found() {
    for (text, fault) in [
        ("use std::fs::File;", "names std::fs"),
        ("use std::{fmt, io, thread};", "names std::thread"),
        (
            "use std::{\n    collections::{BTreeMap, VecDeque},\n    process,\n};",
            "names std::process",
        ),
        ("use std::fs as files;", "names std::fs"),
        ("let now = std :: env :: var(\"TZ\");", "names std::env"),
        ("let now = SystemTime::now();", "reads the clock by SystemTime::now"),
        ("let now = std::time::Instant::now();", "reads the clock by Instant::now"),
        ("unsafe { transmute(a) }", "says unsafe"),
        ("std::net::TcpStream::connect(a)", "says TcpStream"),
        ("async fn wait() {}", "says async"),
        ("println!(\"here\");", "says println"),
    ] {
        assert_eq!(
            faults_of_source("vision", "src/a.rs", text),
            [format!("src/a.rs is pure, but {fault}")],
            "{text}"
        );
        assert_eq!(faults_of_source("source", "src/a.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn words_that_only_look_like_doors_are_let_through() {
    for text in [
        "// std::fs is not for us, and neither is unsafe",
        "/// See `std::thread`.",
        "use std::{collections::BTreeSet, fmt};",
        "use std::net::SocketAddr;",
        "let unsafe_code = 1;",
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
    ] {
        assert_eq!(faults_of_source("vision", "src/a.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn a_root_that_does_not_forbid_unsafe_is_found() {
    let fault = ["crates/web/src/lib.rs does not begin with #![forbid(unsafe_code)]"];
    assert_eq!(faults_of_source("web", "crates/web/src/lib.rs", "mod page;"), fault);
    assert_eq!(faults_of_source("decode", "crates/decode/src/lib.rs", "mod sys;"), [""; 0]);
    assert_eq!(
        faults_of_source("store", "crates/store/src/helpers.rs", ""),
        ["crates/store/src/helpers.rs: that name says nothing"]
    );
}

#[test]
fn a_stray_folder_and_a_wrong_order_are_found() {
    let folders = ["model", "store", "stray"].map(str::to_owned).into();
    let text = "[workspace]\nmembers = [\"crates/store\", \"crates/model\"]";
    assert_eq!(
        faults_of_workspace(text, &folders),
        [
            "crates/stray is no member of the workspace",
            "a pure crate stands behind one of the shell in Cargo.toml"
        ]
    );
}

// --- reading -------------------------------------------------------------------------------

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders deep").to_owned()
}

#[track_caller]
fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn folders_of(crates: &Path) -> BTreeSet<String> {
    fs::read_dir(crates)
        .expect("crates/ can be listed")
        .map(|entry| entry.expect("crates/ can be listed"))
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().expect("our folder names are UTF-8"))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("src/ can be listed").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn is_test_file(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

/// The real names of what stands in the tables of that name, those of single platforms included.
fn dependencies(manifest: &toml::Table, tables: &[&str]) -> BTreeSet<String> {
    let platforms = manifest.get("target").and_then(toml::Value::as_table);
    let places = std::iter::once(manifest)
        .chain(platforms.into_iter().flat_map(toml::Table::values).filter_map(|t| t.as_table()));
    places
        .flat_map(|place| tables.iter().filter_map(|table| place.get(*table)?.as_table()))
        .flatten()
        .map(|(name, value)| {
            let renamed = value.get("package").and_then(toml::Value::as_str);
            renamed.unwrap_or(name).to_owned()
        })
        .collect()
}

fn matches_door(door: &str, dependency: &str) -> bool {
    match door.strip_suffix('*') {
        Some(beginning) => dependency.starts_with(beginning),
        None => dependency == door,
    }
}

/// Tests stand last in a file and may open doors; comments may speak of them.
fn without_tests_and_comments(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).fold(
        String::new(),
        |mut code, line| {
            code.push_str(line);
            code.push('\n');
            code
        },
    )
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// What is named directly under `std`: `fs` of `std::fs::read`, and of `use std::{fmt, fs};`.
fn modules_of_std(code: &str) -> BTreeSet<String> {
    let tight: String = code.replace(" as ", ":").split_whitespace().collect();
    let mut modules = BTreeSet::new();
    for (at, path) in tight.match_indices("std::") {
        let rest = &tight[at + path.len()..];
        let mut depth = 0_usize;
        let mut item = String::new();
        for letter in rest.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth > 1 => depth -= 1,
                ',' if depth == 1 => {
                    modules.insert(std::mem::take(&mut item));
                }
                _ if depth > 1 => {}
                ':' | '_' => item.push(letter),
                _ if letter.is_alphanumeric() => item.push(letter),
                _ => break,
            }
        }
        modules.insert(item);
    }
    modules.iter().map(|item| item.split(':').next().unwrap_or_default().to_owned()).collect()
}
