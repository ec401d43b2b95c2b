//! Who may come in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::program::{Place, Program, eventually};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_comes_by_the_link_that_is_printed_once() {
    let place = Place::new();
    place.configure("[[camera]]\nname = \"yard\"\nsource = \"demo:\"\nrecord = \"off\"\n");
    let program = Program::start(&place, &mut place.command(&["run"]));
    program.says("/setup#token=").await;
    let log = program.log();
    let token = log.split("/setup#token=").nth(1).unwrap().split_whitespace().next().unwrap();
    let needed = |answer: Value| answer["needed"].as_bool().unwrap();
    eventually("the page answers", Duration::from_secs(10), async || {
        program
            .request(Method::GET, "/setup")
            .send()
            .await
            .map(|_| ())
            .map_err(|error| format!("{error:?}"))
    })
    .await;
    assert!(needed(program.json("/setup").await));
    assert_eq!(program.get("/status").await.status(), 401);

    let setup = |token: &str, password: &str| {
        let body = json!({"token": token, "name": "owner", "password": password});
        program.request(Method::POST, "/setup").json(&body).send()
    };
    assert_eq!(setup("0123", "long enough it is").await.unwrap().status(), 403);
    assert_eq!(setup(token, "short").await.unwrap().status(), 400);
    assert_eq!(setup(token, "long enough it is").await.unwrap().status(), 201);
    assert_eq!(program.get("/status").await.status(), 200, "the cookie came with it");
    assert!(!needed(program.json("/setup").await));
    assert_ne!(setup(token, "another long one").await.unwrap().status(), 201, "the link is dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_answers_is_what_its_openapi_says() {
    let place = Place::new();
    let program = place
        .open("[[camera]]\nname = \"yard\"\nsource = \"demo:\"\nrecord = \"continuous\"\n")
        .await;
    program.camera_is("yard", "recording", true).await;
    let openapi = program.json("/openapi.json").await;
    for (path, schema) in [("/status", "Status"), ("/cameras", "Cameras"), ("/session", "Session")]
    {
        let wanted = json!({
            "$ref": format!("#/components/schemas/{schema}"),
            "components": openapi["components"],
        });
        let answer = program.json(path).await;
        let validator = jsonschema::validator_for(&wanted).unwrap();
        let faults: Vec<_> =
            validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{path}: {faults:?} in {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_s_page_cannot_switch_monitoring_off() {
    let place = Place::new();
    let program =
        place.open("[[camera]]\nname = \"yard\"\nsource = \"demo:\"\nrecord = \"off\"\n").await;
    let forged = program.request(Method::POST, "/stop").header("Origin", "https://evil.example");
    // reqwest appends: the last header is what a browser would send alone.
    let mut forged = forged.build().unwrap();
    forged.headers_mut().insert("Origin", "https://evil.example".parse().unwrap());
    assert_eq!(program.send(forged).await.status(), 403);
    assert_eq!(program.json("/status").await["monitoring"], true);
}
