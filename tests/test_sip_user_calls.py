"""Calls of users towards a business's server that does what real ones do on bad days: it hangs, asks for passwords, refuses, loses its connection."""

import asyncio
import contextlib
import re
import ssl

import pytest
from pbx import Pbx, free_port
from people import Person
from sip_client import KEY, Answer, digest
from test_sip import configure, newest, story

ANSWER = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 19534 RTP/SAVP 111 126",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:126 telephone-event/8000",
        "",
    ]
)


class Office:
    """A TLS server that speaks SIP by hand."""

    def __init__(self, folder):
        self.certificates = Pbx(folder / "office")
        self.host, self.tls_port, self.ca_file = "localhost", free_port(), self.certificates.ca_file
        self.requests = asyncio.Queue()

    @contextlib.asynccontextmanager
    async def open(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificates.folder / "pbx.pem")
        self.requests, self.writers = asyncio.Queue(), []
        server = await asyncio.start_server(self.serve, "127.0.0.1", self.tls_port, ssl=context)
        async with server:
            yield self

    async def serve(self, reader, writer):
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"(?im)^content-length: *(\d+)", head)
                body = await reader.readexactly(int(length.group(1))) if length else b""
                await self.requests.put((Answer(head.rstrip("\r\n"), body.decode()), writer))

    async def next(self, method):
        while True:
            request, writer = await self.requests.get()
            if request.line.startswith(f"{method} "):
                return request, writer

    @staticmethod
    def respond(writer, request, status, body="", extra=(), tag="office"):
        to = request["To"] if "tag=" in request["To"] else f"{request['To']};tag={tag}"
        mirrored = [f"{name}: {value}" for name, value in request.headers if name in ("Via", "Record-Route", "From", "Call-ID", "CSeq")]
        kind = ["Contact: <sip:desk@10.1.2.3:5061;transport=tls>"] + (["Content-Type: application/sdp"] if body else [])
        head = [f"SIP/2.0 {status}", *mirrored, f"To: {to}", *kind, *extra, f"Content-Length: {len(body)}", "", ""]
        writer.write(("\r\n".join(head) + body).encode())


@pytest.fixture
def office(platform, tmp_path):
    made = Office(tmp_path)
    callport = platform("http://127.0.0.1:9/hook", f'[sip]\nca_file = "{made.ca_file}"')
    return made, callport, configure(callport, made, srtp_key_exchange_protocol="SDES")


async def answered(office, callport, person):
    """A call that the office took: the INVITE, its connection, and the user's handle."""
    handle = person.dials()
    invite, writer = await office.next("INVITE")
    office.respond(writer, invite, "180 Ringing")
    office.respond(writer, invite, "200 OK", ANSWER)
    ack, _ = await office.next("ACK")
    assert ack.line == "ACK sip:desk@10.1.2.3:5061;transport=tls SIP/2.0", "over the connection that is there, whatever Contact says"
    return invite, writer, handle


def test_the_password_of_the_number_answers_a_challenge(run, office):
    made, callport, password = office
    person = Person(callport)

    async def call():
        async with made.open():
            person.dials()
            invite, writer = await made.next("INVITE")
            challenge = 'Digest realm="carrier.example",nonce="5d1c",opaque="9be0",algorithm=SHA-256,qop="auth"'
            made.respond(writer, invite, "401 Unauthorized", extra=[f"WWW-Authenticate: {challenge}"])
            await made.next("ACK")
            again, writer = await made.next("INVITE")
            assert again.body == invite.body and again["Call-ID"] == invite["Call-ID"]
            assert int(again["CSeq"].split()[0]) == int(invite["CSeq"].split()[0]) + 1
            said = again["Authorization"]
            assert 'username="6281255509999"' in said and 'uri="sip:+6281255509999@localhost"' in said
            nonce = dict(re.findall(r'(\w+)="?([^",]+)"?', said))
            fields = f'realm="carrier.example", nonce="5d1c", opaque="9be0", algorithm=SHA-256'
            ours = digest(fields, password, "INVITE", "sip:+6281255509999@localhost")
            assert nonce["realm"] == "carrier.example" and len(nonce["response"]) == len(re.search('response="(.*?)"', ours).group(1))
            made.respond(writer, again, "401 Unauthorized", extra=[f"WWW-Authenticate: {challenge}"])
            await made.next("ACK")
            while newest(callport)["stage"] != "ended":
                await asyncio.sleep(0.05)  # between two looks at a condition; nothing is measured by it

    run(call())
    assert newest(callport)["reason"] == "business_unreachable"
    told = [line["text"] for line in story(callport, newest(callport)["id"])["timeline"]]
    assert any("does not take the password" in line for line in told), told


