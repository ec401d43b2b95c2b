//! The servers that the program speaks to: Python over `GStreamer`'s RTSP server, in `tests/peers`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A running peer. Ends when dropped.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// Where it can be asked: the address of its first mount.
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

    /// A camera with the drawn scene in `codec` (`h264` or `h265`), in which somebody walks when told.
    pub(crate) fn camera(codec: &str) -> Self {
        Self::scene(codec, &[])
    }

    /// A camera with the drawn scene encoded so, such as `h264+aac`.
    pub(crate) fn scene(encoding: &str, options: &[&str]) -> Self {
        let mount = format!("door=scene:{encoding}");
        let mount = ["--mount", mount.as_str(), "--still", "inf", "--walk", "3"];
        Self::start("rtsp_server.py", &[&mount, options].concat())
    }

    /// The same on a port, for a camera that comes back.
    pub(crate) fn camera_at(port: &str) -> Self {
        let mount = "door=scene:h264";
        Self::start(
            "rtsp_server.py",
            &["--port", port, "--mount", mount, "--still", "inf", "--walk", "3"],
        )
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

    /// Waits for a line with these words in it.
    pub(crate) fn says_somewhere(&self, words: &str) {
        while !self.says("").contains(words) {}
    }

    /// Tells it something.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    pub(crate) fn port(&self) -> String {
        let address = self.url.split('/').nth(2).unwrap();
        address.rsplit(':').next().unwrap().to_owned()
    }

    /// As a camera that loses its power.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended.
        let _ = self.child.wait(); // As above.
    }
}
