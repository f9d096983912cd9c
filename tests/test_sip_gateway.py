"""`callport gateway sip` as the business: the shipped binary on both sides, by SIP in both directions, with keys by DTLS and by SDES, sound both ways."""

import asyncio
import io
import json
import os
import signal
import subprocess

import platform_process
import pytest
import sound
from pbx import NUMBER
from people import Person, answer, decline
from test_sip import configure, newest

USER_HZ = 1000
KEYS = {"dtls": {}, "sdes": {"srtp_key_exchange_protocol": "SDES"}}


class GatewaySip:
    """The gateway as a process of its own, with a certificate that it makes itself and keeps."""

    host = "localhost"

    def __init__(self, folder):
        self.folder, self.ca_file, self.tls_port = folder, folder / "gateway.pem", 0
        self.process, self.lines = None, []

    def command(self, *more):
        common = ["--number", NUMBER, "--self-made", self.ca_file, "--sip-listen", f"127.0.0.1:{self.tls_port}"]
        return [platform_process.BINARY, "gateway", "--media-bind", "127.0.0.1:0", "sip", *common, *more]

    def environment(self):
        return {name: value for name, value in os.environ.items() if not name.startswith("CALLPORT_")}

    def start(self, *more):
        """Listens; again, on the same port and with the same certificate."""
        self.stop()
        self.process = subprocess.Popen(self.command(*more), stdout=subprocess.PIPE, env=self.environment(), text=True)
        line = self.process.stdout.readline()
        assert line, "the gateway did not start"
        started = json.loads(line)
        self.tls_port = int(started["sip_address"].rsplit(":", 1)[1])
        return self

    def said(self):
        """Everything that it told, once it has ended."""
        self.stop()
        return "\n".join(self.lines)

    async def says(self, text):
        """Returns once it has told that."""
        while True:
            line = await asyncio.to_thread(self.process.stdout.readline)
            assert line, f"the gateway ended before it said {text}: {self.lines}"
            self.lines.append(line.rstrip())
            if text in line:
                return

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            rest, _ = self.process.communicate(timeout=30)
            self.lines += rest.splitlines()
            self.process = None

    async def call(self, callport, password, digits, *more):
        """Places a call and lives through it. Returns the exit code, and the report."""
        way = ["--platform", callport.sip_address, "--ca-file", callport.folder / "data" / "sip.pem", "--password", password]
        command = self.command("--call", f"+{digits}", "--json", *way, *more)
        made = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=self.environment())
        told, _ = await made.communicate()
        return made.returncode, json.loads(told)


@pytest.fixture
def exchange(platform, tmp_path):
    """A gateway, a platform that trusts it, and the password between them."""
    made = []

    def make(keys="dtls", *more):
        gateway = GatewaySip(tmp_path)
        made.append(gateway)
        gateway.start(*more)
        callport = platform("http://127.0.0.1:9/hook", f'[sip]\nca_file = "{gateway.ca_file}"')
        return gateway, callport, configure(callport, gateway, **KEYS[keys])

    yield make
    for gateway in made:
        gateway.stop()


def heard_back(callport, handle):
    """Seconds during which the user heard the own tone, as the business said it back."""
    samples, rate = sound.read_wav(io.BytesIO(callport.admin("GET", f"/scripted/{handle}/recording.wav")))
    return sound.seconds_of(samples, USER_HZ, rate)


