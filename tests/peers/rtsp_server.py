#!/usr/bin/python3
"""An RTSP camera for tests: GStreamer's gst-rtsp-server, showing a drawn scene or playing a file.

    rtsp_server.py --mount door=scene:h264 --mount yard=scene:h265 --user anna --password rosebud
    rtsp_server.py --port 8554 --mount door=file:street.mp4
    rtsp_server.py --tls --mount door=scene:h264+aac --mount yard=scene:mjpeg --mount shed=scene:h264+pcma

Prints `ready rtsp://127.0.0.1:PORT/NAME` for each mount once it can be asked, and later
`walk MILLISECONDS NAME` whenever somebody steps into the scene (milliseconds since 1970), and `setup PATH` whenever
somebody asks for one of a mount's streams (`/NAME/stream=0` is the video, `stream=1` the sound).

The scene is a textured wall with a little sensor noise. Somebody walks through it for `--walk` seconds
after each `--still` seconds; `--still inf` waits to be told. Its bottom 1/18 shows the moment at which the
frame entered the encoder, as 32 columns (the latency barcode, see `barcode`).

Sound, if any, is one tone without a pause: `aac`, `pcma`, `pcmu` or `l16`. UDP is spoken to whoever asks for it. With
`--tls` addresses begin with `rtsps://`, and the certificate, made at the start, is signed by nobody, as cameras have it.

Lines on stdin: `walk` (somebody steps in), `still` (nobody), `pause` (connections stay, pictures stop),
`resume`, `stop`. The end of stdin also stops it, so that it never outlives the story that started it.

Debian: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad,ugly}; for --tls: openssl glib-networking
"""

