#!/usr/bin/python3
"""Stands before an RTSP camera and makes one of its answers odd, as some cameras write it.

    rtsp_odd.py rtsp://127.0.0.1:8554/door

The RTP-Info of the answer to PLAY does not begin with `url=`, as RFC 2326, section 12.33, wants it. All else goes through
as it is, so that whoever is not strict sees the camera.

Prints `ready rtsp://127.0.0.1:PORT/door`. Ends with stdin.
"""

import os
import re
import socket
import sys
import threading

def say(line):
    print(line, flush=True)


def whole(stream):
    """The next answer with its body, or a packet of video."""
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
    return head.replace(b"RTP-Info: url=", b"RTP-Info: uri=") + body


def pipe(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()


def serve(client, camera):
    server = socket.create_connection(camera)
    threading.Thread(target=pipe, args=(client, server), daemon=True).start()
    stream = server.makefile("rb")
    try:
        while data := whole(stream):
            client.sendall(data)
    except OSError:
        pass  # One of them has left.
    finally:
        client.close()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    host, port, path = re.fullmatch(r"rtsp://([^:/]+):(\d+)/(.*)", sys.argv[1]).groups()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, (host, int(port))), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    say(f"ready rtsp://127.0.0.1:{listener.getsockname()[1]}/{path}")
    sys.stdin.read()
    os._exit(0)  # Threads of visitors may wait for ever.


if __name__ == "__main__":
    main()
