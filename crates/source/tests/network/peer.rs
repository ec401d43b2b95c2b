//! The servers in `tests/peers`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// A running peer. Ends when dropped.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// Where it can be asked first.
    pub(crate) url: String,
}

impl Peer {
    /// Starts `tests/peers/<script>` and waits until it can be asked.
    pub(crate) fn start(script: &str, arguments: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut child = Command::new("/usr/bin/python3")
            .arg(root.join("tests/peers").join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Debian's python3 is installed");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (give, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if give.send(line).is_err() {
                    return;
                }
            }
        });
        let mut peer = Self { child, input, lines, url: String::new() };
        let ready = peer.says("ready ");
        ready.trim_start_matches("ready ").clone_into(&mut peer.url);
        peer
    }

    /// A camera whose scene shows `what`, such as `h264+aac`.
    pub(crate) fn camera(what: &str, more: &[&str]) -> Self {
        let mount = format!("door=scene:{what}");
        let arguments = [&["--mount", &mount, "--still", "inf"], more].concat();
        Self::start("rtsp_server.py", &arguments)
    }

    /// Waits for a line that begins with `start`.
    pub(crate) fn says(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20));
            let line = line.unwrap_or_else(|_| panic!("the peer never said {start:?}"));
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// What it has said until now and nobody has waited for.
    pub(crate) fn said(&self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return said,
            }
        }
    }

    /// Tells it something.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended.
        let _ = self.child.wait(); // As above.
    }
}
