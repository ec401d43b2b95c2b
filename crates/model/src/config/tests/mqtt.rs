//! `[mqtt]`, and sensors with kind = "mqtt".

use super::device::problems;
use super::sense::sensor;
use super::{check, good, look_up, told};
use crate::Secret;
use crate::config::{Config, Mqtt, MqttSensor, MqttTls, SensorKind};

/// What a file with these keys under `[mqtt]` says of the broker.
#[track_caller]
fn broker(keys: &str) -> Mqtt {
    good(&format!("[mqtt]\n{keys}\n")).mqtt.expect("the file has a broker")
}

/// What a file says of a sensor with kind = "mqtt" and these keys.
#[track_caller]
fn topic(keys: &str) -> MqttSensor {
    match sensor(&format!("kind = \"mqtt\"\n{keys}")).kind {
        SensorKind::Mqtt(topic) => topic,
        kind => panic!("{kind:?}"),
    }
}

fn usual() -> Mqtt {
    Mqtt {
        host: "192.168.1.5".to_owned(),
        port: 1_883,
        tls: None,
        user: None,
        password: None,
        client_id: "watchpost".to_owned(),
        prefix: "watchpost".to_owned(),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn every_key_of_the_broker_is_read() {
    assert_eq!(broker("broker = \"mqtt://192.168.1.5\""), usual());
    let all = r#"
broker = "mqtts://broker.example.org:8884/"
user = "anna"
password = "file:/run/odd"
client_id = "watchpost-2.a"
ca = "ca.pem"
prefix = "home/watch post"
"#;
    let expected = Mqtt {
        host: "broker.example.org".to_owned(),
        port: 8_884,
        tls: Some(MqttTls { ca: Some("ca.pem".into()) }),
        user: Some("anna".to_owned()),
        password: Some(Secret::new("p@ss:w/o#r%d? ü".to_owned())),
        client_id: "watchpost-2.a".to_owned(),
        prefix: "home/watch post".to_owned(),
    };
    assert_eq!(broker(all), expected);
}

#[test]
fn the_address_of_the_broker_says_how_it_is_spoken_to() {
    for (written, host, port, by_tls) in [
        ("mqtt://broker", "broker", 1_883, false),
        ("MQTT://broker:1884/", "broker", 1_884, false),
        ("mqtts://broker", "broker", 8_883, true),
        ("mqtt://[fd00::5]", "fd00::5", 1_883, false),
        ("mqtts://[::1]:8883", "::1", 8_883, true),
    ] {
        let broker = broker(&format!("broker = \"{written}\""));
        let told = (broker.host.as_str(), broker.port, broker.tls.is_some());
        assert_eq!(told, (host, port, by_tls), "{written}");
    }
    let forms = "write the address of the broker, such as \"mqtt://192.168.1.5\", or \
                 \"mqtts://broker.example.org:8883\" to speak to it by TLS";
    let ends = "must end after the host and the port; topics are written elsewhere";
    let port = "must have a port from 1 to 65535, or none for the usual one";
    for (written, problem) in [
        ("\"192.168.1.5\"", forms),
        ("\"tcp://192.168.1.5\"", forms),
        ("\"http://192.168.1.5\"", forms),
        ("\"mqtt://\"", forms),
        ("\"mqtt:///\"", forms),
        ("1883", forms),
        ("\"mqtt://a/salle\"", ends),
        ("\"mqtt://a?b\"", ends),
        ("\"mqtt://a:0\"", port),
        ("\"mqtt://a:99999\"", "invalid port number; if the password has odd characters"),
        ("\"mqtt://a#b\"", "must not have a #; if the password has odd characters"),
    ] {
        let refused = problems(&format!("[mqtt]\nbroker = {written}\n"));
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].starts_with(&format!("mqtt.broker: {problem}")), "{refused:?}");
    }
}