@pytest.mark.parametrize("keys", KEYS)
def test_a_user_calls_and_hears_their_own_voice(run, exchange, keys):
    gateway, callport, password = exchange(keys)
    gateway.start("--password", password, "--ask-password")
    script = {"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "after", "ms": 4000}}
    handle = callport.dial(script)
    status = run(callport.over(handle))
    assert status["state"] == "ended", status
    run(gateway.says("ended:"))
    said = gateway.said()
    for step in ["<- INVITE", "-> 407 Proxy Authentication Required (INVITE)", "-> 180 Ringing (INVITE)", "-> 200 OK (INVITE)", "<- BYE"]:
        assert step in said, said
    assert "ended: BYE of the platform, " in said, said
    assert heard_back(callport, handle) > 1.5, "the user heard the echo"


@pytest.mark.parametrize("keys", KEYS)
def test_the_gateway_calls_a_user_and_says_back_what_it_hears(run, exchange, keys):
    gateway, callport, password = exchange(keys)
    gateway.stop()
    person = Person(callport, answer(200, say={"kind": "tone", "hz": USER_HZ}))
    person.decides("allow")
    heard = gateway.folder / "heard.wav"

    async def call():
        code, report = await gateway.call(callport, password, person.digits, "--keys", keys, "--for", "4s", "--record", heard)
        return code, report, await person.taken(newest(callport)["id"])

    code, report, taken = run(call())
    assert (code, report["outcome"]) == (0, "answered"), report
    assert report["call_id"] == newest(callport)["id"]
    assert newest(callport)["reason"] == "business_terminated", newest(callport)
    steps = [line["what"] for line in report["timeline"]]
    for step in ["-> INVITE", "<- 407 Proxy Authentication Required (INVITE)", "<- 180 Ringing (INVITE)", "<- 200 OK (INVITE)", "-> BYE", "<- 200 OK (BYE)"]:
        assert step in steps, steps
    samples, rate = sound.read_wav(str(heard))
    assert sound.seconds_of(samples, USER_HZ, rate) > 1.5, "the business heard the user"
    assert heard_back(callport, taken["handle"]) > 1.5, "the user heard the echo"


@pytest.mark.parametrize(("behaviour", "choice", "code", "outcome"), [(decline(), "allow", 3, "declined"), (decline(), None, 9, "refused")])
def test_a_call_that_is_not_taken_ends_with_its_exit_code(run, exchange, behaviour, choice, code, outcome):
    gateway, callport, password = exchange()
    gateway.stop()
    person = Person(callport, behaviour)
    if choice:
        person.decides(choice)
    ended, report = run(gateway.call(callport, password, person.digits))
    assert (ended, report["outcome"]) == (code, outcome), report


def test_a_platform_that_nobody_vouches_for_gets_no_invite(run, exchange):
    gateway, callport, password = exchange()
    gateway.stop()
    code, report = run(gateway.call(callport, password, Person(callport).digits, "--domain", "elsewhere.example"))
    assert (code, report["outcome"]) == (10, "unreachable") and "elsewhere.example" in report["reason"], report
    assert not any("INVITE" in line["what"] and "->" in line["what"] for line in report["timeline"])


def test_wrong_passwords_let_nobody_in_on_either_side(run, exchange):
    gateway, callport, _ = exchange()
    gateway.start("--password", "another", "--ask-password")
    status = run(callport.over(callport.dial()))
    assert (status["state"], newest(callport)["reason"]) == ("ended", "rejected"), newest(callport)
    assert "-> 403 Forbidden (INVITE)" in gateway.said()
    person = Person(callport, answer())
    person.decides("allow")
    code, report = run(gateway.call(callport, "another", person.digits))
    assert code == 9 and "Invalid digest response" in report["reason"], report


def test_the_menu_hears_keys(run, exchange):
    gateway, callport, _ = exchange("sdes", "--mode", "menu")
    # Nothing leaves for a leg with SDES before its first packet came, keys included: the first one that arrives ends the call.
    presses = [{"after_ms": 1000 * second, "digits": "9"} for second in range(1, 60)]
    handle = callport.dial({"press": presses, "hang_up": {"kind": "never"}})
    status = run(callport.over(handle))
    run(gateway.says("ended: by this side"))
    assert (status["state"], newest(callport)["reason"]) == ("ended", "business_terminated"), newest(callport)
    said = gateway.said()
    assert "media: a key was pressed" in said and "-> BYE" in said, said


def test_a_gateway_that_is_stopped_says_bye(run, exchange):
    gateway, callport, _ = exchange()
    handle = callport.dial({"hang_up": {"kind": "never"}})

    async def stop_in_the_call():
        await gateway.says("media: first audio packet in")
        said = await asyncio.to_thread(gateway.said)
        return said, await callport.over(handle)

    said, status = run(stop_in_the_call())
    assert "-> BYE" in said and "<- 200 OK (BYE)" in said and "ended: the backend was stopped" in said, said
    assert (status["state"], newest(callport)["reason"]) == ("ended", "business_terminated"), newest(callport)


def test_the_doctor_finds_the_gateway_in_order(exchange):
    gateway, _, password = exchange()
    gateway.start("--password", password, "--ask-password")
    command = [platform_process.BINARY, "doctor", "sip", f"localhost:{gateway.tls_port}", "--ca-file", gateway.ca_file, "--number", NUMBER]
    told = subprocess.run([*command, "--password", password, "--json"], capture_output=True, timeout=60, text=True)
    states = {finding["check"]: finding["state"] for finding in json.loads(told.stdout)["findings"]}
    assert (told.returncode, states["challenge"], states["invite"]) == (0, "pass", "pass"), told.stdout
    wrong = subprocess.run([*command, "--password", "another", "--json"], capture_output=True, timeout=60, text=True)
    states = {finding["check"]: finding["state"] for finding in json.loads(wrong.stdout)["findings"]}
    assert (wrong.returncode, states["digest"]) == (1, "fail"), wrong.stdout
