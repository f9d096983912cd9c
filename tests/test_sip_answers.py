"""What the SIP edge answers to requests that PBXs and strangers send, over one TLS connection that survives all of them (SIP Configuration Guide)."""

import pytest
from people import Person, answer, decline
from sip_client import SDES, SipServer
from test_sip import configure, newest


class Named:
    """Where the business says that its server is. Nobody listens there: these tests call the platform, not the other way round."""

    host, tls_port = "localhost", 5061


@pytest.fixture
def edge(platform):
    callport = platform("http://127.0.0.1:9/hook")
    return callport, configure(callport, Named, srtp_key_exchange_protocol="SDES")


REFUSED = {
    "an address for a host": (dict(uri="sip:+5511955501234@203.0.113.9;transport=tls"), 404, "Not found"),
    "sips": (dict(uri="sips:+5511955501234@wa.meta.vc"), 404, "Not found"),
}

AUTHENTICATED = {
    "a wrong password": (dict(password="x" * 32), 403, "Invalid digest response"),
    "a digest about another URI": (dict(digest_uri="sip:+15550001111@wa.meta.vc"), 403, 'Proxy auth uri does not match SIP "to" uri'),
    "a number that is nobody's": (dict(sender="15550001111", username="15550001111"), 400, "Asset not found, invalid business phone number"),
    "a domain that is no server's": (
        dict(origin="elsewhere.example"),
        403,
        "SIP server elsewhere.example from INVITE does not match any SIP server configured for phone number id 4001",
    ),
    "no session description": (dict(body=""), 403, "SDP validation error"),
    "plain RTP": (dict(body=SDES.replace("RTP/SAVP", "RTP/AVP").replace("a=crypto", "a=x-crypto")), 403, "SDP validation error"),
    "a trunk group of a carrier": (
        dict(uri="sip:+5511955501234;tgrp=pstn@wa.meta.vc;transport=tls", to="<sip:+5511955501234;tgrp=pstn@wa.meta.vc>"),
        403,
        "Forbidden",
    ),
    "a diverted call": (dict(extra=("Diversion: <sip:+4930123456@carrier.example>",)), 403, "Forbidden"),
    "nobody's number": (dict(user="+15559998877"), 403, "No Approved Call Permission Found"),
    "a parent id": (dict(user="US.ENT.123"), 403, "No Approved Call Permission Found"),
    "a name": (dict(user="alice"), 404, "Not found"),
}


@pytest.mark.parametrize("what", AUTHENTICATED)
def test_an_invite_that_may_not_be_is_refused_in_words(run, edge, what):
    callport, password = edge
    asked, status, phrase = AUTHENTICATED[what]
    person = Person(callport)
    person.decides("allow")

    async def ask():
        async with SipServer(callport, password) as server:
            call = await server.invite(**{"user": f"+{person.digits}", **asked})
            answered = await server.final()
            assert (answered.status, answered.phrase[: len(phrase)]) == (status, phrase), answered.text
            assert answered["Warning"] == f'399 wa.meta.vc "{answered.phrase.replace(chr(34), chr(92) + chr(34))}"'
            assert answered["X-FB-External-Domain"] == "wa.meta.vc" and not answered.all("Contact")
            server.ack(answered, "sip:x@wa.meta.vc", call)
            server.send(server.request("OPTIONS", "sip:wa.meta.vc"))
            assert (await server.final()).status == 200, "the connection survives"

    run(ask())


@pytest.mark.parametrize("what", REFUSED)
def test_an_invite_to_nowhere_is_not_found(run, edge, what):
    callport, password = edge
    asked, status, phrase = REFUSED[what]

    async def ask():
        async with SipServer(callport, password) as server:
            server.send(server.request("INVITE", asked["uri"], SDES))
            answered = await server.final()
            assert (answered.status, answered.phrase) == (status, phrase), answered.text

    run(ask())


