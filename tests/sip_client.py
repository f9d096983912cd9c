"""A SIP server of a business in a few lines: one TLS connection to the platform, messages as text. For what real stacks would never send."""

import asyncio
import hashlib
import itertools
import re
import ssl

BUSINESS = "6281255509999"
KEY = "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5Ia"
SDES = "\r\n".join(
    [
        "v=0",
        "o=root 118541 118541 IN IP4 127.0.0.1",
        "s=Acme Media",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 19534 RTP/SAVP 107 0 8 101",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:107 opus/48000/2",
        "a=fmtp:107 useinbandfec=1",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
        "",
    ]
)
numbers = itertools.count(1)


def digest(challenge, password, method, uri, username=BUSINESS):
    """`Proxy-Authorization` for one challenge."""
    fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    h = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[fields["algorithm"]]
    one = h(f"{username}:{fields['realm']}:{password}".encode()).hexdigest()
    two = h(f"{method}:{uri}".encode()).hexdigest()
    response = h(f"{one}:{fields['nonce']}:00000001:b1946ac9:auth:{two}".encode()).hexdigest()
    return (
        f'Digest username="{username}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{uri}", response="{response}", '
        f'algorithm={fields["algorithm"]}, cnonce="b1946ac9", opaque="{fields["opaque"]}", qop=auth, nc=00000001'
    )


class Answer:
    """A response, or a request of the platform."""

    def __init__(self, head, body):
        self.text, self.body = head, body
        self.line, *lines = head.split("\r\n")
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines if ":" in line]

    @property
    def status(self):
        return int(self.line.split(" ")[1])

    @property
    def phrase(self):
        return self.line.split(" ", 2)[2]

    def all(self, name):
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def __getitem__(self, name):
        return self.all(name)[0]


class SipServer:
    """One connection."""

    def __init__(self, platform, password):
        self.password, self.domain = password, "wa.meta.vc"
        self.host, port = platform.sip_address.rsplit(":", 1)
        self.port = int(port)
        self.trust = ssl.create_default_context(cafile=str(platform.folder / "data" / "sip.pem"))
        self.trust.set_alpn_protocols(["sip"])  # as stock LiveKit does; the real edge would refuse

    async def __aenter__(self):
        opened = asyncio.open_connection(self.host, self.port, ssl=self.trust, server_hostname=self.domain)
        self.reader, self.writer = await opened
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    def send(self, text, body=""):
        self.writer.write(text.encode("utf-8", "surrogateescape") + body.encode())

    async def read(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?im)^content-length: *(\d+)", head)
        body = await self.reader.readexactly(int(length.group(1))) if length else b""
        return Answer(head.rstrip("\r\n"), body.decode())

    async def final(self):
        """The next response that is final."""
        while True:
            answer = await self.read()
            if answer.line.startswith("SIP/2.0 ") and answer.status >= 200:
                return answer

    def request(self, method, uri, body="", number=1, call=None, to=None, extra=(), origin=None, sender=BUSINESS, branch=None):
        """The text of a request. `origin` is the domain of From."""
        call = call or f"call-{next(numbers)}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/TLS 198.51.100.20:5061;branch={branch or f'z9hG4bK{next(numbers)}'};rport",
            "Max-Forwards: 69",
            f"From: <sip:+{sender}@{origin or 'localhost'}>;tag=Kc9Qm4496maQ",
            f"To: {to or f'<{uri.split(chr(59))[0]}>'}",
            f"Call-ID: {call}",
            f"CSeq: {number} {method}",
            "Contact: <sip:gw@198.51.100.20:5061;transport=tls>",
            *extra,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    async def invite(self, user, body=SDES, algorithm="SHA-256", password=None, uri=None, digest_uri=None, username=BUSINESS, **more):
        """An INVITE with credentials. Returns its Call-ID; the answer is still to come."""
        uri = uri or f"sip:{user}@{self.domain};transport=tls"
        call = f"call-{next(numbers)}"
        self.send(self.request("INVITE", uri, body, call=call, **more))
        challenged = await self.final()
        assert challenged.status == 407, challenged.text
        self.ack(challenged, uri, call)
        challenge = next(one for one in challenged.all("Proxy-Authenticate") if f"algorithm={algorithm}" in one)
        credentials = digest(challenge, password or self.password, "INVITE", digest_uri or uri, username)
        more["extra"] = (*more.get("extra", ()), f"Proxy-Authorization: {credentials}")
        self.send(self.request("INVITE", uri, body, number=2, call=call, **more))
        return call

    def ack(self, answer, uri, call):
        via, number = answer["Via"], answer["CSeq"].split(" ")[0]
        lines = [f"ACK {uri} SIP/2.0", f"Via: {via}", f"From: {answer['From']}", f"To: {answer['To']}", f"Call-ID: {call}"]
        self.send("\r\n".join([*lines, f"CSeq: {number} ACK", "Content-Length: 0", "", ""]))