#[test]
fn the_user_stands_in_the_address_or_in_keys() {
    let secret = |text: &str| Some(Secret::new(text.to_owned()));
    for (keys, user, password) in [
        ("broker = \"mqtt://anna:rosebud@a\"", Some("anna"), secret("rosebud")),
        ("broker = \"mqtt://anna@a\"", Some("anna"), None),
        ("broker = \"mqtt://anna@a\"\npassword = \"rosebud\"", Some("anna"), secret("rosebud")),
        ("broker = \"mqtt://anna:${ODD}@a\"", Some("anna"), secret("p@ss:w/o#r%d? ü")),
        ("broker = \"mqtt://a\"\nuser = \"anna\"", Some("anna"), None),
        (
            "broker = \"mqtt://a\"\nuser = \"a\"\npassword = \"${BUD}\"",
            Some("a"),
            secret("rosebud"),
        ),
    ] {
        let broker = broker(keys);
        assert_eq!((broker.user.as_deref(), broker.password), (user, password), "{keys}");
    }
    check(
        "[mqtt]\nbroker = \"mqtt://a\"\npassword = \"rosebud\"\n",
        "\n3:12: mqtt.password: needs user too, the name of the user at the broker\n",
    );
    check(
        r#"
[mqtt]
broker = "mqtt://anna:rosebud@a"
user = "anna"
password = "rosebud"
"#,
        r#"
4:8: mqtt.user = "anna": broker on line 3 names a user already; write one of the two
5:12: mqtt.password: broker on line 3 names a password already; write one of the two
"#,
    );
}

#[test]
fn every_fault_of_the_broker_is_told_at_once() {
    check("[mqtt]\n", "\n1:1: mqtt: broker is missing; write broker = \"mqtt://192.168.1.5\"\n");
    check(
        r#"
[mqtt]
broker = "mqtt://a"
user = ""
password = 1
client_id = "my recorder"
ca = "ca.pem"
prefix = "watchpost/#"
topic = "salle"
"#,
        r#"
4:8: mqtt.user = "": must be a name in quotes
5:12: mqtt.password: must be text in quotes
6:13: mqtt.client_id = "my recorder": must be 1 to 64 letters (a-z, A-Z), digits, '-', '_' and '.' in quotes, such as "watchpost"
7:6: mqtt.ca = "ca.pem": needs a broker with mqtts://; that of line 3 has mqtt://
8:10: mqtt.prefix = "watchpost/#": must be the beginning of a topic in quotes, such as "watchpost" or "home/watchpost", without +, # and $, and without / at its ends
9:1: mqtt.topic: unknown key; it belongs under [[sensor]]
"#,
    );
    for prefix in ["", "/watchpost", "watchpost/", "a//b", "$SYS", "a/+/b", "a\\u0000"] {
        let refused = problems(&format!("[mqtt]\nbroker = \"mqtt://a\"\nprefix = \"{prefix}\"\n"));
        assert!(refused[0].contains("the beginning of a topic"), "{prefix}: {refused:?}");
    }
}

#[test]
fn what_the_broker_is_told_is_not_shown() {
    for keys in [
        "broker = \"mqtt://anna:rosebud@a\"",
        "broker = \"mqtt://a\"\nuser = \"anna\"\npassword = \"rosebud\"",
        "broker = \"mqtt://anna:${BUD}@a\"",
    ] {
        let text = format!("[mqtt]\n{keys}\n");
        let shown = format!("{:?}", good(&text));
        assert!(!shown.contains("rosebud") && shown.contains("anna"), "{shown}");
        let wrong = text.replace("mqtt://", "tcp://");
        let faults = Config::read(&wrong, &mut look_up).unwrap_err();
        let excerpts = faults.iter().filter_map(|fault| fault.excerpt(&wrong));
        let told = told(&faults) + &excerpts.collect::<String>();
        assert!(!told.contains("rosebud"), "{told}");
    }
}

#[test]
fn a_topic_fires_by_its_whole_message_or_by_a_field() {
    let plain = MqttSensor {
        topic: "salle/mouvement".to_owned(),
        field: None,
        values: words(&["ON", "on", "1", "true"]),
        clear_values: vec![],
        value_field: None,
        min: None,
        battery_field: None,
    };
    assert_eq!(topic(""), plain);
    let json = MqttSensor {
        field: Some("status".to_owned()),
        values: words(&["ALERT", "ALERTE"]),
        value_field: Some("value".to_owned()),
        ..plain
    };
    assert_eq!(topic("field = \"status\""), json);
    let all = r#"
topic = "zigbee2mqtt/+/hall/#"
field = "alarm.state"
values = [true, 1, "yes", 2.5]
clear_values = [false, "no"]
value_field = "level"
min = -0.5
battery_field = "battery.percent"
"#;
    let expected = MqttSensor {
        topic: "zigbee2mqtt/+/hall/#".to_owned(),
        field: Some("alarm.state".to_owned()),
        values: words(&["true", "1", "yes", "2.5"]),
        clear_values: words(&["false", "no"]),
        value_field: Some("level".to_owned()),
        min: Some(-0.5),
        battery_field: Some("battery.percent".to_owned()),
    };
    assert_eq!(topic(all), expected);
}

