"""Peers that break the rules while a call is on: each gets its published error or is dropped, and the call does not notice."""

import http.client
import json
import os
import socket
import urllib.parse

import pytest

from people import BUSINESS, Person, answer

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
    ("a version that never was", "POST", "/v3.9/4001/calls", GOOD_TOKEN, TERMINATE, 400, 2500),
    ("a path that is not there", "GET", "/v25.0/4001/shoes", GOOD_TOKEN, None, 400, 2500),
    ("a method that is not there", "PUT", CALLS, GOOD_TOKEN, TERMINATE, 405, 100),
]


MESSAGES, TEMPLATES, PERMISSIONS = "/v25.0/4001/messages", "/v25.0/2001/message_templates", "/v25.0/4001/call_permissions"
OFFER = {"sdp_type": "offer", "sdp": "v=0\r\n"}
CONNECT = {"messaging_product": "whatsapp", "action": "connect", "to": "5511955501234", "session": OFFER}
TEXT = {"messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": {"body": "Hello"}}
READ = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.unknown"}
TEMPLATE = {"name": "ready", "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": "Ready."}]}
DEEP = b'{"components":' + b"[" * 20_000 + b"]" * 20_000 + b"}"


def button(**parameters):
    action = {"name": "voice_call", "parameters": parameters}
    return {**TEXT, "type": "interactive", "interactive": {"type": "voice_call", "body": {"text": "Call"}, "action": action}}


