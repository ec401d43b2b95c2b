//! A real broker to play with, and somebody else who speaks to it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS};
use tempfile::TempDir;
use tokio::time::timeout;
use watchpost_device::mqtt::{Broker, Link, Subscription};
use watchpost_device::{Report, mqtt};
use watchpost_model::config::{Mqtt, MqttSensor, MqttTls};
use watchpost_model::{Reading, Secret};

/// Longer than anything takes here, however busy the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

/// Mosquitto, until it is dropped.
pub(crate) struct Mosquitto {
    pub(crate) port: u16,
    folder: TempDir,
    running: Child,
    log: mpsc::Receiver<String>,
}

impl Mosquitto {
    /// One that lets everybody in.
    pub(crate) fn plain() -> Self {
        Self::start(TempDir::new().unwrap(), "allow_anonymous true")
    }

    /// One that speaks TLS as `name`, and knows one user: `watchpost` with the password `rosebud`.
    pub(crate) fn secure(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = |file| folder.path().join(file);
        let authority = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&authority).unwrap();
        std::fs::write(path("ca.pem"), certificate.pem()).unwrap();
        let issuer = Issuer::new(params, authority);
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        std::fs::write(path("broker.pem"), certificate.pem()).unwrap();
        std::fs::write(path("broker.key"), key.serialize_pem()).unwrap();
        let users = path("users");
        let made = Command::new("mosquitto_passwd")
            .args(["-b", "-c", users.to_str().unwrap(), "watchpost", "rosebud"])
            .status()
            .expect("mosquitto_passwd is not installed: run make setup-test");
        assert!(made.success(), "mosquitto_passwd made no file");
        let config = format!(
            "allow_anonymous false\npassword_file {}\ncertfile {}\nkeyfile {}",
            users.display(),
            path("broker.pem").display(),
            path("broker.key").display()
        );
        Self::start(folder, &config)
    }

    fn start(folder: TempDir, config: &str) -> Self {
        // Somebody else may take the port in between; then another one is tried.
        for _ in 0..10 {
            let port = free_port();
            // As root it would become another user, who cannot read the folder.
            let text = format!(
                "listener {port} 127.0.0.1\n{config}\nuser root\npersistence false\n\
                 log_dest stderr\nlog_type all\n"
            );
            std::fs::write(folder.path().join("mosquitto.conf"), text).unwrap();
            if let Some((running, log)) = run(&folder.path().join("mosquitto.conf")) {
                return Self { port, folder, running, log };
            }
        }
        panic!("mosquitto does not start");
    }

    /// Kills it: nobody is told anything.
    pub(crate) fn kill(&mut self) {
        self.running.kill().unwrap();
        self.running.wait().unwrap();
    }

    /// Starts it again at the same port, with nothing in its memory.
    pub(crate) fn start_again(&mut self) {
        let (running, log) = run(&self.folder.path().join("mosquitto.conf"))
            .expect("mosquitto does not start again");
        (self.running, self.log) = (running, log);
    }

    /// Waits until it answered the subscription of this client.
    pub(crate) fn heard_subscription(&mut self, client: &str) {
        let wanted = format!("Sending SUBACK to {client}");
        tokio::task::block_in_place(|| {
            while !self.log.recv_timeout(PATIENCE).expect("no subscription came").contains(&wanted)
            {
            }
        });
    }

    /// The settings of the recorder for it.
    pub(crate) fn settings(&self) -> Mqtt {
        Mqtt {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: None,
            user: None,
            password: None,
            client_id: "watchpost".to_owned(),
            prefix: "watchpost".to_owned(),
        }
    }

    /// The settings for a [`Mosquitto::secure`] one.
    pub(crate) fn secure_settings(&self, password: &str) -> Mqtt {
        Mqtt {
            tls: Some(MqttTls { ca: Some(self.ca()) }),
            user: Some("watchpost".to_owned()),
            password: Some(Secret::new(password.to_owned())),
            ..self.settings()
        }
    }

    /// The certificate of who vouches for it.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.running.kill().ok();
        self.running.wait().ok();
    }
}

/// Runs mosquitto; `None` if it ends again instead of listening.
fn run(config: &std::path::Path) -> Option<(Child, mpsc::Receiver<String>)> {
    // Debian puts it where only root's path leads.
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    let mut running = Command::new("mosquitto")
        .arg("-c")
        .arg(config)
        .env("PATH", &path)
        .stderr(Stdio::piped())
        .spawn()
        .expect("mosquitto is not installed: run make setup-test");
    let lines = BufReader::new(running.stderr.take().unwrap()).lines();
    let (sender, log) = mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // Read on even if nobody listens: a full pipe would stop the broker.
            sender.send(line).ok();
        }
    });
    let listens = log.iter().any(|line| line.ends_with(" running"));
    if !listens {
        running.wait().unwrap();
    }
    listens.then_some((running, log))
}

