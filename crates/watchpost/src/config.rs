//! Finding, reading and checking the owner's file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use watchpost_model::config::{
    Camera, Config, Detector, DetectorKind, Fault, Mqtt, MqttTls, SecretSource, SensorKind,
    SimSensor, Source,
};
use watchpost_model::{CameraId, MotionSettings};

/// Where the file is looked for when none is named.
const PLACES: [&str; 2] = ["watchpost.toml", "/etc/watchpost/watchpost.toml"];

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}; check its path and who may read it", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has faults; each is told, with its place.
    #[error("{0}")]
    Faults(String),
    /// Nobody knows the camera.
    #[error("there is no camera {camera} in {file}; {known}")]
    NoCamera {
        /// Which.
        camera: CameraId,
        /// Where it is looked for.
        file: String,
        /// Which there are.
        known: String,
    },
}

/// A checked configuration and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// `None`: there was no file.
    pub(crate) path: Option<PathBuf>,
}

/// The file to read: the one named, or the first that exists of the usual places.
pub(crate) fn find(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.exists()))
}

/// What is set without a file: data in this folder, and the page for the whole house. Nothing is shown
/// without a password, and the first one is set by a link that only the terminal shows.
const WITHOUT_A_FILE: &str = "[server]\ndata_dir = \"data\"\nlisten = \"0.0.0.0:8443\"\n";

/// Reads and checks the configuration; without a file, what [`WITHOUT_A_FILE`] says.
///
/// # Errors
///
/// All faults at once.
pub(crate) fn load(path: Option<PathBuf>) -> Result<Loaded, ConfigError> {
    let Some(path) = path else {
        let config = read(WITHOUT_A_FILE, Path::new("the defaults"), Path::new("."))?;
        return Ok(Loaded { config, path: None });
    };
    let text = fs::read_to_string(&path);
    let text = text.map_err(|source| ConfigError::Read { path: path.clone(), source })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let config = read(&text, &path, folder)?;
    Ok(Loaded { config, path: Some(path) })
}

/// Reads and checks `text`, which is called `name` in faults; its relative paths count from `folder`.
///
/// # Errors
///
/// All faults at once.
pub(crate) fn read(text: &str, name: &Path, folder: &Path) -> Result<Config, ConfigError> {
    let config = Config::read(text, &mut |secret| look_up(&secret, folder));
    let config = config.map_err(|faults| ConfigError::Faults(story(&faults, text, name)))?;
    Ok(settle(config, folder))
}

/// The settings of the camera of that name.
///
/// # Errors
///
/// If there is none, with those there are.
pub(crate) fn camera<'a>(
    Loaded { config, path }: &'a Loaded,
    camera: &CameraId,
) -> Result<&'a Camera, ConfigError> {
    let found = config.cameras.iter().find(|known| known.name == *camera);
    found.ok_or_else(|| {
        let names: Vec<&str> = config.cameras.iter().map(|camera| camera.name.as_str()).collect();
        ConfigError::NoCamera {
            camera: camera.clone(),
            file: path.as_ref().map_or_else(
                || "the defaults: no file was found; name one with --config".to_owned(),
                |path| path.display().to_string(),
            ),
            known: match names.as_slice() {
                [] => "it names no camera".to_owned(),
                names => format!("it names {}", names.join(", ")),
            },
        }
    })
}

/// `base` with what `sets` say, each as KEY=VALUE.
///
/// # Errors
///
/// All faults at once.
pub(crate) fn motion_with(
    base: &MotionSettings,
    sets: &[String],
) -> Result<MotionSettings, ConfigError> {
    watchpost_model::config::motion_with(base, sets).map_err(|faults| {
        let told = faults.iter().map(|fault| format!("{}: {}", fault.key(), fault.problem()));
        ConfigError::Faults(told.collect::<Vec<_>>().join("\n"))
    })
}

