//! Stories of entry boards: the recorder's end of the line is real, the board is played.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed, and says where")]

mod stage;

use std::time::Duration;

use stage::{Plugged, Reports, Socket, within};
use tokio::time::{Instant, interval, timeout};
use watchpost_device::Report;
use watchpost_device::board::{Board, Said, Setting};
use watchpost_model::config::{Require, SerialSensor};
use watchpost_model::{Distance, Reading};

fn board(socket: &Socket) -> Board {
    Board::new(SerialSensor {
        port: socket.port(),
        baud: 115_200,
        within: Some(1_500),
        require: Require::Either,
        debounce: Duration::from_millis(50),
    })
}

fn reports(socket: &Socket) -> Reports<Report> {
    let mut board = board(socket);
    Reports::of(|outbox| async move {
        loop {
            outbox.try_send(board.next().await).unwrap();
        }
    })
}

/// `$BODY*CS`.
fn framed(body: &str) -> String {
    format!("${body}*{:02X}", body.bytes().fold(0, |sum, byte| sum ^ byte))
}

fn reading(pir: bool, mm: u32) -> String {
    Said::Reading { count: 1, pir, distance: Distance::Millimetres(mm), led: false }.encode()
}

fn read(pir: bool, mm: u32) -> Report {
    Report::Reading(Reading {
        on: Some(pir),
        distance: Some(Distance::Millimetres(mm)),
        ..Reading::default()
    })
}

/// The cause of a loss; the port has no place in it.
#[track_caller]
fn cause(report: &Report, socket: &Socket) -> String {
    match report {
        Report::Lost { cause, hint } => {
            assert!(!hint.is_empty());
            let port = format!("{}: ", socket.port().display());
            cause.strip_prefix(&port).expect("the cause names the port").to_owned()
        }
        Report::Reading(_) => panic!("no loss: {report:?}"),
    }
}

/// Answers the question who it is, and takes what it is told.
async fn greet(plugged: &mut Plugged) -> Vec<String> {
    assert_eq!(plugged.hear().await, framed("Q"));
    plugged.say_lines(&["", &framed("H,v=1,fw=1.0,id=entry")]).await;
    take_settings(plugged).await
}

async fn take_settings(plugged: &mut Plugged) -> Vec<String> {
    let mut settings = Vec::new();
    for _ in 0..3 {
        let line = plugged.hear().await;
        let setting = line.strip_prefix("$S,").unwrap().split('*').next().unwrap().to_owned();
        plugged.say_lines(&[&framed(&format!("A,{setting}"))]).await;
        settings.push(setting);
    }
    settings
}

const SETTINGS: [&str; 3] = ["range=1500", "debounce=50", "led=follow"];

#[tokio::test]
async fn a_board_gets_its_settings_and_is_heard() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut reports = reports(&socket);
    assert_eq!(greet(&mut plugged).await, SETTINGS);
    plugged.say_lines(&[&reading(false, 2_000)]).await;
    assert_eq!(reports.next().await, read(false, 2_000));
    // The usual pace is of no account to a change.
    reports.during(Duration::from_millis(150)).await;
    plugged.say_lines(&[&reading(false, 2_001)]).await;
    assert_eq!(reports.next().await, read(false, 2_001));
    let before = Instant::now();
    plugged.say_lines(&[&reading(true, 900)]).await;
    assert_eq!(reports.next().await, read(true, 900));
    println!("a change took {:?}", before.elapsed());
}

#[tokio::test]
async fn a_board_that_was_reset_gets_its_settings_again() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let _reports = reports(&socket);
    greet(&mut plugged).await;
    plugged.say_lines(&[&framed("H,v=1,fw=1.0,id=entry")]).await;
    assert_eq!(take_settings(&mut plugged).await, SETTINGS);
}