import argparse
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: F401 (GstApp: appsrc's methods)
except (ImportError, ValueError) as missing:
    sys.exit(f"rtsp_server: {missing}; run `make setup-test` (python3-gi, gir1.2-gst-rtsp-server-1.0)")

# Element -> the Debian package that brings it.
PACKAGES = {
    "appsrc": "gstreamer1.0-plugins-base",
    "rtph264pay": "gstreamer1.0-plugins-good",
    "rtph265pay": "gstreamer1.0-plugins-good",
    "qtdemux": "gstreamer1.0-plugins-good",
    "h264parse": "gstreamer1.0-plugins-bad",
    "h265parse": "gstreamer1.0-plugins-bad",
    "x265enc": "gstreamer1.0-plugins-bad",
    "x264enc": "gstreamer1.0-plugins-ugly",
    "jpegenc": "gstreamer1.0-plugins-good",
    "rtpjpegpay": "gstreamer1.0-plugins-good",
    "voaacenc": "gstreamer1.0-plugins-bad",
    "rtpmp4gpay": "gstreamer1.0-plugins-good",
    "alawenc": "gstreamer1.0-plugins-good",
    "mulawenc": "gstreamer1.0-plugins-good",
    "rtppcmapay": "gstreamer1.0-plugins-good",
    "rtppcmupay": "gstreamer1.0-plugins-good",
    "rtpL16pay": "gstreamer1.0-plugins-good",
}


def require(*elements):
    for element in elements:
        if Gst.ElementFactory.find(element) is None:
            sys.exit(f"rtsp_server: GStreamer has no {element}: install {PACKAGES[element]}")


# --- the scene -------------------------------------------------------------------------------------------------------


def barcode(width, milliseconds):
    """One row of luma: 24 bits of milliseconds, then 8 bits of check, most significant first; white is one."""
    value = milliseconds % (1 << 24)
    check = (value ^ (value >> 8) ^ (value >> 16) ^ 0x5A) & 255
    bits = value << 8 | check
    column = width // 32
    return b"".join((b"\xeb" if bits >> (31 - at) & 1 else b"\x10") * column for at in range(32))


def add(plane, noise):
    """Byte by byte sum of two planes whose sums all stay below 256, so that no carry crosses."""
    total = int.from_bytes(plane, "little") + int.from_bytes(noise, "little")
    return total.to_bytes(len(plane), "little")


class Wall:
    """Still pictures of one wall that differ by sensor noise alone. I420."""

    COUNT = 8

    def __init__(self, width, height):
        dice = random.Random(width * height)
        block = max(4, width // 80)
        rows = []
        while len(rows) < height:
            line = b"".join(bytes([dice.randrange(60, 130)]) * block for _ in range(math.ceil(width / block)))
            rows.extend([line[:width]] * block)
        luma = bytearray(b"".join(rows[:height]))
        self._door(luma, width, height)
        grain = dice.randbytes(width * height).translate(bytes(value * 24 // 256 for value in range(256)))
        luma = add(bytes(luma), grain)
        # Noise of 0 to 4, middle values most often: what is left of a sensor's noise by daylight.
        spread = bytes([0] * 16 + [1] * 64 + [2] * 96 + [3] * 64 + [4] * 16)
        chroma = bytes([126]) * (width * height // 4) + bytes([131]) * (width * height // 4)
        self.pictures = [
            add(luma, dice.randbytes(width * height).translate(spread)) + chroma for _ in range(self.COUNT)
        ]

    @staticmethod
    def _door(luma, width, height):
        left, right = width * 6 // 10, width * 75 // 100
        for row in range(height // 5, height * 17 // 18):
            luma[row * width + left : row * width + right] = bytes([150]) * (right - left)


class Figure:
    """A person seen from the side, as runs of pixels a row, for each phase of the step."""

    PHASES = 8

    def __init__(self, height):
        self.height, self.width = height, height // 2
        self.phases = [self._runs(phase * 2 * math.pi / self.PHASES) for phase in range(self.PHASES)]

    def _runs(self, angle):
        """(first column, last column, luma) of each row, from the top; legs swing by `angle`."""
        tall, middle = self.height, self.width / 2
        rows = []
        for row in range(tall):
            at = row / tall
            if at < 0.16:  # head
                half = tall * math.sqrt(max(0.0, 0.08**2 - (at - 0.08) ** 2))
                rows.append([(middle - half, middle + half, 205)])
            elif at < 0.52:  # coat, and an arm that swings
                swing = math.sin(angle) * tall * 0.12 * (at - 0.16) / 0.36
                half = tall * 0.11
                rows.append([(middle - half, middle + half, 30), (middle + swing - 3, middle + swing + 3, 170)])
            else:  # two legs
                swing = math.sin(angle) * tall * 0.16 * (at - 0.52) / 0.48
                half = tall * 0.05
                rows.append([(middle + side * swing - half, middle + side * swing + half, 45) for side in (-1, 1)])
        return [[(int(first), int(last), luma) for first, last, luma in row] for row in rows]


class Scene:
    """Draws the wall, whoever walks past it, and the barcode. `now`, in seconds, only has to go forward."""

    def __init__(self, width, height, fps, still, walk, now):
        if width % 64 or height % 4:
            sys.exit(f"rtsp_server: {width}x{height}: the width must be a multiple of 64, the height of 4")
        self.width, self.height, self.fps = width, height, fps
        self.still, self.walk = still, walk
        self.wall = Wall(width, height)
        self.figure = Figure(height * 6 // 10)
        self.bar = round(height / 18 / 2) * 2
        self.count = 0
        self.steps_in = now + still
        self.walking = None  # since when

    def caps(self):
        return f"video/x-raw,format=I420,width={self.width},height={self.height},framerate={self.fps}/1"

    def command(self, word, now):
        if word == "walk":
            self.steps_in = now
        elif word == "still":
            self.walking, self.steps_in = None, now + self.still

    def starts_walking(self, now):
        """Whether somebody steps in with the frame about to be drawn."""
        if self.walking is not None and now - self.walking >= self.walk:
            self.walking, self.steps_in = None, max(self.steps_in, now + self.still)
        if self.walking is None and now >= self.steps_in:
            self.walking, self.steps_in = now, now
            return True
        return False

    def draw(self, now, milliseconds):
        """The next frame, I420; `milliseconds` since 1970 go into the barcode."""
        width, height = self.width, self.height
        self.count += 1
        frame = bytearray(self.wall.pictures[self.count * 5 % Wall.COUNT])
        if self.walking is not None:
            share = (now - self.walking) / self.walk
            self._person(frame, int(-self.figure.width + share * (width + self.figure.width)))
        top = height - self.bar
        frame[top * width : height * width] = barcode(width, milliseconds) * self.bar
        quarter, first = width * height // 4, top * width // 4
        for plane in (width * height, width * height + quarter):
            frame[plane + first : plane + quarter] = b"\x80" * (quarter - first)
        return bytes(frame)

    def _person(self, frame, left):
        width = self.width
        top = self.height - self.bar - self.figure.height
        for row, runs in enumerate(self.figure.phases[self.count % Figure.PHASES], start=top):
            for first, last, luma in runs:
                first, last = max(0, left + first), min(width, left + last)
                if first < last:
                    frame[row * width + first : row * width + last] = bytes([luma]) * (last - first)


# --- what feeds a mount ----------------------------------------------------------------------------------------------


class Feed(threading.Thread):
    """Pushes one unit after another into the mount's appsrc, in real time, while somebody watches."""

    def __init__(self, name, fps):
        super().__init__(daemon=True)
        self.name, self.fps = name, fps
        self.paused = False
        self._appsrc = None
        self._fresh = False

    def attach(self, _factory, media):
        """Called by the server when the first client of a shared mount arrives."""
        appsrc = media.get_element().get_child_by_name("feed")
        self._fresh, self._appsrc = True, appsrc
        media.connect("unprepared", self._detach, appsrc)

    def _detach(self, _media, appsrc):
        # The next viewer may have come before the last one's media was put away.
        if self._appsrc is appsrc:
            self._appsrc = None

    def run(self):
        due = time.monotonic()
        while True:
            due = max(due + 1 / self.fps, time.monotonic() - 1)  # after a stall: catch up by a second at most
            time.sleep(max(0.0, due - time.monotonic()))
            appsrc, fresh = self._appsrc, self._fresh
            self._fresh = False
            unit = self.unit(appsrc is not None, fresh)
            if appsrc is None or unit is None or self.paused:
                continue
            if appsrc.push_buffer(Gst.Buffer.new_wrapped(unit)) != Gst.FlowReturn.OK:
                self._detach(None, appsrc)

    def command(self, word):
        if word in ("pause", "resume"):
            self.paused = word == "pause"

    def launch(self):
        """The pipeline of the mount, ending in `pay0`."""
        raise NotImplementedError

    def unit(self, wanted, fresh):
        """The next unit; `wanted`: somebody watches; `fresh`: the first one of this viewing."""
        raise NotImplementedError


PAY = {"h264": "h264parse ! rtph264pay", "h265": "h265parse ! rtph265pay", "mjpeg": "rtpjpegpay"}

def appsrc(caps):
    return f'appsrc name=feed is-live=true format=time do-timestamp=true max-bytes=0 caps="{caps}"'


class Tone(threading.Thread):
    """Pushes 440 Hz without a pause into the mount's second appsrc, 20 ms at a time, dated by counting samples."""

    # Sound -> its samples a second, and how they are encoded and packed.
    KINDS = {
        "aac": (48000, "voaacenc bitrate=64000 ! aacparse ! rtpmp4gpay"),
        "pcma": (8000, "alawenc ! rtppcmapay"),
        "pcmu": (8000, "mulawenc ! rtppcmupay"),
        "l16": (16000, "audioconvert ! rtpL16pay"),
    }
    BLOCKS = 50  # a second

    def __init__(self, kind):
        super().__init__(daemon=True)
        self.rate, self.pay = self.KINDS[kind]
        require("appsrc", *(word for word in self.pay.split() if word in PACKAGES))
        wave = (int(9000 * math.sin(2 * math.pi * 440 * at / self.rate)) for at in range(self.rate))
        self.second = b"".join(sample.to_bytes(2, "little", signed=True) for sample in wave)
        self._appsrc = None

    def launch(self):
        caps = f"audio/x-raw,format=S16LE,layout=interleaved,rate={self.rate},channels=1"
        source = f'appsrc name=tone is-live=true format=time max-bytes=0 caps="{caps}"'
        return f"{source} ! queue ! {self.pay} name=pay1 pt=97"

    def attach(self, media):
        self._appsrc = media.get_element().get_child_by_name("tone")

    def run(self):
        playing = None
        while True:
            time.sleep(1 / self.BLOCKS)
            appsrc = self._appsrc
            clock, base = (appsrc.get_clock(), appsrc.get_base_time()) if appsrc else (None, 0)
            if not clock or not base:
                continue  # It has its clock a moment before it knows where that stands.
            now = clock.get_time() - base
            if playing is not appsrc or now < began:
                playing, began, count = appsrc, now, 0
            while count * Gst.SECOND // self.BLOCKS <= now - began:
                size = len(self.second) // self.BLOCKS
                at = count % self.BLOCKS * size
                block = Gst.Buffer.new_wrapped(self.second[at : at + size])
                block.pts = began + count * Gst.SECOND // self.BLOCKS
                block.duration = Gst.SECOND // self.BLOCKS
                appsrc.push_buffer(block)  # A mount that is gone takes none, which is as good.
                count += 1


class SceneFeed(Feed):
    NEEDS = {
        "h264": ("x264enc", "h264parse", "rtph264pay"),
        "h265": ("x265enc", "h265parse", "rtph265pay"),
        "mjpeg": ("jpegenc", "rtpjpegpay"),
    }

    def __init__(self, name, codec, sound, scene, options):
        super().__init__(name, scene.fps)
        require("appsrc", *self.NEEDS[codec])
        self.codec, self.scene, self.options = codec, scene, options
        self.tone = Tone(sound) if sound else None

    def launch(self):
        key = max(1, round(self.options.key_interval * self.scene.fps))
        rate = self.options.bitrate
        tone = self.tone.launch() if self.tone else ""
        if self.codec == "mjpeg":
            return f"( {appsrc(self.scene.caps())} ! jpegenc quality=70 ! rtpjpegpay name=pay0 pt=26 {tone} )"
        if self.codec == "h264":
            # B pictures need encoding ahead, which tune=zerolatency forbids.
            tune = "rc-lookahead=5 sync-lookahead=0" if self.options.b_pictures else "tune=zerolatency"
            encoder = (
                f"x264enc {tune} speed-preset=superfast threads=1 bframes={self.options.b_pictures} key-int-max={key} "
                f"bitrate={rate} option-string=scenecut=0 ! video/x-h264,profile=main"
            )
        else:
            encoder = (
                f"x265enc tune=zerolatency speed-preset=ultrafast key-int-max={key} bitrate={rate} "
                "option-string=bframes=0:scenecut=0:pools=none:frame-threads=1:log-level=none"
            )
        pay = f"{PAY[self.codec]} name=pay0 pt=96 config-interval=-1"
        return f"( {appsrc(self.scene.caps())} ! {encoder} ! {pay} {tone} )"

    def attach(self, factory, media):
        super().attach(factory, media)
        if self.tone:
            self.tone.attach(media)

    def start(self):
        super().start()
        if self.tone:
            self.tone.start()

    def command(self, word):
        super().command(word)
        self.scene.command(word, time.monotonic())

    def unit(self, wanted, fresh):
        now, milliseconds = time.monotonic(), time.time_ns() // 1_000_000
        if self.scene.starts_walking(now):
            say(f"walk {milliseconds} {self.name}")
        return self.scene.draw(now, milliseconds) if wanted and not self.paused else None


class FileFeed(Feed):
    """Plays an encoded file over and over. Its pictures are read once and kept in memory."""

    def __init__(self, name, path):
        if not os.path.isfile(path):
            sys.exit(f"rtsp_server: --mount {name}: there is no file {path}")
        codec, fps, self.units = read_units(path)
        super().__init__(name, fps)
        self.codec = codec
        self.at = 0

    def launch(self):
        caps = f"video/x-{self.codec},stream-format=byte-stream,alignment=au,framerate={self.fps}/1"
        return f"( {appsrc(caps)} ! {PAY[self.codec]} name=pay0 pt=96 config-interval=-1 )"

    def unit(self, wanted, fresh):
        if fresh:
            self.at = 0  # which is a key picture
        if not wanted or self.paused:
            return None
        unit = self.units[self.at]
        self.at = (self.at + 1) % len(self.units)
        return unit


def read_units(path):
    """(codec, pictures a second, access units in Annex B) of an MP4 file with H.264 or H.265 and no B pictures."""
    require("qtdemux")
    for codec in ("h264", "h265"):
        require(f"{codec}parse")
        pipeline = Gst.parse_launch(
            f'filesrc location="{path}" ! qtdemux ! {codec}parse config-interval=-1 ! '
            f"video/x-{codec},stream-format=byte-stream,alignment=au ! appsink name=out sync=false max-buffers=64"
        )
        pipeline.set_state(Gst.State.PLAYING)
        out, units, fps, last = pipeline.get_by_name("out"), [], 0, -1
        while (sample := out.try_pull_sample(5 * Gst.SECOND)) is not None:
            known, top, bottom = sample.get_caps().get_structure(0).get_fraction("framerate")
            fps = round(top / bottom) if known and bottom else 0
            picture = sample.get_buffer()
            if picture.pts < last:
                sys.exit(f"rtsp_server: {path} has B pictures; encode it with -bf 0")
            last = picture.pts
            units.append(picture.extract_dup(0, picture.get_size()))
        pipeline.set_state(Gst.State.NULL)
        if units and fps:
            return codec, fps, units
    sys.exit(f"rtsp_server: {path} is not an MP4 file with H.264 or H.265 at a constant rate")


# --- the server ------------------------------------------------------------------------------------------------------


def say(line):
    print(line, flush=True)


def feed_of(mount, options):
    name, equals, what = mount.partition("=")
    kind, _, rest = what.partition(":")
    if equals and kind == "file":
        return name, FileFeed(name, rest)
    codec, plus, sound = rest.partition("+")
    if equals and kind == "scene" and codec in PAY and (sound in Tone.KINDS or not plus):
        width, height = (int(side) for side in options.size.split("x"))
        scene = Scene(width, height, options.fps, options.still, options.walk, time.monotonic())
        return name, SceneFeed(name, codec, sound, scene, options)
    codecs, sounds = "|".join(PAY), "|".join(Tone.KINDS)
    sys.exit(f"rtsp_server: --mount {mount}: write NAME=scene:{codecs}, NAME=scene:h264+{sounds} or NAME=file:PATH")


def certificate():
    """A key and a certificate signed by nobody."""
    with tempfile.TemporaryDirectory() as folder:
        key, chain = os.path.join(folder, "key.pem"), os.path.join(folder, "chain.pem")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera"]
        subprocess.run([*command, "-keyout", key, "-out", chain], check=True, stderr=subprocess.DEVNULL)
        try:
            return Gio.TlsCertificate.new_from_files(chain, key)
        except GLib.Error as failed:
            sys.exit(f"rtsp_server: --tls: {failed.message}; install glib-networking")


def guard(auth, factories, user, password):
    """Lets only `user` in, by digest."""
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, viewer())
    allow_viewers(factories)


def admit_all(auth, factories):
    """Lets everybody in, though the server has an `auth` for its certificate."""
    auth.set_default_token(viewer())
    allow_viewers(factories)


def viewer():
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    return token


def allow_viewers(factories):
    for factory in factories:
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", right, True)
        factory.set_permissions(permissions)


def tell_setups(_server, client):
    # Called within the server's own handling; what it gives back is the answer to the client.
    client.connect("setup-request", lambda _client, context: say(f"setup {context.uri.abspath}"))


def obey(feeds, loop):
    for line in sys.stdin:
        word = line.strip()
        if word == "stop":
            break
        if word not in ("walk", "still", "pause", "resume"):
            print(f"rtsp_server: {word!r}: say walk, still, pause, resume or stop", file=sys.stderr, flush=True)
        for feed in feeds.values():
            feed.command(word)
    GLib.idle_add(loop.quit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mount", action="append", required=True, metavar="NAME=WHAT")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--size", default="640x360", help="of scenes")
    parser.add_argument("--fps", type=int, default=15, help="of scenes")
    parser.add_argument("--bitrate", type=int, default=700, help="of scenes, kbit/s")
    parser.add_argument("--key-interval", type=float, default=1.0, help="of scenes, seconds between key pictures")
    parser.add_argument("--still", type=float, default=12.0, help="seconds with nobody in the scene, or inf")
    parser.add_argument("--walk", type=float, default=4.0, help="seconds that one walk through the scene takes")
    parser.add_argument("--b-pictures", type=int, default=0, help="of H.264 scenes: how many in a row")
    parser.add_argument("--tls", action="store_true", help="RTSPS, with a certificate signed by nobody")
    parser.add_argument("--user", help="lets only this user in, by digest")
    parser.add_argument("--password", default="")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address(options.host)
    server.set_service(str(options.port))
    server.connect("client-connected", tell_setups)
    feeds = dict(feed_of(mount, options) for mount in options.mount)
    factories = []
    for name, feed in feeds.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(feed.launch())
        factory.set_shared(True)
        factory.set_latency(0)
        factory.connect("media-configure", feed.attach)
        server.get_mount_points().add_factory(f"/{name}", factory)
        factories.append(factory)
    if options.user or options.tls:
        auth = GstRtspServer.RTSPAuth()
        if options.tls:
            auth.set_tls_certificate(certificate())
        if options.user:
            guard(auth, factories, options.user, options.password)
        else:
            admit_all(auth, factories)
        server.set_auth(auth)
    if server.attach(None) == 0:
        sys.exit(f"rtsp_server: port {options.port} of {options.host} is taken")
    for name, feed in feeds.items():
        feed.start()
        say(f"ready {'rtsps' if options.tls else 'rtsp'}://{options.host}:{server.get_bound_port()}/{name}")
    loop = GLib.MainLoop()
    threading.Thread(target=obey, args=(feeds, loop), daemon=True).start()
    try:
        loop.run()
    except KeyboardInterrupt:
        pass
    os._exit(0)  # GStreamer's threads of clients still connected would hold up an orderly end


if __name__ == "__main__":
    main()
