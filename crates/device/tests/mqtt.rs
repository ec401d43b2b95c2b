//! Stories with a real broker.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod mqtt_stage;

use futures::FutureExt;
use mqtt_stage::{
    Mosquitto, Other, alert, down, example, free_port, listen, message, next, reading, too_long, up,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use watchpost_device::Report;
use watchpost_device::mqtt::{Broker, Link, Subscription};
use watchpost_model::Reading;
use watchpost_model::config::{Mqtt, MqttSensor, MqttTls};

const ALERT: &str = r#"{"status":"ALERT","value":35}"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_and_what_the_recorder_says_stands_at_the_broker() {
    let mut mosquitto = Mosquitto::plain();
    let mut other = Other::at(&mosquitto, "watchpost/#").await;
    let broker = Broker::new(mosquitto.settings());
    broker.retain("sensors/hall", "old".to_owned());
    broker.retain("sensors/hall", "off".to_owned());
    let mut hall = listen(example(), &broker);
    assert_eq!(other.hears().await, message("watchpost/status", "online", false));
    assert_eq!(other.hears().await, message("watchpost/sensors/hall", "off", false));
    mosquitto.heard_subscription("watchpost");

    other.says("salle/mouvement", ALERT).await;
    assert_eq!(reading(next(&mut hall).await), alert(35.0));
    other.says("salle/mouvement", r#"{"status":"ALERTE","value":30,"battery":50}"#).await;
    let battery = watchpost_model::Fraction::new(0.5);
    assert_eq!(reading(next(&mut hall).await), Reading { battery, ..alert(30.0) });
    other.says("salle/mouvement", r#"{"status":"ALERT","value":29}"#).await;
    let weak = Reading { on: Some(false), value: Some(29.0), ..Reading::default() };
    assert_eq!(reading(next(&mut hall).await), weak);
    other.says("salle/elsewhere", ALERT).await;
    other.says("salle/mouvement", r#"{"status":"OK"}"#).await;
    assert_eq!(reading(next(&mut hall).await), Reading { on: Some(false), ..Reading::default() });

    broker.retain("sensors/hall", "on".to_owned());
    assert_eq!(other.hears().await, message("watchpost/sensors/hall", "on", false));
    let clone = broker.clone();
    broker.close().await;
    assert_eq!(other.hears().await, message("watchpost/status", "offline", false));
    assert!(matches!(&*clone.link().borrow(), Link::Down { .. }));
    assert!(hall.next().now_or_never().is_none(), "a closed broker is no fault");

    let mut later = Other::at(&mosquitto, "watchpost/+").await;
    assert_eq!(later.hears().await, message("watchpost/status", "offline", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_tls_and_a_password_is_spoken_to() {
    let mut mosquitto = Mosquitto::secure("localhost");
    let settings = Mqtt { host: "localhost".to_owned(), ..mosquitto.secure_settings("rosebud") };
    let broker = Broker::new(settings.clone());
    let topic = "garden/sensors/gate".to_owned();
    let mut gate = listen(MqttSensor { topic, ..example() }, &broker);
    mosquitto.heard_subscription("watchpost");
    // Another recorder. What it says now was not kept for us, so it fires.
    let other = Mqtt { client_id: "garden".to_owned(), prefix: "garden".to_owned(), ..settings };
    let other = Broker::new(other);
    other.retain("sensors/gate", ALERT.to_owned());
    assert_eq!(reading(next(&mut gate).await), alert(35.0));
    other.close().await;
    broker.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_as_such() {
    let mosquitto = Mosquitto::secure("127.0.0.1");
    let broker = Broker::new(mosquitto.secure_settings("wrong"));
    let mut hall = listen(example(), &broker);
    let (cause, hint) = down(&broker, "does not authorise user \"watchpost\"").await;
    assert!(hint.contains("password"), "{hint}");
    assert_eq!(next(&mut hall).await, Report::Lost { cause, hint });
    assert!(hall.next().now_or_never().is_none(), "once is enough");

    let nobody = Mqtt { user: None, password: None, ..mosquitto.secure_settings("") };
    let (_, hint) = down(&Broker::new(nobody), "a client without a user").await;
    assert!(hint.contains("set user and password"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_certificate_is_told_apart() {
    let mosquitto = Mosquitto::secure("127.0.0.1");
    let good = mosquitto.secure_settings("rosebud");
    up(&Broker::new(good.clone())).await;

    let stranger = Mosquitto::secure("127.0.0.1");
    let wrong = Mqtt { tls: Some(MqttTls { ca: Some(stranger.ca()) }), ..good.clone() };
    let (_, hint) = down(&Broker::new(wrong), "is not trusted").await;
    assert!(hint.contains("ca = "), "{hint}");

    let system = Mqtt { tls: Some(MqttTls { ca: None }), ..good.clone() };
    let (cause, hint) = down(&Broker::new(system), "trust").await;
    assert!(hint.contains("ca = \"...\""), "{cause} ({hint})");

    let none = Mqtt { tls: Some(MqttTls { ca: Some("missing.pem".into()) }), ..good.clone() };
    down(&Broker::new(none), "missing.pem cannot be read").await;

    let name = Mqtt { host: "localhost".to_owned(), ..good };
    down(&Broker::new(name), "for another name than \"localhost\"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_plain_taken_for_each_other_are_told_as_such() {
    let (plain, secure) = (Mosquitto::plain(), Mosquitto::secure("127.0.0.1"));
    let tls = Mqtt { tls: secure.secure_settings("").tls, ..plain.settings() };
    let (_, hint) = down(&Broker::new(tls), "when it was spoken to by TLS").await;
    assert!(hint.contains("write mqtt://"), "{hint}");
    let (cause, hint) = down(&Broker::new(secure.settings()), "127.0.0.1").await;
    assert!(hint.contains("mqtts://"), "{cause} ({hint})");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_no_name_and_no_answer_are_told_apart() {
    let plain = Mosquitto::plain();
    let nobody = Mqtt { port: free_port(), ..plain.settings() };
    down(&Broker::new(nobody), "refused the connection").await;
    let unknown = Mqtt { host: "broker.invalid".to_owned(), ..plain.settings() };
    down(&Broker::new(unknown), "\"broker.invalid\" was not found").await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Mqtt { port: silent.local_addr().unwrap().port(), ..plain.settings() };
    let silent = Broker::new(silent);
    assert_eq!(*silent.link().borrow(), Link::Connecting);
    // The task was never let in, so there is nobody to say goodbye to.
    silent.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_knows_everything_again() {
    let mut mosquitto = Mosquitto::plain();
    let broker = Broker::new(mosquitto.settings());
    let mut hall = listen(example(), &broker);
    broker.retain("sensors/hall", "off".to_owned());
    up(&broker).await;
    mosquitto.kill();
    assert!(matches!(next(&mut hall).await, Report::Lost { .. }));
    down(&broker, "refused the connection").await;
    // Said while nobody listens.
    broker.retain("lights/porch", "on".to_owned());

    mosquitto.start_again();
    up(&broker).await;
    let told = loop {
        match next(&mut hall).await {
            Report::Lost { .. } => {}
            Report::Reading(reading) => break reading,
        }
    };
    assert_eq!(told, Reading::default(), "it is heard again, and said nothing yet");
    let mut other = Other::at(&mosquitto, "watchpost/#").await;
    let mut stands = [other.hears().await, other.hears().await, other.hears().await];
    stands.sort();
    let expected = [
        message("watchpost/lights/porch", "on", true),
        message("watchpost/sensors/hall", "off", true),
        message("watchpost/status", "online", true),
    ];
    assert_eq!(stands, expected);
    other.says("salle/mouvement", ALERT).await;
    assert_eq!(reading(next(&mut hall).await), alert(35.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_will_says_that_the_recorder_is_gone() {
    let mosquitto = Mosquitto::plain();
    let mut other = Other::at(&mosquitto, "watchpost/status").await;
    let broker = Broker::new(mosquitto.settings());
    assert_eq!(other.hears().await, message("watchpost/status", "online", false));
    // The task is cut off in whatever it does, and its socket closes without a word.
    drop(broker);
    assert_eq!(other.hears().await, message("watchpost/status", "offline", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_kept_does_not_fire() {
    let mut mosquitto = Mosquitto::plain();
    let other = Other::at(&mosquitto, "nothing").await;
    other.keeps("salle/mouvement", ALERT).await;
    other.keeps("cave/mouvement", r#"{"status":"OK"}"#).await;
    let broker = Broker::new(mosquitto.settings());
    let mut hall = listen(example(), &broker);
    let topic = "cave/mouvement".to_owned();
    let mut cave = listen(MqttSensor { topic, ..example() }, &broker);
    let kept = Reading { value: Some(35.0), ..Reading::default() };
    assert_eq!(reading(next(&mut hall).await), kept);
    assert_eq!(reading(next(&mut cave).await), Reading { on: Some(false), ..Reading::default() });
    // A new one of the same topic learns what was kept, too.
    mosquitto.heard_subscription("watchpost");
    let mut again = listen(example(), &broker);
    assert_eq!(reading(next(&mut again).await), kept);
    other.says("salle/mouvement", ALERT).await;
    assert_eq!(reading(next(&mut again).await), alert(35.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_is_counted_and_breaks_nothing() {
    let mut mosquitto = Mosquitto::plain();
    let other = Other::at(&mosquitto, "nothing").await;
    let broker = Broker::new(mosquitto.settings());
    let mut hall = listen(example(), &broker);
    mosquitto.heard_subscription("watchpost");
    up(&broker).await;
    let mut link = broker.link();
    link.mark_unchanged();
    for broken in ["", "ALERT", "{", r#"{"state":"ALERT"}"#, r#"{"status":"ALERT","value":"x"}"#] {
        other.says("salle/mouvement", broken).await;
    }
    other.says("salle/mouvement", b"\xff".to_vec()).await;
    other.says("salle/mouvement", too_long()).await;
    other.says("salle/mouvement", ALERT).await;
    assert_eq!(reading(next(&mut hall).await), alert(35.0));
    assert_eq!(hall.unreadable(), 7);
    assert!(!link.has_changed().unwrap(), "the connection stood all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_blocks_nobody_and_the_newest_counts() {
    let mut mosquitto = Mosquitto::plain();
    let mut other = Other::at(&mosquitto, "watchpost/#").await;
    let broker = Broker::new(mosquitto.settings());
    let mut hall = listen(example(), &broker);
    let topic = "cave/#".to_owned();
    let mut cave = listen(MqttSensor { topic, ..example() }, &broker);
    mosquitto.heard_subscription("watchpost");
    assert_eq!(other.hears().await, message("watchpost/status", "online", false));
    mosquitto.heard_subscription("watchpost");
    for _ in 0..10_000 {
        other.shouts("salle/mouvement", ALERT).await;
    }
    other.says("salle/mouvement", r#"{"status":"OK","value":1}"#).await;
    other.says("cave/door", ALERT).await;
    assert_eq!(reading(next(&mut cave).await), alert(35.0), "the other one is heard at once");
    broker.retain("flood", "over".to_owned());
    assert_eq!(other.hears().await, message("watchpost/flood", "over", false));
    let mut taken: u64 = 1;
    while reading(next(&mut hall).await).on == Some(true) {
        taken += 1;
    }
    assert_eq!(taken, 64, "all but the newest gave way");
    // Mosquitto itself may leave some out: it holds a thousand for a client.
    assert!(hall.missed() > 0 && hall.missed() + taken <= 10_001, "{}", hall.missed());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_of_the_same_name_are_told_what_is_wrong() {
    let mosquitto = Mosquitto::plain();
    let (one, two) = (Broker::new(mosquitto.settings()), Broker::new(mosquitto.settings()));
    let hint = tokio::select! {
        (_, hint) = down(&one, "again and again") => hint,
        (_, hint) = down(&two, "again and again") => hint,
    };
    assert!(hint.contains("client_id"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_broker_is_told_as_such() {
    const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nServer: example\r\n\
        Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request\r\n";
    let mosquitto = Mosquitto::plain();
    for (answer, words) in [
        (HTTP, "does not speak MQTT 3.1.1"),
        (b"\x20\x02\x00\x04", "does not take the user or the password"),
        (b"\x20\x02\x00\x02", "does not take the client_id \"watchpost\""),
        (b"\x20\x02\x00\x01", "does not speak MQTT 3.1.1"),
        // Let in, and then something that does not exist.
        (b"\x20\x02\x00\x00\xf0\x00", "broke the rules of MQTT 3.1.1"),
        (b"", "hung up before it let us in"),
    ] {
        let port = pretender(answer).await;
        let broker = Broker::new(Mqtt { port, ..mosquitto.settings() });
        down(&broker, words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_the_broker_does_not_allow_is_told_as_such() {
    let mosquitto = Mosquitto::plain();
    let broker = Broker::new(Mqtt { port: refuser().await, ..mosquitto.settings() });
    let mut hall = listen(example(), &broker);
    let Report::Lost { cause, hint } = next(&mut hall).await else { panic!("it was let in") };
    assert!(cause.contains("does not let this client listen to \"salle/mouvement\""), "{cause}");
    assert!(hint.contains("access list"), "{hint}");
    assert_eq!(*broker.link().borrow(), Link::Up, "nothing else suffers");
}

#[tokio::test]
async fn without_a_broker_a_sensor_has_nothing_to_say() {
    let mut alone = Subscription::new(&"hall".parse().unwrap(), example(), None);
    assert!(alone.next().now_or_never().is_none());
}

/// What lets a client in.
const WELCOME: &[u8] = b"\x20\x02\x00\x00";

/// Something that answers each client with these bytes, and hangs up if there are none.
async fn pretender(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut heard = [0; 1024];
            // The login; whatever came of it will do.
            let _count = client.read(&mut heard).await;
            client.write_all(answer).await.ok();
            // Until the client hangs up.
            while !answer.is_empty() && client.read(&mut heard).await.is_ok_and(|count| count > 0) {
            }
        }
    });
    port
}

/// Something that lets everybody in, and refuses what they want to hear.
async fn refuser() -> u16 {
    const TOPIC: &[u8] = b"salle/mouvement";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        client.read_buf(&mut heard).await.unwrap();
        client.write_all(WELCOME).await.unwrap();
        let at = loop {
            let place = heard.windows(TOPIC.len()).position(|window| window == TOPIC);
            if let Some(at) = place {
                break at;
            }
            assert!(client.read_buf(&mut heard).await.unwrap() > 0, "it hung up");
        };
        // Before the topic stand its length and the packet's number, of two bytes each.
        let refusal = [0x90, 3, heard[at - 4], heard[at - 3], 0x80];
        client.write_all(&refusal).await.unwrap();
        while client.read_buf(&mut heard).await.is_ok_and(|count| count > 0) {}
    });
    port
}