# The business's half: what calls, asks, writes and makes templates.
BUSINESS_REQUESTS = [
    ("connect to nobody", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "to": None}, 400, 100),
    ("connect to a list", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "to": ["5511955501234"]}, 400, 100),
    ("connect to letters", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "to": "nadia"}, 400, 100),
    ("connect to a thousand digits", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "to": "5" * 1000}, 400, 100),
    ("connect to an id of no portfolio", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "to": None, "recipient": "BR.1"}, 400, 138001),
    ("connect to an id that is none", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "to": None, "recipient": "\u0000'; --"}, 400, 100),
    ("connect without a session", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "session": None}, 400, 100),
    ("connect with a session of text", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "session": "v=0"}, 400, 100),
    ("connect with an answer", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "session": {**OFFER, "sdp_type": "answer"}}, 400, 100),
    ("connect with an SDP of a megabyte", "POST", CALLS, GOOD_TOKEN, {**CONNECT, "session": {**OFFER, "sdp": "a=x\r\n" * 200_000}}, 413, 100),
    ("connect, not UTF-8", "POST", CALLS, GOOD_TOKEN, b'{"action":"connect","to":"\xff"}', 400, 100),
    ("connect from a number that is not there", "POST", "/v25.0/4999/calls", GOOD_TOKEN, CONNECT, 400, 100),
    ("a message that is no JSON", "POST", MESSAGES, GOOD_TOKEN, b"Hello", 400, 100),
    ("a message that is not UTF-8", "POST", MESSAGES, GOOD_TOKEN, b'{"to":"\xff\xfe"}', 400, 100),
    ("a message of a list", "POST", MESSAGES, GOOD_TOKEN, b"[1]", 400, 100),
    ("a message of nothing", "POST", MESSAGES, GOOD_TOKEN, {}, 400, None),
    ("a message with a text of text", "POST", MESSAGES, GOOD_TOKEN, {**TEXT, "text": "Hello"}, 400, 100),
    ("a message with a body of numbers", "POST", MESSAGES, GOOD_TOKEN, {**TEXT, "text": {"body": [1, 2]}}, 400, 100),
    ("a message of a megabyte", "POST", MESSAGES, GOOD_TOKEN, {**TEXT, "text": {"body": "x" * 1_000_000}}, 413, 100),
    ("a message from a number that is not there", "POST", "/v25.0/4999/messages", GOOD_TOKEN, TEXT, 400, 100),
    ("a message without a token", "POST", MESSAGES, None, TEXT, 401, None),
    ("a button that lives for minus one minute", "POST", MESSAGES, GOOD_TOKEN, button(ttl_minutes=-1), 400, 131009),
    ("a button that lives for ever", "POST", MESSAGES, GOOD_TOKEN, button(ttl_minutes=1e300), 400, 131009),
    ("a button with a payload of objects", "POST", MESSAGES, GOOD_TOKEN, button(payload={}), 400, 100),
    ("a template that nobody made", "POST", MESSAGES, GOOD_TOKEN, {**TEXT, "type": "template", "template": {"name": "x", "language": {"code": "en"}}}, 404, 132001),
    ("reading a message of nobody", "POST", MESSAGES, GOOD_TOKEN, READ, 400, 100),
    ("reading a message with an id of a kilobyte", "POST", MESSAGES, GOOD_TOKEN, {**READ, "message_id": "w" * 1000}, 400, 100),
    ("permissions of nobody named", "GET", PERMISSIONS, GOOD_TOKEN, None, 400, 100),
    ("permissions of letters", "GET", PERMISSIONS + "?user_wa_id=nadia", GOOD_TOKEN, None, 400, 100),
    ("permissions of bytes", "GET", PERMISSIONS + "?recipient=%ff%00", GOOD_TOKEN, None, 400, 100),
    ("permissions of a number that is not there", "GET", "/v25.0/4999/call_permissions?user_wa_id=5511955501234", GOOD_TOKEN, None, 400, 100),
    ("a template of nothing", "POST", TEMPLATES, GOOD_TOKEN, {}, 400, 100),
    ("a template of 40,000 brackets", "POST", TEMPLATES, GOOD_TOKEN, DEEP, 400, 100),
    ("a template with components of text", "POST", TEMPLATES, GOOD_TOKEN, {**TEMPLATE, "components": "BODY"}, 400, 100),
    ("a template with a name of spaces", "POST", TEMPLATES, GOOD_TOKEN, {**TEMPLATE, "name": "a b"}, 400, 100),
    ("a template with placeholders that are none", "POST", TEMPLATES, GOOD_TOKEN, {**TEMPLATE, "components": [{"type": "BODY", "text": "{{9}}{{"}]}, 400, 100),
    ("a template of an account that is not there", "POST", "/v25.0/2999/message_templates", GOOD_TOKEN, TEMPLATE, 400, 100),
    ("deleting a template without a name", "DELETE", TEMPLATES, GOOD_TOKEN, None, 400, 100),
    ("deleting a template that is not there", "DELETE", TEMPLATES + "?name=nothing", GOOD_TOKEN, None, 400, 100),
    ("a page of templates beyond the end", "GET", TEMPLATES + "?after=%00&limit=x", GOOD_TOKEN, None, 400, 100),
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

            refuses_all(callport, REQUESTS)
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


def refuses_all(callport, requests):
    """Each gets its status and its code, in the published envelope."""
    wrong = []
    for name, method, path, token, body, status, code in requests:
        got, headers, told = ask(callport, method, path, token, body)
        error = told.get("error", {})
        if got != status or (code is not None and error.get("code") != code) or not error.get("message") or "fbtrace_id" not in error:
            wrong.append((name, got, told))
        assert headers["Content-Type"].startswith("application/json"), name
    assert wrong == []