#[tokio::test]
async fn a_setting_that_got_garbled_is_sent_again_and_one_that_is_refused_is_told() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut reports = reports(&socket);
    assert_eq!(plugged.hear().await, framed("Q"));
    plugged.say_lines(&["", &framed("H,v=1")]).await;
    assert_eq!(plugged.hear().await, framed("S,range=1500"));
    plugged.say_lines(&[&framed("E,what=checksum")]).await;
    assert_eq!(plugged.hear().await, framed("S,range=1500"));
    plugged.say_lines(&[&framed("E,what=range")]).await;
    let loss = reports.next().await;
    assert_eq!(cause(&loss, &socket), "the board does not take the setting range=1500: range");
    assert_eq!(plugged.hear().await, framed("S,debounce=50"), "the others are sent all the same");
    plugged.say_lines(&[&reading(true, 900)]).await;
    assert_eq!(reports.next().await, read(true, 900), "it is listened to all the same");
}

#[tokio::test]
async fn half_lines_are_put_together_and_broken_waits_lose_nothing() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut board = board(&socket);
    // Each wait for the board is broken off after a millisecond.
    let mut reports = Reports::of(|outbox| async move {
        loop {
            if let Ok(report) = timeout(Duration::from_millis(1), board.next()).await {
                outbox.try_send(report).unwrap();
            }
        }
    });
    greet(&mut plugged).await;
    let mut pause = interval(Duration::from_millis(2));
    for (pir, mm) in [(true, 900), (false, 2_000), (true, 1_000), (false, 3_000)] {
        for byte in reading(pir, mm).bytes().chain(*b"\n") {
            pause.tick().await;
            plugged.say(&[byte]).await;
        }
        assert_eq!(reports.next().await, read(pir, mm));
    }
}

#[tokio::test]
async fn a_wrong_checksum_is_passed_over() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut reports = reports(&socket);
    greet(&mut plugged).await;
    let garbled = reading(true, 900).replace("pir=1", "pir=0");
    plugged.say_lines(&[&garbled, "111", &reading(false, 2_000)]).await;
    assert_eq!(reports.next().await, read(false, 2_000));
}

#[tokio::test]
async fn only_garbage_is_told_once_and_ends_with_a_reading() {
    let socket = Socket::new();
    let plugged = socket.plug();
    let mut reports = reports(&socket);
    let noise = b"\0\xFF\x80~\0\0x\xFE\n\xF0\x0F$R,n=\0\n";
    let mut pause = interval(Duration::from_millis(100));
    let since = Instant::now();
    let mut told = Vec::new();
    while since.elapsed() < Duration::from_secs(5) {
        plugged.say(noise).await;
        told.extend(reports.during(pause.period() / 2).await);
        pause.tick().await;
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(cause(&told[0], &socket), "what comes makes no sense at 115200 baud");
    plugged.say_lines(&["", &reading(true, 900)]).await;
    assert_eq!(reports.next().await, read(true, 900));
}

#[tokio::test]
async fn a_board_that_says_nothing_is_told() {
    let socket = Socket::new();
    let _plugged = socket.plug();
    let mut reports = reports(&socket);
    let since = Instant::now();
    let loss = reports.next().await;
    assert_eq!(cause(&loss, &socket), "the board says nothing");
    assert!(since.elapsed() >= Duration::from_secs(5), "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_board_that_is_pulled_out_comes_back() {
    let socket = Socket::new();
    let mut reports = reports(&socket);
    assert_eq!(cause(&reports.next().await, &socket), "there is no such device");
    for _ in 0..2 {
        let mut plugged = socket.plug();
        assert_eq!(greet(&mut plugged).await, SETTINGS);
        plugged.say_lines(&[&reading(false, 2_000)]).await;
        assert_eq!(reports.next().await, read(false, 2_000));
        drop(plugged);
        assert_eq!(cause(&reports.next().await, &socket), "it was unplugged");
        assert_eq!(cause(&reports.next().await, &socket), "there is no such device");
    }
    let quiet = reports.during(Duration::from_secs(2)).await;
    assert_eq!(quiet, [], "it is tried again without a word");
}

#[tokio::test]
async fn what_is_no_serial_line_is_told() {
    let socket = Socket::new();
    std::fs::write(socket.port(), "text").unwrap();
    let loss = reports(&socket).next().await;
    assert_eq!(cause(&loss, &socket), "this is no serial line");
}

#[tokio::test]
async fn two_cannot_share_a_port() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let _first = reports(&socket);
    greet(&mut plugged).await;
    let loss = reports(&socket).next().await;
    assert_eq!(cause(&loss, &socket), "another program uses it");
}

#[tokio::test]
async fn a_board_of_another_version_is_not_believed() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut reports = reports(&socket);
    assert_eq!(plugged.hear().await, framed("Q"));
    plugged.say_lines(&["", &framed("H,v=2,fw=9,id=entry"), &reading(true, 900)]).await;
    let loss = reports.next().await;
    assert_eq!(
        cause(&loss, &socket),
        "the board speaks version 2 of its protocol, the recorder version 1"
    );
    plugged.say_lines(&[&reading(false, 900), &framed("H,v=1"), &reading(false, 800)]).await;
    assert_eq!(reports.next().await, read(false, 800), "until it has the right firmware");
}

