"""Calls through rtpengine, set up over its NG protocol (bencode over UDP). SDES on both legs, another suite on each: so it cannot pass
packets through, and opens and seals every one as Callport does."""
import base64
import os
import re
import socket

NG = ("127.0.0.1", 22222)
# Of each leg, with the bytes of key and salt.
SUITES = {
    "gcm": (("AEAD_AES_128_GCM", 28), ("AEAD_AES_256_GCM", 44)),
    "cm": (("AES_CM_128_HMAC_SHA1_80", 30), ("AES_CM_128_HMAC_SHA1_32", 30)),
}
COMMAND = [
    "rtpengine", "-f", "-E", "--log-level=3", "--table=-1", "--interface=127.0.0.1", "--listen-ng=127.0.0.1:22222", "--port-min=20000",
    "--port-max=60000", "--num-threads=1", "--media-num-threads=1", "--timeout=3600", "--silent-timeout=3600",
]  # fmt: skip


def encode(value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    return b"d" + b"".join(encode(key) + encode(inner) for key, inner in sorted(value.items())) + b"e"


def decode(data, at=0):
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while data[at : at + 1] != b"e":
            item, at = decode(data, at)
            items.append(item)
        if kind == b"l":
            return items, at + 1
        return {key.decode(): value for key, value in zip(items[::2], items[1::2])}, at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1 : end], end


class Control:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(NG)
        self.socket.settimeout(3)
        self.asked = 0

    def ask(self, command, **fields):
        self.asked += 1
        cookie = b"%d_%d" % (os.getpid(), self.asked)
        self.socket.send(cookie + b" " + encode({"command": command, **{name.replace("_", "-"): value for name, value in fields.items()}}))
        while True:
            echoed, _, body = self.socket.recv(65536).partition(b" ")
            if echoed == cookie:
                return decode(body)[0]["sdp"].decode()


def description(tag, suite, key):
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        f"a=sendrecv\r\na=rtcp-mux\r\na=crypto:{tag} {suite} inline:{key}\r\n"
    )


def cryptos(sdp):
    """Of each suite: its tag and key."""
    return {suite: (int(tag), key) for tag, suite, key in re.findall(r"a=crypto:(\d+) (\S+) inline:([^|\s]+)", sdp)}


def port(sdp):
    return re.search(r"m=audio (\d+)", sdp)[1]


def raw(key):
    return base64.b64decode(key + "=" * (-len(key) % 4)).hex()


def open_calls(count, kind, path):
    """Sets up calls and writes what `load` has to know of each."""
    (suite_a, length_a), (suite_b, length_b) = SUITES[kind]
    control, common = Control(), {"ICE": "remove", "DTLS": "off", "rtcp_mux": ["require"], "replace": ["origin", "session-connection"]}
    with open(path, "w") as calls:
        for number in range(count):
            call, key_a, key_b = f"c{number}", *(base64.b64encode(os.urandom(n)).decode() for n in (length_a, length_b))
            offer = description(1, suite_a, key_a)
            offered = control.ask("offer", call_id=call, from_tag="a", sdp=offer, transport_protocol="RTP/SAVP", **common)
            tag, key_to_b = cryptos(offered)[suite_b]
            answer = description(tag, suite_b, key_b)
            answered = control.ask("answer", call_id=call, from_tag="a", to_tag="b", sdp=answer, **common)
            _, key_to_a = cryptos(answered)[suite_a]
            if len({raw(key) for key in (key_a, key_b, key_to_a, key_to_b)}) != 4:
                raise SystemExit("rtpengine passed a key on: it would not encrypt anew")
            legs = f"{suite_a} {raw(key_a)} {raw(key_to_a)} {suite_b} {raw(key_b)} {raw(key_to_b)}"
            calls.write(f"{port(answered)} {port(offered)} {legs}\n")