/// A port of this machine where nobody listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The sensor of the manual: `{"status":"ALERT","value":35}` on `salle/mouvement`.
pub(crate) fn example() -> MqttSensor {
    MqttSensor {
        topic: "salle/mouvement".to_owned(),
        field: Some("status".to_owned()),
        values: vec!["ALERT".to_owned(), "ALERTE".to_owned()],
        clear_values: Vec::new(),
        value_field: Some("value".to_owned()),
        min: Some(30.0),
        battery_field: Some("battery".to_owned()),
    }
}

/// A sensor called `hall`.
pub(crate) fn listen(settings: MqttSensor, broker: &Broker) -> Subscription {
    Subscription::new(&"hall".parse().unwrap(), settings, Some(broker))
}

/// The next reading; anything else is a failure.
#[track_caller]
pub(crate) fn reading(report: Report) -> Reading {
    match report {
        Report::Reading(reading) => reading,
        Report::Lost { cause, hint } => panic!("lost: {cause} ({hint})"),
    }
}

/// What a sensor says next.
pub(crate) async fn next(sensor: &mut Subscription) -> Report {
    timeout(PATIENCE, sensor.next()).await.expect("the sensor says nothing")
}

/// Waits until the link is up.
pub(crate) async fn up(broker: &Broker) {
    let mut link = broker.link();
    let up = link.wait_for(|link| *link == Link::Up);
    timeout(PATIENCE, up).await.expect("it does not connect").expect("the task ended");
}

/// Waits until the link is down for a reason in which `words` stand; tells cause and hint.
pub(crate) async fn down(broker: &Broker, words: &str) -> (String, String) {
    let mut link = broker.link();
    let down = |link: &Link| matches!(link, Link::Down { cause, .. } if cause.contains(words));
    let found = timeout(PATIENCE, link.wait_for(down)).await.map(|found| found.unwrap().clone());
    match found {
        Ok(Link::Down { cause, hint }) => (cause, hint),
        other => panic!("expected {words:?}, but {other:?}; it is {:?}", broker.link().borrow()),
    }
}

/// Somebody else at the broker.
pub(crate) struct Other {
    client: AsyncClient,
    heard: tokio::sync::mpsc::Receiver<(String, String, bool)>,
    task: tokio::task::JoinHandle<()>,
}

impl Other {
    /// Comes to the broker, and listens to `filter`.
    pub(crate) async fn at(broker: &Mosquitto, filter: &str) -> Self {
        let mut options = MqttOptions::new("other", ("127.0.0.1".to_owned(), broker.port));
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::builder(options).capacity(100).build();
        let (sender, heard) = tokio::sync::mpsc::channel(1000);
        let task = tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(Packet::Publish(message)) = event {
                    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                    let heard = (text(&message.topic), text(&message.payload), message.retain);
                    sender.send(heard).await.ok();
                }
            }
        });
        let asked = client.subscribe_tracked(filter, QoS::AtLeastOnce).await.unwrap();
        timeout(PATIENCE, asked.wait_completion_async()).await.unwrap().unwrap();
        Self { client, heard, task }
    }

    /// Says something, and waits until the broker has it.
    pub(crate) async fn says(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.publishes(topic, payload.into(), PublishOptions::at_least_once()).await;
    }

    /// Says something that the broker keeps.
    pub(crate) async fn keeps(&self, topic: &str, payload: &str) {
        self.publishes(topic, payload.into(), PublishOptions::at_least_once().retained()).await;
    }

    async fn publishes(&self, topic: &str, payload: Vec<u8>, options: PublishOptions) {
        let sent = self.client.publish_tracked(topic, payload, options).await.unwrap();
        timeout(PATIENCE, sent.wait_async()).await.expect("the broker takes nothing").unwrap();
    }

    /// Says something as fast as it goes, without waiting for the broker.
    pub(crate) async fn shouts(&self, topic: &str, payload: &str) {
        let options = PublishOptions::at_most_once();
        self.client.publish(topic, payload.as_bytes(), options).await.unwrap();
    }

    /// What it hears next: topic, payload, and whether the broker had kept it.
    pub(crate) async fn hears(&mut self) -> (String, String, bool) {
        timeout(PATIENCE, self.heard.recv()).await.expect("nothing is heard").unwrap()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// That message as [`Other::hears`] tells it.
pub(crate) fn message(topic: &str, payload: &str, kept: bool) -> (String, String, bool) {
    (topic.to_owned(), payload.to_owned(), kept)
}

/// A yes of the moment with this number.
pub(crate) fn alert(value: f64) -> Reading {
    Reading { on: Some(true), momentary: true, value: Some(value), ..Reading::default() }
}

/// A message longer than is looked at.
pub(crate) fn too_long() -> Vec<u8> {
    vec![b'x'; 3 * mqtt::LONGEST]
}
