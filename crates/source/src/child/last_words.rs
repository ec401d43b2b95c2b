//! What a program said last on its standard error.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Enough for some lines.
const KEPT: usize = 4 << 10;

/// How many lines are told, and how long they may be together.
const LINES: usize = 3;
const LENGTH: usize = 400;

/// Reads a program's standard error until it ends, and keeps the end of it.
pub(crate) struct LastWords {
    reading: Option<JoinHandle<Vec<u8>>>,
    secrets: Vec<String>,
}

impl LastWords {
    pub(crate) fn of(stderr: Option<ChildStderr>) -> Self {
        let reading = stderr.map(|stderr| tokio::spawn(read(stderr)));
        Self { reading, secrets: Vec::new() }
    }

    pub(crate) fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(secret.to_owned());
        }
    }

    /// The last lines, joined, once the program has ended; empty if it said nothing.
    pub(crate) async fn hear(&mut self) -> String {
        let Some(mut reading) = self.reading.take() else { return String::new() };
        let heard = timeout(Duration::from_millis(500), &mut reading).await;
        if let Ok(Ok(kept)) = heard {
            told(&String::from_utf8_lossy(&kept), &self.secrets)
        } else {
            reading.abort(); // A child of the program still holds it open.
            String::new()
        }
    }
}

async fn read(mut stderr: ChildStderr) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..length]);
        kept.drain(..kept.len().saturating_sub(KEPT));
    }
    kept
}

/// The last lines that say something, in one, without colours, secrets and the stars with which
/// `rpicam-vid` adorns its errors.
fn told(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        text = text.replace(secret, "***");
    }
    let lines: Vec<String> =
        text.split(['\n', '\r']).map(plain).filter(|line| !line.is_empty()).collect();
    let errors: Vec<&String> = lines.iter().filter(|line| line.starts_with("ERROR:")).collect();
    let last: Vec<&str> = match errors.last() {
        Some(error) => {
            let adorned: &[char] = &['*', ' '];
            vec![error.trim_start_matches("ERROR:").trim_matches(adorned)]
        }
        None => lines.iter().rev().take(LINES).rev().map(String::as_str).collect(),
    };
    let joined = without_accounts(&last.join("; "));
    joined.chars().take(LENGTH).collect()
}

fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut within_colour = false;
    for letter in line.chars() {
        match letter {
            '\u{1b}' => within_colour = true,
            'm' if within_colour => within_colour = false,
            _ if within_colour || letter.is_control() => {}
            _ => plain.push(letter),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `rtsp://user:password@host` without user and password.
fn without_accounts(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let authority = after.find(['/', ' ', '?', '\'', '"']).unwrap_or(after.len());
        let host = after[..authority].rfind('@').map_or(0, |at| at + 1);
        shown.push_str(before);
        shown.push_str("://");
        rest = &after[host..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: &str) {
        assert_eq!(told(said, &["hush".to_owned()]), expected);
    }

    #[test]
    fn the_error_is_told_without_its_adornments() {
        check(
            "[0:01:02.3] [99] \u{1b}[1;32m INFO \u{1b}[1;37mCamera \u{1b}[0mlibcamera v0.3\n\
             ERROR: *** no cameras available ***\n",
            "no cameras available",
        );
    }

    #[test]
    fn without_an_error_the_last_lines_are_told() {
        check("one\ntwo\nthree\r\n\nfour\n", "two; three; four");
        check("", "");
    }

    #[test]
    fn no_user_and_no_password_is_told() {
        check("rtsp://anna:p@ss@cam.lan/hush/1: refused", "rtsp://cam.lan/***/1: refused");
    }
}