def test_bad_requests_of_a_business_leave_a_call_that_it_placed_alone(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            callport.clock("thaw")
            sari.decides("allow")
            sari.behaves(answer(say={"kind": "tone", "hz": 440}))
            status, placed = await business.place(BUSINESS, sari.digits)
            assert status == 200, placed
            await business.until(lambda: "ACCEPTED" in placed.statuses)
            webhooks = len(business.webhooks) + len(business.others)

            refuses_all(callport, BUSINESS_REQUESTS)
            noise(callport)
            assert len(business.webhooks) + len(business.others) == webhooks, "nothing was told of what was refused"
            assert callport.admin("GET", "/templates")["data"] == []
            assert await business.hang_up(BUSINESS, placed)
            await placed.ended.wait()
            assert placed.terminate["status"] == "COMPLETED"
            heard = await sari.taken(placed.id)
            assert heard["figures"]["lost_in"] == 0
            media = callport.story(placed.id)["media"]
            assert (media["user"]["figures"]["lost_in"], media["business"]["figures"]["lost_in"]) == (0, 0)
            assert_private(callport, placed.id, sari.digits)

    run(call())


# name, method, path under /admin/v1, body
OPERATOR_REQUESTS = [
    ("a behaviour of a word", "PUT", "/users/{user}/behaviour", b'"answer"'),
    ("a behaviour that is not UTF-8", "PUT", "/users/{user}/behaviour", b'{"calls":"\xff"}'),
    ("a behaviour with a key that is none", "PUT", "/users/{user}/behaviour", {"call": {}}),
    ("a behaviour of a year", "PUT", "/users/{user}/behaviour", {"calls": {"kind": "decline", "after_ms": 31_536_000_000}}),
    ("a behaviour of nobody", "PUT", "/users/+5511900000000/behaviour", {}),
    ("a text to nobody", "POST", "/pairs/+6281200000000/{user}/messages", {"text": "Hello"}),
    ("a text without an end", "POST", "/pairs/4001/{user}/messages", {"text": "x" * 5000}),
    ("a tap on nothing", "POST", "/pairs/4001/{user}/taps", {"message": "wamid.unknown"}),
    ("a choice that is none", "PUT", "/pairs/4001/{user}/permission", {"choice": "maybe"}),
    ("an answer to nothing", "POST", "/pairs/4001/{user}/cards", {"choice": "allow"}),
    ("a moment that is none", "POST", "/clock/set", {"to": "tomorrow"}),
    ("a step of a thousand years", "POST", "/clock/advance", {"by_ms": 31_536_000_000_000}),
    ("a pause of no direction", "PUT", "/numbers/4001/restrictions/SIDEWAYS", {}),
    ("a pause that is over", "PUT", "/numbers/4001/restrictions/BUSINESS_INITIATED", {"until": "2001-01-01T00:00:00Z"}),
    ("six allowed recipients", "PATCH", "/numbers/4001", {"allowed_recipients": [f"+551190000000{at}" for at in range(6)]}),
]


def test_bad_requests_of_an_operator_are_refused_in_words(platform):
    callport = platform("http://127.0.0.1:1/nobody")
    sari = Person(callport)
    at = urllib.parse.urlsplit(callport.operator)
    before = callport.admin("GET", "/numbers")
    for name, method, path, body in OPERATOR_REQUESTS:
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
        headers = {"Authorization": f"Bearer {callport.operator_token}", "Content-Type": "application/json"}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, "/admin/v1" + path.format(user=sari.id), data, headers)
        reply = connection.getresponse()
        problem = json.loads(reply.read())
        connection.close()
        assert reply.status in (400, 404, 409, 413, 422), (name, reply.status, problem)
        assert problem["error"]["message"], (name, problem)
    assert callport.admin("GET", "/numbers") == before


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


def assert_private(callport, call_id, user="5511955501234"):
    """Numbers, tokens, call ids and session descriptions are never whole in the log."""
    log = callport.log_text()
    for secret in (user, "6281255509999", "EAAtest", "test_app_secret", call_id, "a=ice-pwd", "a=fingerprint"):
        assert secret not in log, f"{secret[:12]}… is in the log"


@pytest.mark.parametrize("listener", ["public", "operator"])
def test_the_admin_api_is_closed_without_its_token(platform, listener):
    callport = platform("http://127.0.0.1:1/nobody")
    at = urllib.parse.urlsplit(getattr(callport, listener))
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    connection.request("GET", "/admin/v1/users", headers={"Authorization": "Bearer guess"})
    assert connection.getresponse().status in (400, 401, 404)
