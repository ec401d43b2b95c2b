#!/usr/bin/python3
"""A camera that misbehaves before the first picture.

    rtsp_bad.py silent          accepts and never says a word
    rtsp_bad.py unknown-codec   answers DESCRIBE with VP8, which is no codec of cameras
    rtsp_bad.py no-video        answers DESCRIBE with sound alone
    rtsp_bad.py garbage         answers everything with random bytes
    rtsp_bad.py hangs-up        closes each connection at once

Prints `ready rtsp://127.0.0.1:PORT/door`, then `asked METHOD` for each request. Ends with stdin.
"""

import argparse
import random
import socket
import sys
import threading

SDP_HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=bad\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=control:*\r\n"
SDP = {
    "unknown-codec": SDP_HEAD + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=control:stream=0\r\n",
    "no-video": SDP_HEAD + "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:stream=0\r\n",
}


def say(line):
    print(line, flush=True)


def requests(stream):
    """(method, address, CSeq) of each request, until the client is gone."""
    while True:
        first, number, length = stream.readline().decode("latin-1").split(), "0", 0
        if len(first) != 3:
            return
        while (line := stream.readline().decode("latin-1").strip()):
            key, _, value = line.partition(":")
            if key.lower() == "cseq":
                number = value.strip()
            if key.lower() == "content-length":
                length = int(value)
        stream.read(length)
        yield first[0], first[1], number


def answer(mode, method, address, number):
    head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
    match method:
        case "OPTIONS":
            return head + "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"
        case "DESCRIBE":
            body = SDP[mode]
            kind = f"Content-Base: {address}/\r\nContent-Type: application/sdp\r\n"
            return head + kind + f"Content-Length: {len(body)}\r\n\r\n{body}"
        case "SETUP":
            return head + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n"
        case _:
            return head + "Session: 1\r\n\r\n"


def serve(mode, client):
    with client, client.makefile("rb") as stream:
        if mode == "hangs-up":
            say("asked nothing")
            return
        for method, address, number in requests(stream):
            say(f"asked {method}")
            if mode == "garbage":
                client.sendall(random.Random(number).randbytes(4096))
            elif mode != "silent":
                client.sendall(answer(mode, method, address, number).encode())


def swallow_broken(mode, client):
    try:
        serve(mode, client)
    except OSError:
        pass  # the client hung up, as it may


def accept(mode, listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=swallow_broken, args=(mode, client), daemon=True).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["silent", "unknown-codec", "no-video", "garbage", "hangs-up"])
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    say(f"ready rtsp://127.0.0.1:{listener.getsockname()[1]}/door")
    threading.Thread(target=accept, args=(options.mode, listener), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
