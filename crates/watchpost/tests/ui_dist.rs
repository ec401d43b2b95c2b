//! The committed pages in `ui/dist` were built from the committed source in `ui/src`.
//!
//! Needs no Node: `ui/build.mjs` leaves the hash of its source in `ui/dist/source.sha256`, and this
//! test takes the same hash again.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

#[test]
fn the_pages_were_built_from_this_source() {
    let ui = ui();
    let built_from = fs::read_to_string(ui.join("dist/source.sha256"))
        .expect("ui/dist/source.sha256 is committed; `make ui` writes it");
    assert_eq!(
        built_from.trim(),
        source_hash(&ui),
        "ui/dist is older than ui/src: run `make ui` and commit ui/dist"
    );
}

#[test]
fn every_page_has_its_compressed_twin() {
    let dist = ui().join("dist");
    let pages: Vec<_> = files_under(&dist)
        .into_iter()
        .filter(|file| file.extension().is_none_or(|end| end != "br" && end != "sha256"))
        .collect();
    assert!(pages.len() > 2, "ui/dist has a page, a script and a style sheet, not {pages:?}");
    for page in pages {
        let mut twin = page.clone().into_os_string();
        twin.push(".br");
        assert!(Path::new(&twin).is_file(), "{} has no .br beside it", page.display());
    }
}

#[test]
fn the_hash_changes_with_a_byte_a_name_and_a_new_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ui = folder.path();
    let put = |name: &str, content: &str| {
        let file = ui.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
        fs::write(file, content).expect("a file can be written");
    };
    put("build.mjs", "build");
    put("package-lock.json", "{}");
    put("src/main.tsx", "one");
    let first = source_hash(ui);

    put("src/main.tsx", "two");
    let with_a_byte_changed = source_hash(ui);
    assert_ne!(with_a_byte_changed, first);

    put("src/live/wall.tsx", "");
    assert_ne!(source_hash(ui), with_a_byte_changed);
    fs::remove_file(ui.join("src/live/wall.tsx")).expect("the file is there");
    assert_eq!(source_hash(ui), with_a_byte_changed);

    put("dist/index.html", "built"); // no source
    assert_eq!(source_hash(ui), with_a_byte_changed);

    fs::rename(ui.join("src/main.tsx"), ui.join("src/page.tsx")).expect("the file is there");
    assert_ne!(source_hash(ui), with_a_byte_changed);
}

/// As `sourceHash` in `ui/build.mjs` says it: SHA-256 over `build.mjs`, `package-lock.json` and
/// every file below `src`, sorted by the bytes of their path relative to `ui` (with `/`); each as
/// path, NUL, content, NUL.
fn source_hash(ui: &Path) -> String {
    let mut files = files_under(&ui.join("src"));
    files.extend(["build.mjs", "package-lock.json"].map(|name| ui.join(name)));
    let mut named: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(ui).expect("a file below ui");
            (name.to_str().expect("our file names are UTF-8").to_owned(), file)
        })
        .collect();
    named.sort();
    let mut hash = Sha256::new();
    for (name, file) in named {
        let content = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        hash.update(name);
        hash.update([0]);
        hash.update(content);
        hash.update([0]);
    }
    hash.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn ui() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders deep").join("ui")
}
