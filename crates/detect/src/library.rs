//! Where the ONNX Runtime library lies.

use std::path::{Path, PathBuf};

/// Where systems and people put libraries, the nearest first.
const FOLDERS: [&str; 11] = [
    "/usr/local/lib",
    "/usr/local/lib/aarch64-linux-gnu",
    "/usr/local/lib/x86_64-linux-gnu",
    "/usr/local/lib/arm-linux-gnueabihf",
    "/opt/onnxruntime/lib",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/arm-linux-gnueabihf",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/onnxruntime",
];

const NAME: &str = "libonnxruntime.so";

/// The newest ONNX Runtime of this system, if there is one: `libonnxruntime.so` with or without a
/// version after it. Of folders of another processor nothing can be opened, but they do not exist then.
pub(crate) fn find() -> Option<PathBuf> {
    newest(FOLDERS.iter().map(Path::new))
}

fn newest<'a>(folders: impl Iterator<Item = &'a Path>) -> Option<PathBuf> {
    let mut best: Option<(Vec<u32>, PathBuf)> = None;
    for folder in folders {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            // A link without a version is as new as what it leads to.
            let Ok(real) = path.canonicalize() else { continue };
            let Some(version) = version(&path).max(version(&real)) else { continue };
            if real.is_file() && best.as_ref().is_none_or(|(newest, _)| version > *newest) {
                best = Some((version, path));
            }
        }
    }
    best.map(|(_, path)| path)
}

/// The version in a library's name, if it is this library; empty if the name has none.
fn version(path: &Path) -> Option<Vec<u32>> {
    let after = path.file_name()?.to_str()?.strip_prefix(NAME)?;
    match after.strip_prefix('.') {
        Some(numbers) => numbers.split('.').map(|number| number.parse().ok()).collect(),
        None => after.is_empty().then(Vec::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_all_folders_is_found() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folders = [one.path(), other.path(), Path::new("/nowhere/at/all")];
        assert_eq!(newest(folders.into_iter()), None);
        let write = |folder: &Path, name: &str| std::fs::write(folder.join(name), b"").unwrap();
        write(one.path(), "libonnxruntime_providers_shared.so");
        write(one.path(), "libonnxruntime.so.1.bak");
        assert_eq!(newest(folders.into_iter()), None);
        write(one.path(), "libonnxruntime.so.1.9.0");
        write(other.path(), "libonnxruntime.so.1.31.1");
        assert_eq!(
            newest(folders.into_iter()),
            Some(other.path().join("libonnxruntime.so.1.31.1"))
        );
    }

    #[test]
    fn a_link_is_as_new_as_what_it_leads_to() {
        let (one, hidden) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(hidden.path().join("libonnxruntime.so.1.20.0"), b"").unwrap();
        std::fs::write(one.path().join("libonnxruntime.so.1.18.0"), b"").unwrap();
        let link = one.path().join(NAME);
        std::os::unix::fs::symlink(hidden.path().join("libonnxruntime.so.1.20.0"), &link).unwrap();
        assert_eq!(newest([one.path()].into_iter()), Some(link));
    }
}
