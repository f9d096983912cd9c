"""A CI job of an integrator: a user without a browser calls the sample backend, plays a file, presses keys; what it heard comes back."""

import base64
import io
import json
import subprocess
import urllib.parse
import urllib.request

import pytest

import platform_process
import sound


@pytest.fixture
def backend(tmp_path):
    """`callport gateway` in a process of its own, subscribed over the published API."""
    started = []

    def start(callport, mode):
        command = [platform_process.BINARY, "gateway", "--mode", mode, "--graph-url", callport.public, "--graph-version", "v25.0"]
        command += ["--listen", "127.0.0.1:0", "--media-bind", "127.0.0.1:0"]
        command += ["--app-secret", "test_app_secret", "--verify-token", "s3cr3t", "--access-token", "EAAtest"]
        log = open(tmp_path / "gateway.log", "ab")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        started.append((process, log))
        subscribe(callport, json.loads(process.stdout.readline())["callback_url"])

    yield start
    for process, log in started:
        process.terminate()
        process.communicate(timeout=30)
        log.close()


def subscribe(callport, callback_url):
    """As set-up tools do: form-encoded, with the app token; the platform verifies the callback with a GET."""
    form = {
        "object": "whatsapp_business_account",
        "callback_url": callback_url,
        "verify_token": "s3cr3t",
        "fields": "calls",
        "access_token": "1001|test_app_secret",
    }
    request = urllib.request.Request(f"{callport.public}/v25.0/1001/subscriptions", data=urllib.parse.urlencode(form).encode())
    with urllib.request.urlopen(request, timeout=30) as reply:
        assert json.load(reply) == {"success": True}


def wav_of(samples):
    held = io.BytesIO()
    sound.write_wav(held, samples)
    return base64.b64encode(held.getvalue()).decode()


def test_a_file_is_played_and_the_echo_comes_back_as_a_wav_and_as_figures(platform, backend, run):
    callport = platform("http://127.0.0.1:1/nobody")
    backend(callport, "echo")
    script = {"say": {"kind": "wav", "base64": wav_of(sound.tone(660, 2))}, "hang_up": {"kind": "after_said", "ms": 1000}}
    status = run(callport.over(callport.dial(script)))
    assert (status["state"], status["reason"]) == ("ended", "user_hung_up"), status
    recording, rate = sound.read_wav(io.BytesIO(callport.admin("GET", f"/scripted/{status['handle']}/recording.wav")))
    assert sound.seconds_of(recording, 660, rate) > 1
    assert status["figures"]["packets_in"] > 50
    assert status["figures"]["packets_out"] > 100


def test_the_menu_hears_the_keys_and_ends_the_call_on_hash(platform, backend, run):
    callport = platform("http://127.0.0.1:1/nobody")
    backend(callport, "menu")
    script = {"say": {"kind": "silence"}, "press": [{"after_ms": 500, "digits": "42"}, {"after_ms": 2000, "digits": "#"}], "hang_up": {"kind": "never"}}
    status = run(callport.over(callport.dial(script)))
    assert (status["state"], status["reason"], status["keys_pressed"]) == ("ended", "business_terminated", 3), status
    assert status["heard"]["anything"]["found"], "the menu speaks"
    story = callport.story(status["call_id"])
    assert story["media"]["business"]["figures"]["digits"] == 3


def test_the_tone_backend_and_the_user_know_each_other_by_their_signatures(platform, backend, run):
    callport = platform("http://127.0.0.1:1/nobody")
    backend(callport, "tone")
    status = run(callport.over(callport.dial({"hang_up": {"kind": "after", "ms": 3000}})))
    assert status["heard"]["business"]["found"], status
    assert status["figures"]["lost_in"] == 0


def test_a_declined_call_is_told_as_declined(platform, backend, run):
    callport = platform("http://127.0.0.1:1/nobody")
    backend(callport, "reject")
    status = run(callport.over(callport.dial()))
    assert status["reason"] == "rejected"
    assert callport.story(status["call_id"])["verdict"]["outcome"] == "declined"
