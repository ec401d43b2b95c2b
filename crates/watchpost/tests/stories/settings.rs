//! The owner's file: faults told all at once, changes applied while running.

use std::fs;
use std::time::Duration;

use crate::program::{Place, WATCHPOST, eventually};

#[test]
fn check_tells_every_fault_with_its_place_and_no_secret() {
    let place = Place::new();
    let faulty = "[[camera]]\nname = \"door\"\nsource = \"rtsp://anna:rosebud@10.0.0.7/door\"\nrecrod = \"events\"\n\
                  pre_roll = \"90s\"\n\n[[camera]]\nname = \"door\"\nsource = \"gopher://x\"\n";
    fs::write(place.config(), faulty).unwrap();
    let told = place.command(&["check"]).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(!told.status.success());
    for words in [":4:", "record", ":5:", "60s", ":8:", ":9:", "rtsp://"] {
        assert!(said.contains(words), "{words:?} in {said}");
    }
    assert!(!said.contains("rosebud"), "{said}");
}

#[test]
fn the_example_is_a_good_file_and_the_schema_is_json() {
    let run = |what: &str| {
        let output = std::process::Command::new(WATCHPOST).args(["config", what]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let place = Place::new();
    fs::write(place.config(), run("example")).unwrap();
    assert!(place.command(&["check"]).output().unwrap().status.success());
    let schema: serde_json::Value = serde_json::from_str(&run("schema")).unwrap();
    assert_eq!(schema["type"], "object");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_applies_a_good_file_and_refuses_a_bad_one_loudly() {
    let place = Place::new();
    let yard = "[[camera]]\nname = \"yard\"\nsource = \"demo:\"\nrecord = \"off\"\n";
    let program = place.open(yard).await;
    let before = program.camera_is("yard", "state", "live").await;

    place.configure("[[camera]]\nname = \"yard\"\nsource = 7\n");
    program.signal("HUP");
    let fault = program.fault("configuration").await;
    assert!(fault["message"].as_str().unwrap().contains("camera[0].source"), "{fault}");
    assert_eq!(program.camera("yard").await["since"], before["since"], "it goes on untouched");

    place.configure(&format!(
        "{yard}\n[[camera]]\nname = \"gate\"\nsource = \"demo:\"\nrecord = \"continuous\"\n"
    ));
    program.signal("HUP");
    program.camera_is("gate", "recording", true).await;
    assert_eq!(
        program.camera("yard").await["since"],
        before["since"],
        "what did not change is not touched"
    );
    eventually("the fault is gone", Duration::from_secs(5), async || {
        let status = program.json("/status").await;
        if status["faults"].as_array().unwrap().is_empty() {
            Ok(())
        } else {
            Err(status.to_string())
        }
    })
    .await;
}