/// All faults, each with its line and a caret below.
fn story(faults: &[Fault], text: &str, name: &Path) -> String {
    let mut story = String::new();
    for fault in faults {
        // Writing to a string cannot fail.
        let _ = writeln!(story, "{}:{fault}", name.display());
        for line in fault.excerpt(text).iter().flat_map(|excerpt| excerpt.lines()) {
            let _ = writeln!(story, "    {line}"); // As above.
        }
    }
    let count = match faults.len() {
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    let _ = write!(story, "{count} in {}", name.display()); // As above.
    story
}

fn look_up(secret: &SecretSource, folder: &Path) -> Result<String, String> {
    match secret {
        SecretSource::Environment(name) => env::var(name).map_err(|error| match error {
            env::VarError::NotPresent => "it is not set".to_owned(),
            env::VarError::NotUnicode(_) => "it is not valid UTF-8".to_owned(),
        }),
        SecretSource::File(path) => {
            fs::read_to_string(folder.join(path)).map_err(|error| error.to_string())
        }
    }
}

/// Relative paths count from the folder of the file.
fn settle(mut config: Config, folder: &Path) -> Config {
    config.server.data_dir = folder.join(&config.server.data_dir);
    if let Some(certificate) = &mut config.server.certificate {
        certificate.chain = folder.join(&certificate.chain);
        certificate.key = folder.join(&certificate.key);
    }
    if let Some(Detector { kind: DetectorKind::Model(model) }) = &mut config.detector {
        if model.name().is_none() {
            model.file = folder.join(&model.file);
        }
        for path in [&mut model.labels, &mut model.onnxruntime].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
    for sensor in &mut config.sensors {
        if let SensorKind::Sim(SimSensor { file: Some(file), .. }) = &mut sensor.kind {
            *file = folder.join(&*file);
        }
    }
    if let Some(Mqtt { tls: Some(MqttTls { ca: Some(ca) }), .. }) = &mut config.mqtt {
        *ca = folder.join(&*ca);
    }
    for camera in &mut config.cameras {
        let Camera { source, detect_source, .. } = camera;
        for source in [Some(source), detect_source.as_mut()].into_iter().flatten() {
            if let Source::File(file) = source {
                file.path = folder.join(&file.path);
            }
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_count_from_the_file() {
        let text =
            "[server]\ndata_dir = \"data\"\n[[camera]]\nname = \"a\"\nsource = \"file:a.mp4\"\n";
        let config = read(text, Path::new("w.toml"), Path::new("/etc/watchpost")).unwrap();
        assert_eq!(config.server.data_dir, Path::new("/etc/watchpost/data"));
        let Source::File(clip) = &config.cameras[0].source else { panic!("{config:?}") };
        assert_eq!(clip.path, Path::new("/etc/watchpost/a.mp4"));
        let text = "[mqtt]\nbroker = \"mqtts://home\"\nca = \"ca.pem\"\n\
                    [[sensor]]\nname = \"hall\"\nkind = \"sim\"\nfile = \"hall.json\"\n";
        let config = read(text, Path::new("w.toml"), Path::new("/etc/watchpost")).unwrap();
        let ca = config.mqtt.and_then(|mqtt| mqtt.tls?.ca);
        assert_eq!(ca.as_deref(), Some(Path::new("/etc/watchpost/ca.pem")));
        let SensorKind::Sim(sim) = &config.sensors[0].kind else { panic!("{:?}", config.sensors) };
        assert_eq!(sim.file.as_deref(), Some(Path::new("/etc/watchpost/hall.json")));
    }

    #[test]
    fn a_model_is_a_path_from_the_file_or_a_name() {
        let model = |model: &str| {
            let text = format!(
                "[detector]\nmodel = \"{model}\"\nlabels = \"own.txt\"\nonnxruntime = \"lib/ort.so\"\n"
            );
            let config = read(&text, Path::new("w.toml"), Path::new("/etc/watchpost")).unwrap();
            let Some(Detector { kind: DetectorKind::Model(model) }) = config.detector else {
                panic!("{config:?}")
            };
            assert_eq!(model.labels.as_deref(), Some(Path::new("/etc/watchpost/own.txt")));
            assert_eq!(model.onnxruntime.as_deref(), Some(Path::new("/etc/watchpost/lib/ort.so")));
            model.file
        };
        assert_eq!(model("a.onnx"), Path::new("/etc/watchpost/a.onnx"));
        assert_eq!(model("/models/a.onnx"), Path::new("/models/a.onnx"));
        assert_eq!(model("yolox-nano"), Path::new("yolox-nano"));
    }

    #[test]
    fn faults_are_told_with_their_line_and_a_caret() {
        let fault =
            read("[server]\nlisen = \"x\"\n", Path::new("w.toml"), Path::new("")).unwrap_err();
        let story = fault.to_string();
        assert!(story.starts_with("w.toml:2:1: "), "{story}");
        // What stands behind an unknown key may be a secret.
        assert!(story.contains("\n    lisen…\n    ^^^^^"), "{story}");
        assert!(story.ends_with("1 fault in w.toml"), "{story}");
    }
}