#[tokio::test]
async fn an_older_board_is_understood_and_not_asked_any_more() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut reports = reports(&socket);
    assert_eq!(plugged.hear().await, framed("Q"));
    // What was heard of the first line may be the end of another one.
    plugged.say(b"111\r\n").await;
    plugged.say_lines(&["Distance: 123"]).await;
    let distance = Some(Distance::Millimetres(1_230));
    assert_eq!(reports.next().await, Report::Reading(Reading { distance, ..Reading::default() }));
    let yes = Reading { on: Some(true), momentary: true, ..Reading::default() };
    plugged.say_lines(&["PIR sensor detected motion"]).await;
    assert_eq!(reports.next().await, Report::Reading(yes));
    plugged.say_lines(&["Distance sensor detected obstacle"]).await;
    let distance = Some(Distance::Millimetres(0));
    let near = Reading { distance, momentary: true, ..Reading::default() };
    assert_eq!(reports.next().await, Report::Reading(near));
    let asked_again = timeout(Duration::from_millis(4_500), plugged.hear()).await;
    assert!(asked_again.is_err(), "{asked_again:?}");
    plugged.say_lines(&["111"]).await;
    assert_eq!(reports.next().await, Report::Reading(yes));
}

/// A flood must starve nobody, and of what was said only the sense may come through.
#[tokio::test]
async fn a_flood_is_survived() {
    let socket = Socket::new();
    let mut plugged = socket.plug();
    let mut reports = reports(&socket);
    greet(&mut plugged).await;
    // Others do their work on the same thread meanwhile.
    let others = tokio::spawn(async {
        let mut longest = Duration::ZERO;
        let mut last = Instant::now();
        loop {
            tokio::task::yield_now().await;
            longest = longest.max(last.elapsed());
            last = Instant::now();
            if longest > Duration::from_secs(10) {
                return longest;
            }
        }
    });
    let since = Instant::now();
    let line = format!("{}\n", reading(false, 2_000));
    let flood = line.repeat(1_000_000 / line.len() + 1);
    plugged.say(flood.as_bytes()).await;
    let took = since.elapsed();
    let told = reports.during(Duration::from_secs(1)).await;
    assert!(!others.is_finished(), "others had to wait");
    others.abort();
    let most = (took + Duration::from_secs(1)).as_millis() / 100 + 3;
    println!("{} bytes took {took:?}, {} reports", flood.len(), told.len());
    assert!(took >= Duration::from_secs(1), "it was all read at once: {took:?}");
    assert!(u128::try_from(told.len()).unwrap() <= most, "{} reports", told.len());
    assert!(told.iter().all(|report| *report == read(false, 2_000)), "{told:?}");
    plugged.say_lines(&["", &reading(true, 900)]).await;
    assert_eq!(reports.next().await, read(true, 900));
}

/// What is not taken from the recorder must not stop it.
#[tokio::test]
async fn a_line_that_takes_nothing_is_told() {
    let socket = Socket::new();
    let plugged = socket.plug();
    plugged.fill().await;
    let loss = within(reports(&socket).next()).await;
    assert_eq!(cause(&loss, &socket), "what is sent does not get away");
    drop(plugged);
}

#[test]
fn settings_are_told_as_in_the_firmware() {
    let settings = [
        Setting::Range(Some(1_500)).encode(),
        Setting::Debounce(Duration::from_millis(50)).encode(),
    ];
    assert_eq!(settings, SETTINGS[..2]);
}