@pytest.mark.parametrize(
    ("method", "status"),
    [("REGISTER", 403), ("OPTIONS", 200), ("NOTIFY", 200), ("INFO", 405), ("UPDATE", 405), ("REFER", 405), ("MESSAGE", 405), ("BREW", 405), ("BYE", 481)],
)
def test_other_methods(run, edge, method, status):
    callport, password = edge

    async def ask():
        async with SipServer(callport, password) as server:
            server.writer.write(b"\r\n\r\n")
            assert await server.reader.readexactly(2) == b"\r\n", "a ping is answered"
            to = "<sip:wa.meta.vc>;tag=unknown" if method == "BYE" else None
            server.send(server.request(method, "sip:wa.meta.vc", to=to))
            answered = await server.final()
            assert answered.status == status, answered.text
            if status == 405:
                assert answered["Allow"] == "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS"

    run(ask())


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_whole_call_survives_a_re_invite(run, edge, algorithm):
    callport, password = edge
    person = Person(callport, answer())
    person.decides("allow")

    async def talk():
        async with SipServer(callport, password) as server:
            uri = f"sip:+{person.digits}@wa.meta.vc;transport=tls"
            call = await server.invite(f"+{person.digits}", algorithm=algorithm)
            answered = await server.final()
            assert answered.status == 200, answered.text
            assert "m=audio" in answered.body and "RTP/SAVP 107 101" in answered.body and "a=crypto:1 AES_CM_128_HMAC_SHA1_80" in answered.body
            assert not answered.all("Session-Expires") and answered["x-wa-meta-wacid"] == newest(callport)["id"]
            server.ack(answered, uri, call)
            inside = dict(call=call, to=answered["To"])
            server.send(server.request("INVITE", uri, SDES, number=3, **inside))
            again = await server.final()
            assert (again.status, again.phrase) == (500, "Internal Server Error")
            server.ack(again, uri, call)
            assert newest(callport)["stage"] == "active", "the call goes on"
            server.send(server.request("BYE", uri, number=4, **inside))
            assert (await server.final()).status == 200
            return await person.taken(newest(callport)["id"])

    run(talk())
    assert newest(callport)["reason"] == "business_terminated"


def test_a_ringing_call_is_cancelled_and_a_declined_one_refused(run, edge):
    callport, password = edge
    person = Person(callport)
    person.decides("allow")

    async def call():
        async with SipServer(callport, password) as server:
            uri = f"sip:+{person.digits}@wa.meta.vc;transport=tls"
            branch = "z9hG4bKcancelled"
            call = await server.invite(f"+{person.digits}", branch=branch)
            while (await server.read()).status != 180:
                pass
            server.send(server.request("CANCEL", uri, number=2, call=call, branch=branch))
            answers = sorted([(await server.final()).status, (await server.final()).status])
            assert answers == [200, 487]
            person.behaves(decline())
            await server.invite(f"+{person.digits}")
            declined = await server.final()
            assert (declined.status, declined.phrase) == (486, "User declined the call")

    run(call())


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\nHost: wa.meta.vc\r\n\r\n",
        b"INVITE sip:a@wa.meta.vc SIP/2.0\r\nVia: nonsense\r\nContent-Length: 0\r\n\r\n",
        b"INVITE sip:a@wa.meta.vc SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n",
        b"\x00\xff" * 40_000,
        b"INVITE " + b"a" * 100_000 + b" SIP/2.0\r\n\r\n",
    ],
    ids=["another protocol", "a Via that is none", "a length without end", "no text", "a line without end"],
)
def test_garbage_ends_its_connection_at_most(run, edge, noise):
    callport, password = edge

    async def hostile():
        async with SipServer(callport, password) as stranger:
            stranger.writer.write(noise)
            stranger.writer.write_eof() if stranger.writer.can_write_eof() else None
        async with SipServer(callport, password) as server:
            server.send(server.request("OPTIONS", "sip:wa.meta.vc"))
            assert (await server.final()).status == 200

    run(hostile())
    assert "panicked" not in callport.log_text()
