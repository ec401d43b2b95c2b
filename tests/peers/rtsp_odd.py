#!/usr/bin/python3
"""Stands before an RTSP camera and makes it odd in one way, as some cameras are.

    rtsp_odd.py rtsp://127.0.0.1:8554/door
    rtsp_odd.py rtsp://127.0.0.1:8554/door 3

The RTP-Info of the answer to PLAY does not begin with `url=`, as RFC 2326, section 12.33, wants it. Or, with a number, the
camera's second stream, which is its sound, falls silent after so many seconds of each visit: with 0 it is announced, but
never comes. That is for visitors by TCP. All else goes through as it is, so that whoever is not strict sees the camera.

Prints `ready rtsp://127.0.0.1:PORT/door`. Ends with stdin.
"""

import os
import re
import socket
import sys
import threading
import time

def say(line):
    print(line, flush=True)


def whole(stream):
    """The next answer with its body, or a packet of pictures or sound."""
    first = stream.read(1)
    if first == b"$":
        head = stream.read(3)
        return first + head + stream.read(int.from_bytes(head[1:], "big"))
    head = first
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    body = stream.read(int(length[1])) if length else b""
    return head + body


def misnamed(camera):
    """What comes from the camera, its RTP-Info misnamed."""
    while data := whole(camera):
        yield data if data.startswith(b"$") else data.replace(b"RTP-Info: url=", b"RTP-Info: uri=")


def falling_silent(camera, after):
    """The same without its sound `after` seconds from the first packet."""
    began = None
    while data := whole(camera):
        if data.startswith(b"$"):
            began = began or time.monotonic()
            if data[1] in (2, 3) and time.monotonic() - began >= after:
                continue
        yield data


def pipe(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()


def serve(client, camera, silent_after):
    server = socket.create_connection(camera)
    threading.Thread(target=pipe, args=(client, server), daemon=True).start()
    stream = server.makefile("rb")
    try:
        for data in misnamed(stream) if silent_after is None else falling_silent(stream, silent_after):
            client.sendall(data)
    except OSError:
        pass  # One of them has left.
    finally:
        client.close()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    silent_after = float(sys.argv[2]) if len(sys.argv) == 3 else None
    host, port, path = re.fullmatch(r"rtsp://([^:/]+):(\d+)/(.*)", sys.argv[1]).groups()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, (host, int(port)), silent_after), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    say(f"ready rtsp://127.0.0.1:{listener.getsockname()[1]}/{path}")
    sys.stdin.read()
    os._exit(0)  # Threads of visitors may wait for ever.


if __name__ == "__main__":
    main()