@pytest.mark.parametrize(("status", "reason"), [("486 Busy Here", "rejected"), ("603 Decline", "rejected"), ("503 Service Unavailable", "rejected")])
def test_a_refusal_is_the_businesss_word(run, office, status, reason):
    made, callport, _ = office
    person = Person(callport)

    async def call():
        async with made.open():
            handle = person.dials()
            invite, writer = await made.next("INVITE")
            made.respond(writer, invite, status)
            await made.next("ACK")
            await callport.over(handle)

    run(call())
    assert newest(callport)["reason"] == reason


def test_a_user_who_gives_up_cancels(run, office):
    made, callport, _ = office
    person = Person(callport)

    async def call():
        async with made.open():
            handle = person.dials()
            invite, writer = await made.next("INVITE")
            made.respond(writer, invite, "180 Ringing")
            while newest(callport)["stage"] != "ringing":
                await asyncio.sleep(0.02)  # between two looks at a condition; nothing is measured by it
            callport.admin("POST", f"/scripted/{handle}/hang_up", {})
            cancel, writer = await made.next("CANCEL")
            assert cancel["Via"] == invite["Via"] and cancel["CSeq"].split()[0] == invite["CSeq"].split()[0]
            made.respond(writer, cancel, "200 OK")
            made.respond(writer, invite, "487 Request Terminated")
            await made.next("ACK")

    run(call())
    assert newest(callport)["reason"] == "user_hung_up"


def test_a_bye_finds_its_way_when_the_connection_is_lost(run, office):
    made, callport, _ = office
    person = Person(callport)

    async def call():
        async with made.open():
            _, writer, handle = await answered(made, callport, person)
            writer.close()
            await writer.wait_closed()
            callport.admin("POST", f"/scripted/{handle}/hang_up", {})
            bye, writer = await made.next("BYE")
            assert bye["x-wa-meta-wacid"] == newest(callport)["id"] and bye.line.startswith("BYE sip:desk@10.1.2.3:5061")
            made.respond(writer, bye, "200 OK")

    run(call())


def test_a_platform_that_stops_says_bye(run, office):
    made, callport, _ = office
    person = Person(callport)

    async def call():
        async with made.open():
            await answered(made, callport, person)
            callport.process.terminate()
            callport.process.terminate()  # the first one waits for calls to end by themselves
            bye, writer = await made.next("BYE")
            made.respond(writer, bye, "200 OK")
            await asyncio.to_thread(callport.process.wait, 30)

    run(call())


def test_a_description_that_cannot_be_used_ends_the_call(run, office):
    made, callport, _ = office
    person = Person(callport)

    async def call():
        async with made.open():
            person.dials()
            invite, writer = await made.next("INVITE")
            made.respond(writer, invite, "200 OK", ANSWER.replace("RTP/SAVP", "RTP/AVP").replace("a=crypto", "a=x-crypto"))
            await made.next("ACK")
            bye, writer = await made.next("BYE")
            made.respond(writer, bye, "200 OK")

    run(call())
    assert (newest(callport)["reason"], newest(callport)["code"]) == ("answer_refused", 138019)
