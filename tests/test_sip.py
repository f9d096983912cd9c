"""Calls by SIP between the shipped binary and baresip: TLS with a checked certificate, digest both ways, ICE and DTLS-SRTP, audio both ways."""

import asyncio
import io
import json
import subprocess
import urllib.request

import platform_process
import pytest
import sound
from pbx import NUMBER, TONE_HZ, Pbx
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

    def make(more="", settings=None, **kind):
        phone = Pbx(tmp_path / "pbx", **kind)
        made.append(phone)
        callport = platform("http://127.0.0.1:9/hook", f'[sip]\nca_file = "{phone.ca_file}"\n{more}')
        return phone, callport, configure(callport, phone, **(settings or {}))

    yield make
    for phone in made:
        if phone.process:
            phone.stop()


def heard_tone(phone):
    """Seconds during which the business heard the user's tone."""
    samples, rate = phone.heard()
    return sound.seconds_of(samples, USER_HZ, rate)


def story(callport, call_id):
    return callport.admin("GET", f"/calls/{urllib.request.quote(call_id, safe='')}")


def newest(callport):
    return callport.admin("GET", "/calls")["data"][0]


MEDIA = {
    "DTLS and Opus": ({}, "mediaenc=dtls_srtp;medianat=ice", "opus/48000/2", "UDP/TLS/RTP/SAVPF 111 126"),
    "SDES and Opus": ({"srtp_key_exchange_protocol": "SDES"}, "mediaenc=srtp-mand", "opus/48000/2", "RTP/SAVP 111 126"),
    "SDES and PCMU": (
        {"srtp_key_exchange_protocol": "SDES", "audio": {"additional_codecs": ["PCMU"]}},
        "mediaenc=srtp-mand",
        "PCMU/8000/1",
        "RTP/SAVP 111 0 126",
    ),
}


@pytest.mark.parametrize("media", MEDIA)
def test_a_user_calls_and_both_hear_each_other(run, exchange, media):
    settings, encryption, codec, offered = MEDIA[media]
    phone, callport, password = exchange(settings=settings, media=encryption, codec=codec)

    async def call():
        async with phone.start(callport, password):
            script = {"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "after", "ms": 3000}}
            handle = callport.dial(script)
            status = await callport.over(handle)
            await phone.event("CALL_CLOSED")
            return handle, status

    handle, status = run(call())
    assert status["state"] == "ended", status
    said = phone.log_text()
    for line in ["X-FB-External-Domain: wa.meta.vc", "x-wa-meta-phone-number-id: 4001", "x-wa-meta-call-duration: 3", offered]:
        assert line in said, line
    assert f"Call-ID: outgoing:{newest(callport)['id']}" in said
    assert heard_tone(phone) > 1.5, "the business heard the user"
    recording = callport.admin("GET", f"/scripted/{handle}/recording.wav")
    samples, rate = sound.read_wav(io.BytesIO(recording))
    assert sound.seconds_of(samples, TONE_HZ, rate) > 1.5, "the user heard the business"


@pytest.mark.parametrize("media", MEDIA)
def test_a_business_calls_and_hangs_up(run, exchange, media):
    settings, encryption, codec, _ = MEDIA[media]
    phone, callport, password = exchange(FOR_BARESIP, settings=settings, media=encryption, codec=codec)
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
    assert heard_tone(phone) > 1, "the business heard the user"


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


def test_the_story_of_a_call_has_its_messages_and_none_of_its_secrets(run, exchange, tmp_path):
    phone, callport, password = exchange(settings={"srtp_key_exchange_protocol": "SDES"}, media="mediaenc=srtp-mand")

    async def call():
        async with phone.start(callport, password):
            return await callport.over(callport.dial({"hang_up": {"kind": "after", "ms": 500}}))

    run(call())
    call_id = newest(callport)["id"]
    lines = [line for line in story(callport, call_id)["timeline"] if line["kind"] == "sip"]
    said = [line["text"] for line in lines]
    for text in ["INVITE to the SIP server", "180 Ringing (INVITE) from the SIP server", "ACK to the SIP server", "BYE to the SIP server"]:
        assert text in said, said
    whole = json.dumps(lines)
    assert "inline:xxxx" in whole and password not in whole
    capture = tmp_path / "call.pcapng"
    command = [platform_process.BINARY, "admin", "--url", callport.operator, "--token", callport.operator_token]
    subprocess.run([*command, "call", call_id, "--pcap", capture], check=True, capture_output=True, timeout=30)
    assert b"INVITE sip:+6281255509999@localhost;transport=tls SIP/2.0" in capture.read_bytes()


def examined(phone, *more):
    """What `callport doctor sip` says of a phone: its exit code, and the state of each finding by its name."""
    command = [platform_process.BINARY, "doctor", "sip", f"{phone.host}:{phone.tls_port}", "--json", "--number", NUMBER, *more]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True)
    told = json.loads(ended.stdout)
    assert told["ok"] == (ended.returncode == 0), ended
    return ended.returncode, {finding["check"]: (finding["state"], finding["says"]) for finding in told["findings"]}


def test_the_doctor_looks_at_a_server_as_a_call_does(run, tmp_path):
    phone = Pbx(tmp_path / "pbx", answers=False)

    async def look():
        async with phone.start():
            code, found = await asyncio.to_thread(examined, phone, "--ca-file", phone.ca_file)
            await phone.event("CALL_CLOSED")
            return code, found, await asyncio.to_thread(examined, phone)

    code, found, (stranger, doubts) = run(look())
    assert code == 0, found
    assert found["options"] == ("pass", "OPTIONS was answered 200 OK")
    assert found["invite"] == ("pass", "INVITE is let in with 180, and was withdrawn")
    assert found["challenge"][0] == "warn", "baresip asks nobody for a password"
    assert (stranger, doubts["certificate"][0], doubts["sip"][0]) == (1, "fail", "fail"), doubts
    said = phone.log_text()
    assert said.count("INVITE sip:") == 1 and "CANCEL sip:" in said
