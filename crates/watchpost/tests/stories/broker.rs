//! Sensors behind a real MQTT broker, with TLS and a password.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::devices::{apart, card, card_is, event_of, runs};
use crate::peer::Peer;
use crate::program::{Place, Program, eventually};

const USER: &str = "watchpost";
const SECRET: &str = "salt and pepper";

/// A running mosquitto that takes only TLS and those who know the password. Ends when dropped.
struct Broker {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    /// Makes its certificate and its users in `folder`, and starts it.
    fn begin(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let subject = "/CN=localhost";
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        run(Command::new("openssl").current_dir(folder).args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-days",
            "2",
            "-subj",
            subject,
            "-addext",
            names,
            "-keyout",
            "key.pem",
            "-out",
            "ca.pem",
        ]));
        run(Command::new("mosquitto_passwd")
            .current_dir(folder)
            .args(["-b", "-c", "users", USER, SECRET]));
        let path = |file: &str| folder.join(file).display().to_string();
        // As root mosquitto would become somebody who cannot read this folder.
        let settings = format!(
            "user root\nlistener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\n\
             certfile {}\nkeyfile {}\n",
            path("users"),
            path("ca.pem"),
            path("key.pem")
        );
        fs::write(folder.join("mosquitto.conf"), settings).unwrap();
        Self::start(folder.to_owned(), port)
    }

    fn start(folder: PathBuf, port: u16) -> Self {
        let child = Command::new("/usr/sbin/mosquitto")
            .arg("-c")
            .arg(folder.join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is installed by `make setup-test`");
        let mut broker = Self { child, folder, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return broker;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("mosquitto does not listen: {:?}", broker.child.try_wait());
    }

    /// Kills it, and gives what starts it again on the same port.
    fn kill(mut self) -> impl FnOnce() -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (folder, port) = (self.folder.clone(), self.port);
        move || Self::start(folder, port)
    }

    /// A client of its own, by a program that nobody here wrote.
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-h", "localhost", "-p", &self.port.to_string(), "-u", USER, "-P", SECRET]);
        command.arg("--cafile").arg(self.folder.join("ca.pem"));
        command
    }

    fn publish(&self, topic: &str, payload: &str, retained: bool) {
        let mut command = self.client("mosquitto_pub");
        command.args(["-q", "1", "-t", topic, "-m", payload]);
        if retained {
            command.arg("-r");
        }
        run(&mut command);
    }

    /// What stands at a topic, if anything does.
    fn retained(&self, topic: &str) -> Option<String> {
        let mut command = self.client("mosquitto_sub");
        let output = command.args(["-t", topic, "-C", "1", "-W", "2"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
    }

    fn settings(&self, more: &str) -> String {
        format!(
            "[mqtt]\nbroker = \"mqtts://localhost:{}\"\nuser = \"{USER}\"\npassword = \"{SECRET}\"\nca = \"{}\"\n{more}\n",
            self.port,
            self.folder.join("ca.pem").display()
        )
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have been killed.
        let _ = self.child.wait(); // As above.
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A sensor as owners write it, with the topic that is meant if none is given.
const SALLE: &str = "[[sensor]]\nname = \"salle\"\nkind = \"mqtt\"\ncameras = [\"door\"]\n\
                     field = \"status\"\nmin = 30\n";

async fn connected(program: &Program) {
    eventually("the broker is connected", Duration::from_secs(20), async || {
        let devices = program.json("/devices").await;
        let up = devices["mqtt"]["state"] == "up";
        up.then_some(()).ok_or_else(|| format!("{}\n{}", devices["mqtt"], program.log()))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_from_the_broker_films_and_what_stood_there_before_does_not() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let broker = Broker::begin(place.path());
    broker.publish("salle/mouvement", "{\"status\":\"ALERT\",\"value\":99}", true);
    let door =
        format!("[[camera]]\nname = \"door\"\nsource = \"{}\"\npost_roll = \"2s\"\n", camera.url);
    let program = place.open(&[broker.settings(""), door, SALLE.to_owned()].concat()).await;
    connected(&program).await;
    runs(&program).await;
    assert_eq!(program.json("/events").await["total"], 0, "a retained message does not fire");
    for quiet in [
        "{\"status\":\"OK\",\"value\":99}",
        "{\"status\":\"ALERT\",\"value\":29}",
        "{\"status\":",
        "35",
    ] {
        broker.publish("salle/mouvement", quiet, false);
    }
    broker.publish("salle/mouvement", "{\"status\":\"ALERTE\",\"value\":35}", false);
    let event = event_of(&program, "mqtt").await;
    assert_eq!(event["sensors"], json!(["salle"]), "{event}");
    assert_eq!(card(&program, "sensors", "salle").await["reading"]["value"], 35.0);
    let counted = |card: &Value| card["unreadable"].as_u64() >= Some(2);
    card_is(&program, ("sensors", "salle"), "counts what it did not understand", counted).await;
    let photo = eventually("a photo", Duration::from_secs(10), async || {
        let page = program.json("/photos").await;
        page["photos"].get(0).cloned().ok_or_else(|| page.to_string())
    })
    .await;
    let late = apart(&photo["taken"], &event["triggered"]);
    assert!(late <= 150, "the photo shows a moment {late} ms from the trigger");
    assert_eq!(program.json("/events").await["total"], 1, "one alert, one event");
    // How all stands is told to the broker, and that the recorder went when it is killed.
    assert_eq!(broker.retained("watchpost/status").as_deref(), Some("online"));
    let told: Value =
        serde_json::from_str(&broker.retained("watchpost/sensors/salle").unwrap()).unwrap();
    assert_eq!(told["value"], 35.0, "{told}");
    program.kill();
    let status = eventually("the last will", Duration::from_secs(10), async || {
        let status = broker.retained("watchpost/status");
        status.clone().filter(|status| status == "offline").ok_or(format!("{status:?}"))
    })
    .await;
    assert_eq!(status, "offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_broker_all_else_goes_on_and_it_is_found_again() {
    let camera = Peer::camera("h264");
    let place = Place::new();
    let broker = Broker::begin(place.path());
    let door =
        format!("[[camera]]\nname = \"door\"\nsource = \"{}\"\npost_roll = \"2s\"\n", camera.url);
    let settings = broker.settings("");
    let config = [settings.clone(), door, SALLE.to_owned()].concat();
    let program = place.open(&config).await;
    connected(&program).await;
    let again = broker.kill();
    let fault = program.fault("mqtt").await;
    assert!(fault["message"].as_str().unwrap().contains("localhost"), "{fault}");
    let unknown = |card: &Value| card["active"].is_null() && !card["fault"].is_null();
    card_is(&program, ("sensors", "salle"), "is unknown", unknown).await;
    let record = program.request(reqwest::Method::POST, "/cameras/door/record");
    let record = record.json(&json!({"seconds": 1})).send().await.unwrap();
    assert!(record.status().is_success(), "{}", record.text().await.unwrap());
    program.ended_events(1).await;
    let broker = again();
    connected(&program).await;
    broker.publish("salle/mouvement", "{\"status\":\"ALERT\",\"value\":35}", false);
    event_of(&program, "mqtt").await;
    drop(program);
    // A password that is wrong is told as such.
    place.configure(&config.replace(SECRET, "sugar"));
    let program = place.start().await;
    let fault = program.fault("mqtt").await;
    let told = fault.to_string();
    assert!(told.contains("password") && !told.contains("sugar"), "{told}");
    assert!(!program.log().contains("sugar"));
}
