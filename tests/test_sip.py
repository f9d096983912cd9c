"""Calls by SIP between the shipped binary and baresip: TLS with a checked certificate, digest both ways, ICE and DTLS-SRTP, audio both ways."""

import asyncio
import json
import urllib.request

import pytest
import sound
from pbx import Pbx
from people import Person, answer, decline

USER_HZ = 1000
# baresip 1.0 looks at the first challenge alone, and knows MD5 alone. It follows Record-Route by names of DNS alone, where this platform has none.
FOR_BARESIP = 'challenge = "md5"\ndomain = "127.0.0.1"'


def graph(callport, method, path, body=None, token="EAAtest"):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{callport.public}/v25.0{path}", data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.loads(reply.read())


def configure(callport, phone, **more):
    """The business's app names its server, and gets the password of its number."""
    server = {"hostname": phone.host, "port": phone.tls_port}
    graph(callport, "POST", "/4001/settings", {"calling": {"sip": {"status": "ENABLED", "servers": [server]}, **more}})
    shown = graph(callport, "GET", "/4001/settings?include_sip_credentials=true")
    return shown["calling"]["sip"]["servers"][0]["sip_user_password"]


@pytest.fixture
def exchange(platform, tmp_path):
    """A SIP phone of the business, a platform that trusts it, and the password between them."""
    made = []

    def make(more="", **settings):
        phone = Pbx(tmp_path / "pbx", **settings)
        made.append(phone)
        callport = platform("http://127.0.0.1:9/hook", f'[sip]\nca_file = "{phone.ca_file}"\n{more}')
        return phone, callport, configure(callport, phone)

    yield make
    for phone in made:
        if phone.process:
            phone.stop()


def story(callport, call_id):
    return callport.admin("GET", f"/calls/{urllib.request.quote(call_id, safe='')}")


def newest(callport):
    return callport.admin("GET", "/calls")["data"][0]


def test_a_user_calls_and_both_hear_each_other(run, exchange):
    phone, callport, password = exchange()

    async def call():
        async with phone.start(callport, password):
            script = {"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "after", "ms": 3000}}
            status = await callport.over(callport.dial(script))
            await phone.event("CALL_CLOSED")
            return status

    status = run(call())
    assert status["state"] == "ended", status
    said = phone.log_text()
    for line in ["X-FB-External-Domain: wa.meta.vc", "x-wa-meta-phone-number-id: 4001", "x-wa-meta-call-duration: 3", "UDP/TLS/RTP/SAVPF"]:
        assert line in said, line
    assert f"Call-ID: outgoing:{newest(callport)['id']}" in said
    assert sound.seconds_of(phone.heard(), USER_HZ) > 1.5, "the business heard the user"


def test_a_business_calls_and_either_hangs_up(run, exchange):
    phone, callport, password = exchange(FOR_BARESIP)
    person = Person(callport, answer(200, say={"kind": "tone", "hz": USER_HZ}))
    person.decides("allow")

    async def call():
        async with phone.start(callport, password):
            phone.dial(person.digits, domain="127.0.0.1")
            await phone.event("CALL_ESTABLISHED")
            await asyncio.sleep(2)  # they talk; what is looked at afterwards is what each heard meanwhile
            phone.hang_up()
            call_id = newest(callport)["id"]
            return call_id, await person.taken(call_id)

    call_id, taken = run(call())
    assert taken["state"] == "ended", taken
    assert newest(callport)["reason"] == "business_terminated", newest(callport)
    said = phone.log_text()
    assert "407 Proxy Authentication Required" in said and f"x-wa-meta-wacid: {call_id}" in said
    assert sound.seconds_of(phone.heard(), USER_HZ) > 1, "the business heard the user"


@pytest.mark.parametrize(
    ("behaviour", "permitted", "status"),
    [(decline(), True, "486 User declined the call"), (None, False, "403 No Approved Call Permission Found")],
)
def test_a_call_that_is_not_taken_is_refused_in_the_published_words(run, exchange, behaviour, permitted, status):
    phone, callport, password = exchange(FOR_BARESIP)
    person = Person(callport, behaviour) if behaviour else Person(callport)
    if permitted:
        person.decides("allow")

    async def call():
        async with phone.start(callport, password):
            phone.dial(person.digits, domain="127.0.0.1")
            await phone.event("CALL_CLOSED")

    run(call())
    assert status in phone.log_text()


def test_a_server_whose_certificate_covers_another_name_gets_no_invite(run, exchange):
    phone, callport, password = exchange(covers="pbx.acme.example")

    async def call():
        async with phone.start(callport, password):
            return await callport.over(callport.dial())

    status = run(call())
    assert (status["state"], newest(callport)["reason"]) == ("ended", "business_unreachable"), status
    assert "INVITE sip:" not in phone.log_text()
