#!/usr/bin/python3
"""A bad cable: stands between an RTSP client and a camera and spoils the video on its way (RTP over TCP).

    rtsp_corruptor.py --to rtsp://127.0.0.1:8554/door --mode flip --every 20 --seed 7

Modes, also taken as lines on stdin:
    clean      everything passes
    flip       of each `--every`th RTP packet a few payload bytes are changed
    truncate   of each `--every`th RTP packet only the first half is sent
    drop       each `--every`th RTP packet is lost
    noise      the RTP framing itself turns into random bytes, as a camera that lost its place
    cut        the connection is closed in the middle of the next packet, then `clean`
`stop` or the end of stdin stops it. The same seed spoils the same bytes.

Prints `ready rtsp://127.0.0.1:PORT/door`, and `spoilt N` after each hundred packets touched.
"""

import argparse
import random
import socket
import sys
import threading
from urllib.parse import urlsplit

MODES = ("clean", "flip", "truncate", "drop", "noise", "cut")
RTP_HEADER = 12  # bytes, left alone: it is the payload that a parser of video meets


class Cable:
    """How the video is spoilt now. One for all connections."""

    def __init__(self, mode, every, seed):
        self.mode, self.every = mode, every
        self.dice = random.Random(seed)
        self.seen = self.spoilt = 0

    def pass_on(self, channel, payload):
        """What becomes of one interleaved packet: the bytes to send, or None to hang up."""
        framed = b"$" + bytes([channel]) + len(payload).to_bytes(2, "big") + payload
        if self.mode == "clean" or channel % 2:  # odd channels carry RTCP
            return framed
        self.seen += 1
        if self.mode != "cut" and self.seen % self.every:
            return framed
        self.spoilt += 1
        if self.spoilt % 100 == 1:
            print(f"spoilt {self.spoilt}", flush=True)
        match self.mode:
            case "flip":
                body = bytearray(payload)
                for _ in range(3):
                    if len(body) > RTP_HEADER:
                        body[self.dice.randrange(RTP_HEADER, len(body))] ^= self.dice.randrange(1, 256)
                return framed[:4] + bytes(body)
            case "truncate":
                body = payload[: max(RTP_HEADER, len(payload) // 2)]
                return b"$" + bytes([channel]) + len(body).to_bytes(2, "big") + body
            case "drop":
                return b""
            case "noise":
                return self.dice.randbytes(len(framed))
            case _:
                self.mode = "clean"
                return None


def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def from_camera(camera, client, cable):
    """Camera to client: packets through the cable, replies as they are."""
    with camera.makefile("rb") as stream:
        while True:
            first = exactly(stream, 1)
            if first == b"$":
                channel, high, low = exactly(stream, 3)
                sent = cable.pass_on(channel, exactly(stream, high << 8 | low))
                if sent is None:
                    client.sendall(b"$\x00\x05")
                    return
                client.sendall(sent)
                continue
            reply, length = first, 0
            while True:
                line = stream.readline()
                if not line:
                    return
                reply += line
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                if line in (b"\r\n", b"\n"):
                    break
            client.sendall(reply + exactly(stream, length))


def from_client(client, camera):
    while data := client.recv(65536):
        camera.sendall(data)


def until_broken(work, *ends_and_rest):
    try:
        work(*ends_and_rest)
    except (OSError, EOFError, ValueError):
        pass  # one side is gone
    for end in ends_and_rest[:2]:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # already


def accept(listener, to, cable):
    while True:
        client, _ = listener.accept()
        try:
            camera = socket.create_connection(to, timeout=5)
        except OSError:
            client.close()  # as if this camera were down too
            continue
        camera.settimeout(None)
        threading.Thread(target=until_broken, args=(from_client, client, camera), daemon=True).start()
        threading.Thread(target=until_broken, args=(from_camera, camera, client, cable), daemon=True).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, metavar="URL")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mode", choices=MODES, default="flip")
    parser.add_argument("--every", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    there = urlsplit(options.to)
    cable = Cable(options.mode, options.every, options.seed)
    listener = socket.create_server(("127.0.0.1", options.port))
    print(f"ready rtsp://127.0.0.1:{listener.getsockname()[1]}{there.path}", flush=True)
    to = (there.hostname, there.port or 554)
    threading.Thread(target=accept, args=(listener, to, cable), daemon=True).start()
    for line in sys.stdin:
        word = line.strip()
        if word == "stop":
            return
        if word not in MODES:
            print(f"rtsp_corruptor: {word!r}: say {', '.join(MODES)} or stop", file=sys.stderr, flush=True)
            continue
        cable.mode = word


if __name__ == "__main__":
    main()
