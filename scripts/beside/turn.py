"""Calls through a TURN server without credentials: client n is 127.1.0.0+n port 40001, its peer 127.0.0.2:40000 on channel 0x4000. Nothing is
encrypted: what coturn costs is the least that a relay with a look-up for each packet costs."""
import os
import socket
import struct

MAGIC = 0x2112A442
ALLOCATE, CHANNEL_BIND, SUCCESS = 0x003, 0x009, 0x100
COMMAND = [
    "turnserver", "-c", "/nonexistent", "-n", "-L", "127.0.0.1", "-E", "127.0.0.1", "-p", "3478", "--no-auth", "--allow-loopback-peers", "--no-cli",
    "--no-tcp", "--no-tls", "--no-dtls", "--no-tcp-relay", "--relay-threads=1", "--min-port=20000", "--max-port=39999", "--log-file=/dev/null",
    "--no-stdout-log", "--no-rfc5780", "--max-allocate-lifetime=7200", "--channel-lifetime=7200", "--permission-lifetime=7200",
]  # fmt: skip


def ask(client, kind, attributes):
    transaction = os.urandom(12)
    body = b"".join(struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4) for name, value in attributes)
    client.send(struct.pack("!HHI", kind, len(body), MAGIC) + transaction + body)
    reply = b""
    while reply[8:20] != transaction:
        reply = client.recv(2048)
    said, length = struct.unpack("!HH", reply[:4])
    found, at = {}, 20
    while at < 20 + length:
        name, size = struct.unpack("!HH", reply[at : at + 4])
        found[name] = reply[at + 4 : at + 4 + size]
        at += 4 + size + (-size % 4)
    if said != kind | SUCCESS:
        raise SystemExit(f"the TURN server says {said:#x} {found}")
    return found


def open_calls(count, path):
    """Allocates ports and writes what `load` has to know of each call."""
    with open(path, "w") as calls:
        for number in range(count):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(3)
                client.bind((socket.inet_ntoa(struct.pack("!I", 0x7F010000 + number)), 40001))
                client.connect(("127.0.0.1", 3478))
                relayed = ask(client, ALLOCATE, [(0x19, b"\x11\0\0\0"), (0x0D, struct.pack("!I", 3600))])[0x16]
                peer = b"\0\1" + struct.pack("!HI", 40000 ^ (MAGIC >> 16), 0x7F000002 ^ MAGIC)
                ask(client, CHANNEL_BIND, [(0x0C, b"\x40\0\0\0"), (0x12, peer)])
                port = struct.unpack("!H", relayed[2:4])[0] ^ (MAGIC >> 16)
                calls.write(f"3478 {port} plain - - plain - -\n")