#[test]
fn a_topic_has_its_wildcards_in_levels_of_their_own() {
    for good in ["#", "+", "a", "/a", "a/", "a//b", "+/+/a", "a/#", "+/#", "$SYS/a", "salle/été"]
    {
        assert_eq!(topic(&format!("topic = \"{good}\"")).topic, good);
    }
    let follows = "# stands for all levels that are left, so nothing may follow it; for any one level \
                   write +";
    let whole = "stands for a whole level, with nothing beside it between two /, such as \
                 \"salle/+/mouvement\" or \"salle/#\"";
    let forms = "must be a topic in quotes, such as \"salle/mouvement\" or \"salle/+/mouvement\"";
    for (written, problem) in [
        ("a/#/b", follows.to_owned()),
        ("#/", follows.to_owned()),
        ("a#", format!("# {whole}")),
        ("a/b+", format!("+ {whole}")),
        ("++", format!("+ {whole}")),
        ("a/+#", format!("# {whole}")),
        ("", forms.to_owned()),
        ("a\\u0000", forms.to_owned()),
        ("a\\n", forms.to_owned()),
        (&"a".repeat(513), forms.to_owned()),
    ] {
        let text = format!(
            "[mqtt]\nbroker = \"mqtt://a\"\n[[sensor]]\nname = \"a\"\nkind = \"mqtt\"\n\
             topic = \"{written}\"\n"
        );
        assert_eq!(problems(&text), [format!("sensor[0].topic: {problem}")], "{written}");
    }
}

#[test]
fn every_fault_of_a_topic_is_told_at_once() {
    check(
        r#"
[mqtt]
broker = "mqtt://a"
[[sensor]]
name = "a"
kind = "mqtt"
value_field = "value"
min = 30
battery_field = "battery"
clear_values = ["off", "on"]
[[sensor]]
name = "b"
kind = "mqtt"
field = "alarm..state"
values = []
clear_values = "OK"
value_field = ""
min = "30"
battery_field = 1
[[sensor]]
name = "c"
kind = "mqtt"
field = "state"
values = ["a", "a"]
clear_values = [1, "1"]
min = nan
[[sensor]]
name = "d"
kind = "mqtt"
field = "state"
clear_values = ["ALERTE"]
values = [["ALERT"]]
"#,
        r#"
7:15: sensor[0].value_field = "value": needs field too: only messages that are JSON have it
8:7: sensor[0].min = 30: needs field too: only messages that are JSON have it
9:17: sensor[0].battery_field = "battery": needs field too: only messages that are JSON have it
10:16: sensor[0].clear_values = ["off", "on"]: has "on", by which it fires
14:9: sensor[1].field = "alarm..state": must be the name of a field in quotes, such as "status"; points lead into objects within, such as "alarm.state"
15:10: sensor[1].values = []: must be a list of one value or more, such as ["ALERT"]
16:16: sensor[1].clear_values = "OK": must be a list of values, such as ["OK"], or [] for all others
17:15: sensor[1].value_field = "": must be the name of a field in quotes, such as "status"; points lead into objects within, such as "alarm.state"
18:7: sensor[1].min = "30": must be a number without quotes, such as 30
19:17: sensor[1].battery_field = 1: must be the name of a field in quotes, such as "status"; points lead into objects within, such as "alarm.state"
24:10: sensor[2].values = ["a", "a"]: has "a" twice
25:16: sensor[2].clear_values = [1, "1"]: has "1" twice
26:7: sensor[2].min = nan: must be a number without quotes, such as 30
32:10: sensor[3].values = [["ALERT"]]: must be a list of one value or more, such as ["ALERT"]
"#,
    );
}
