"""kill -9 at any moment loses no accepted command and no webhook."""

import os
import random

import pytest

from business import Business

# `make soak` asks for many more.
ROUNDS = int(os.environ.get("KILL_ROUNDS", "6"))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_connect_is_followed_by_its_terminate_whenever_the_platform_is_killed(platform, run, seed):
    """Calls are placed one after the other by one user and ended by the business; somewhere in between the platform dies."""

    async def call():
        desk = Business(accepts=False)
        url = await desk.start()
        try:
            callport = platform(url)
            desk.graph = callport.public
            chance = random.Random(seed)
            handle = callport.dial({"say": {"kind": "silence"}, "patience_ms": chance.choice([10, 30, 60, 120, 600, 60000])})
            if chance.random() < 0.5:
                await desk.webhook(lambda change: change["value"]["calls"][0]["event"] == "connect")
            call_id = callport.admin("GET", f"/scripted/{handle}")["call_id"]
            callport.kill()
            callport.start()
            desk.graph = callport.public
            if call_id is None:
                # The dial had not been answered: it may or may not be on record, but never half.
                calls = callport.admin("GET", "/calls")["data"]
                call_id = calls[0]["id"] if calls else None
            if call_id is None:
                return
            for event in ("connect", "terminate"):
                await desk.webhook(lambda change: (change["value"]["calls"][0]["id"], change["value"]["calls"][0]["event"]) == (call_id, event))
            record = callport.story(call_id)
            assert record["verdict"]["outcome"] in ("missed", "failed"), record["verdict"]
        finally:
            await desk.stop()

    run(call())


def test_a_webhook_that_nobody_took_is_delivered_by_the_next_process(platform, run):
    """The receiver is down, the platform is killed, both come back: connect and terminate arrive, each once, signed."""

    async def call():
        desk = Business(accepts=False)
        url = await desk.start()
        port = desk.port
        await desk.stop()
        callport = platform(url, more='[webhooks]\nretry = ["1s"]\nretry_every = "1s"')
        handle = callport.dial({"patience_ms": 100})
        status = await callport.over(handle)
        callport.kill()
        desk = Business(accepts=False)
        await desk.start(port)
        try:
            callport.start()
            for event in ("connect", "terminate"):
                await desk.webhook(lambda change: change["value"]["calls"][0]["event"] == event)
            ids = [change["value"]["calls"][0]["id"] for change in desk.webhooks]
            assert ids == [status["call_id"]] * 2
        finally:
            await desk.stop()

    run(call())
