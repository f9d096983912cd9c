"""Peers that break the rules while a call is on: each gets its published error or is dropped, and the call does not notice."""

import http.client
import json
import os
import socket
import urllib.parse

import pytest

GOOD_TOKEN = "Bearer EAAtest"
CALLS = "/v25.0/4001/calls"
TERMINATE = {"messaging_product": "whatsapp", "call_id": "wacid.unknown", "action": "terminate"}
ACCEPT = {"messaging_product": "whatsapp", "call_id": "wacid.unknown", "action": "accept"}

# name, method, path, token, body, status, code
REQUESTS = [
    ("malformed JSON", "POST", CALLS, GOOD_TOKEN, b'{"action":', 400, 100),
    ("not UTF-8", "POST", CALLS, GOOD_TOKEN, b'{"action":"\xff\xfe"}', 400, 100),
    ("a list instead of an object", "POST", CALLS, GOOD_TOKEN, b"[]", 400, 100),
    ("wrong types", "POST", CALLS, GOOD_TOKEN, b'{"messaging_product":"whatsapp","action":7}', 400, 100),
    ("unknown action", "POST", CALLS, GOOD_TOKEN, {**TERMINATE, "action": "hold"}, 400, 100),
    ("an oversized body", "POST", CALLS, GOOD_TOKEN, b'{"x":"' + b"x" * 2_000_000 + b'"}', 413, 100),
    ("an SDP of a megabyte", "POST", CALLS, GOOD_TOKEN, {**ACCEPT, "session": {"sdp_type": "answer", "sdp": "v=0\r\n" + "a=x\r\n" * 200_000}}, 413, 100),
    ("a foreign call id", "POST", CALLS, GOOD_TOKEN, TERMINATE, 400, 100),
    ("unknown fields are ignored, the call is unknown", "POST", CALLS, GOOD_TOKEN, {**TERMINATE, "shoe_size": 43}, 400, 100),
    ("no token", "POST", CALLS, None, TERMINATE, 401, None),
    ("an unknown token", "POST", CALLS, "Bearer EAAnobody", TERMINATE, 401, 190),
    ("a number that is not there", "POST", "/v25.0/4999/calls", GOOD_TOKEN, TERMINATE, 400, 100),
    ("a version that never was", "POST", "/v3.1/4001/calls", GOOD_TOKEN, TERMINATE, 400, 2500),
    ("a path that is not there", "GET", "/v25.0/4001/shoes", GOOD_TOKEN, None, 400, 2500),
    ("a method that is not there", "PUT", CALLS, GOOD_TOKEN, TERMINATE, 405, 100),
]


def ask(callport, method, path, token, body):
    at = urllib.parse.urlsplit(callport.public)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, data, headers)
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    return reply.status, reply.headers, json.loads(content)


def test_bad_requests_and_noise_on_every_port_leave_a_live_call_alone(platform, business, run):
    async def call():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            handle = callport.dial({"hang_up": {"kind": "never"}, "say": {"kind": "tone", "hz": 440}})
            placed = await desk.first_call()
            await placed.connected.wait()

            wrong = []
            for name, method, path, token, body, status, code in REQUESTS:
                got, headers, answer = ask(callport, method, path, token, body)
                error = answer.get("error", {})
                if got != status or (code is not None and error.get("code") != code) or not error.get("message") or "fbtrace_id" not in error:
                    wrong.append((name, got, answer))
                assert headers["Content-Type"].startswith("application/json"), name
            assert wrong == []

            noise(callport)
            status = callport.admin("GET", f"/scripted/{handle}")
            assert status["state"] == "connected", status
            callport.admin("POST", f"/scripted/{handle}/hang_up")
            status = await callport.over(handle)
            await placed.ended.wait()
            assert (placed.terminate["status"], status["figures"]["lost_in"]) == ("COMPLETED", 0)
            media = callport.story(status["call_id"])["media"]
            assert (media["user"]["figures"]["lost_in"], media["business"]["figures"]["lost_in"]) == (0, 0)
            assert_private(callport, status["call_id"])

    run(call())


def noise(callport):
    """Bounded: a few thousand datagrams that look like STUN, DTLS and RTP from strangers, and requests that are none."""
    stun = bytes.fromhex("000100002112a442") + os.urandom(12)
    hello = bytes.fromhex("16feff0000000000000000") + os.urandom(60)
    rtp = bytes.fromhex("806f0001000003c0") + os.urandom(60)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for port in callport.media_ports:
            for _ in range(1000):
                for datagram in (stun, hello, rtp, os.urandom(40), b""):
                    stranger.sendto(datagram, ("127.0.0.1", port))
    for listener in (callport.public, callport.operator):
        at = urllib.parse.urlsplit(listener)
        with socket.create_connection((at.hostname, at.port), timeout=30) as stranger:
            stranger.sendall(os.urandom(500) + b"\r\n\r\n")


def assert_private(callport, call_id):
    """Numbers, tokens, call ids and session descriptions are never whole in the log."""
    log = callport.log_text()
    for secret in ("5511955501234", "6281255509999", "EAAtest", "test_app_secret", call_id, "a=ice-pwd", "a=fingerprint"):
        assert secret not in log, f"{secret[:12]}… is in the log"


@pytest.mark.parametrize("listener", ["public", "operator"])
def test_the_admin_api_is_closed_without_its_token(platform, listener):
    callport = platform("http://127.0.0.1:1/nobody")
    at = urllib.parse.urlsplit(getattr(callport, listener))
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    connection.request("GET", "/admin/v1/users", headers={"Authorization": "Bearer guess"})
    assert connection.getresponse().status in (400, 401, 404)
