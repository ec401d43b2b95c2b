#!/usr/bin/python3
"""An HTTP camera for tests: Motion JPEG and snapshots, and bad behaviour. Python's own library and ffmpeg.

    http_camera.py --user anna --password rosebud --auth digest
    http_camera.py --tls

Prints `ready http://127.0.0.1:PORT`. Each path is a camera with habits of its own, see `PATHS`.
Prints `asked PATH` for every answer that is not "who are you?".

Lines on stdin: `stop`. The end of stdin also stops it, so that it never outlives the story that started it.
"""

import argparse
import base64
import hashlib
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REALM = "camera (front)"


def say(line):
    print(line, flush=True)


def draw(size, count):
    """`count` different JPEG pictures."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=size={size}:rate=10", "-frames:v", str(count)]
    command += ["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "-"]
    try:
        stream = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError) as failed:
        sys.exit(f"http_camera: {failed}; install ffmpeg")
    # The encoder writes no thumbnails, so that the end marker stands only at the end.
    return [picture + b"\xff\xd9" for picture in stream.split(b"\xff\xd9")[:-1]]


class Camera(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options = None
    pictures = []
    large = []
    nonces = set()

    def log_message(self, *_):
        pass

    def do_GET(self):
        if not self.welcome():
            return
        path = self.path.split("?")[0]
        say(f"asked {path}")
        habit = PATHS.get(path)
        try:
            if habit is None:
                self.plain(404, "text/plain", b"no such path")
            else:
                habit(self)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # The visitor has left.
        self.close_connection = True

    # --- who may come in ---------------------------------------------------------------------------------------------

    def welcome(self):
        options = self.options
        if not options.user:
            return True
        given = self.headers.get("Authorization", "")
        if options.auth == "basic":
            right = base64.b64encode(f"{options.user}:{options.password}".encode()).decode()
            ok, ask = given == f"Basic {right}", f'Basic realm="{REALM}"'
        else:
            ok, ask = self.digest(given), None
            if not ok:
                nonce = secrets.token_hex(8)
                self.nonces.add(nonce)
                ask = f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", algorithm=MD5'
        if not ok:
            self.send_response(401)
            self.send_header("WWW-Authenticate", ask)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return ok

    def digest(self, given):
        """RFC 7616, section 3.4, with MD5 and `auth`, which is what cameras have."""
        if not given.startswith("Digest "):
            return False
        fields = {}
        for field in given[len("Digest ") :].split(","):
            key, _, value = field.strip().partition("=")
            fields[key] = value.strip('"')

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        nonce = fields.get("nonce")
        if nonce not in self.nonces or fields.get("username") != self.options.user or fields.get("uri") != self.path:
            return False
        who = md5(f"{self.options.user}:{REALM}:{self.options.password}")
        what = md5(f"GET:{self.path}")
        return fields.get("response") == md5(f"{who}:{nonce}:{fields.get('nc')}:{fields.get('cnonce')}:auth:{what}")

    # --- habits ------------------------------------------------------------------------------------------------------

    def plain(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()

    def pace(self):
        """Pictures at their time, for ever."""
        due = time.monotonic()
        count = 0
        while True:
            yield self.pictures[count % len(self.pictures)]
            count += 1
            due += 1 / self.options.fps
            time.sleep(max(0.0, due - time.monotonic()))

    def parts(self, boundary, length=True, end=b"\r\n", kind="image/jpeg", between=b"\r\n", pictures=None):
        for picture in pictures or self.pace():
            head = [b"--" + boundary, b"Content-Type: " + kind.encode()]
            if length:
                head.append(b"Content-Length: " + str(len(picture)).encode())
            self.wfile.write(end.join(head) + end + end + picture + between)

    def mjpeg(self):
        self.begin("multipart/x-mixed-replace; boundary=frame")
        self.parts(b"frame")

    def mjpeg_without_lengths(self):
        self.begin("multipart/x-mixed-replace;boundary=frame")
        self.parts(b"frame", length=False)

    def mjpeg_quoted(self):
        self.begin('Multipart/X-Mixed-Replace; charset=x; Boundary="odd; boundary=\'x\'"')
        self.parts(b"odd; boundary='x'", length=False)

    def mjpeg_dashes(self):
        """As many cameras do: the dashes stand in the header too, and the lines end as on Unix."""
        self.begin("multipart/x-mixed-replace; boundary=--myboundary")
        self.parts(b"myboundary", end=b"\n", between=b"\n")

    def mjpeg_unnamed(self):
        """Names no boundary, begins with an empty line, and has nothing between two parts."""
        self.begin("multipart/x-mixed-replace")
        self.wfile.write(b"\r\n")
        self.parts(b"x", between=b"")

    def mjpeg_wrong_lengths(self):
        """Lengths that are too short by ten bytes."""
        self.begin("multipart/x-mixed-replace; boundary=frame")
        for picture in self.pace():
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture) - 10}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")

    def mjpeg_uneven(self):
        """Three quick ones, then a rest of 0.6 s."""
        self.begin("multipart/x-mixed-replace; boundary=frame")
        count = 0
        while True:
            self.parts(b"frame", pictures=[self.pictures[count % len(self.pictures)]])
            count += 1
            time.sleep(0.6 if count % 3 == 0 else 0.1)

    def mjpeg_grows(self):
        """Another size after ten pictures."""
        self.begin("multipart/x-mixed-replace; boundary=frame")
        for count, picture in enumerate(self.pace()):
            self.parts(b"frame", pictures=[picture if count < 10 else self.large[count % len(self.large)]])

    def mjpeg_one_bad(self):
        """The fourth picture of each ten is cut in half, and comes to its end in zeros."""
        self.begin("multipart/x-mixed-replace; boundary=frame")
        for count, picture in enumerate(self.pace()):
            half = picture[: len(picture) // 2]
            self.parts(b"frame", pictures=[half + bytes(100) if count % 10 == 3 else picture])

    def breaks_off(self):
        self.begin("multipart/x-mixed-replace; boundary=frame")
        self.parts(b"frame", pictures=self.pictures[:5])

    def stalls(self):
        self.begin("multipart/x-mixed-replace; boundary=frame")
        self.parts(b"frame", pictures=self.pictures[:5])
        time.sleep(60)

    def silent(self):
        time.sleep(60)

    def endless_part(self):
        self.begin("multipart/x-mixed-replace; boundary=frame")
        self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8")
        while True:
            self.wfile.write(bytes(1 << 16))

    def endless_head(self):
        self.begin("multipart/x-mixed-replace; boundary=frame")
        self.wfile.write(b"--frame\r\n")
        while True:
            self.wfile.write(b"X-More: of it\r\n")

    def wrong_parts(self):
        self.begin("multipart/x-mixed-replace; boundary=frame")
        self.parts(b"frame", kind="text/html", pictures=[b"<p>Sign in again</p>"] * 1000)

    def still(self):
        count = int(time.monotonic() * 10)
        self.plain(200, "image/jpeg", self.pictures[count % len(self.pictures)])

    def still_is_html(self):
        self.plain(200, "image/jpeg", b"<html>not a picture</html>")

    def large_still(self):
        self.begin("image/jpeg")
        self.wfile.write(b"\xff\xd8")
        while True:
            self.wfile.write(bytes(1 << 16))

    def html(self):
        self.plain(200, "text/html; charset=utf-8", b"<html>Please sign in</html>")

    def moved(self):
        self.plain(302, "text/plain", b"", Location="/mjpeg")

    def moved_away(self):
        self.plain(302, "text/plain", b"", Location="http://camera.invalid/mjpeg")

    def moved_round(self):
        self.plain(302, "text/plain", b"", Location=self.path)

    def busy(self):
        self.plain(503, "text/plain", b"too many viewers")


PATHS = {
    "/mjpeg": Camera.mjpeg,
    "/mjpeg/without-lengths": Camera.mjpeg_without_lengths,
    "/mjpeg/quoted": Camera.mjpeg_quoted,
    "/mjpeg/dashes": Camera.mjpeg_dashes,
    "/mjpeg/unnamed": Camera.mjpeg_unnamed,
    "/mjpeg/wrong-lengths": Camera.mjpeg_wrong_lengths,
    "/mjpeg/uneven": Camera.mjpeg_uneven,
    "/mjpeg/grows": Camera.mjpeg_grows,
    "/mjpeg/one-bad": Camera.mjpeg_one_bad,
    "/still.jpg": Camera.still,
    "/moved": Camera.moved,
    "/bad/breaks-off": Camera.breaks_off,
    "/bad/stalls": Camera.stalls,
    "/bad/silent": Camera.silent,
    "/bad/endless-part": Camera.endless_part,
    "/bad/endless-head": Camera.endless_head,
    "/bad/wrong-parts": Camera.wrong_parts,
    "/bad/still-is-html": Camera.still_is_html,
    "/bad/large-still": Camera.large_still,
    "/bad/html": Camera.html,
    "/bad/moved-away": Camera.moved_away,
    "/bad/moved-round": Camera.moved_round,
    "/bad/busy": Camera.busy,
}


def certificate(folder):
    """A key and a certificate signed by nobody, as cameras have."""
    key, chain = os.path.join(folder, "key.pem"), os.path.join(folder, "chain.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera"]
    subprocess.run([*command, "-keyout", key, "-out", chain], check=True, stderr=subprocess.DEVNULL)
    return chain, key


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--fps", type=float, default=10)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--user", help="lets only this user in")
    parser.add_argument("--password", default="")
    parser.add_argument("--auth", choices=["basic", "digest"], default="digest")
    parser.add_argument("--tls", action="store_true", help="with a certificate of its own")
    options = parser.parse_args()

    Camera.options = options
    Camera.pictures = draw(options.size, 30)
    Camera.large = draw("800x600", 5)
    server = ThreadingHTTPServer((options.host, options.port), Camera)
    server.daemon_threads = True
    if options.tls:
        with tempfile.TemporaryDirectory() as folder:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(folder))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"ready {'https' if options.tls else 'http'}://{options.host}:{server.server_address[1]}")
    for line in sys.stdin:
        if line.strip() == "stop":
            break
    os._exit(0)  # Threads of visitors may be asleep.


if __name__ == "__main__":
    main()
