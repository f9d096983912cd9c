"""kill -9 at any moment loses no accepted command and no webhook."""

import os
import random

import pytest

from business import Business
from people import BUSINESS, IGNORE, Person, answer

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


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_call_of_the_business_that_is_cut_off_is_told_and_counts_as_what_it_was(platform, run, seed):
    """The call was placed in every round; it rings or is talked on, and the platform dies at once, at the first ring or at the pick-up."""

    async def call():
        desk = Business()
        url = await desk.start()
        try:
            callport = platform(url)
            desk.graph = callport.public
            talks, moment = bool(seed % 2), ("at once", "RINGING", "ACCEPTED")[seed // 2 % 3]
            sari = Person(callport, answer() if talks else IGNORE)
            sari.says("Hello")
            request = {"type": "call_permission_request", "action": {"name": "call_permission_request"}}
            assert isinstance(await desk.send(BUSINESS, sari.digits, type="interactive", interactive=request), str)
            sari.decides("allow_temporarily")
            _, before = await desk.get(f"{BUSINESS}/call_permissions", user_wa_id=sari.digits)

            placed = await desk.ring(BUSINESS, sari.digits)
            if moment == "RINGING" or (moment == "ACCEPTED" and not talks):
                await desk.until(lambda: "RINGING" in placed.statuses)
            elif moment == "ACCEPTED":
                await desk.until(lambda: "ACCEPTED" in placed.statuses)
            callport.kill()
            callport.start()
            desk.graph = callport.public

            await placed.ended.wait()
            assert (placed.terminate["status"], [error["code"] for error in placed.terminate["errors"]]) == ("FAILED", [131000])
            talked = "start_time" in placed.terminate
            assert talked >= ("ACCEPTED" in placed.statuses), "what was told is true"
            assert talks or not talked
            _, after = await desk.get(f"{BUSINESS}/call_permissions", user_wa_id=sari.digits)
            assert after["permission"] == before["permission"], "a cut call costs no permission"
            used = {action["action_name"]: [limit["current_usage"] for limit in action["limits"]] for action in after["actions"]}
            assert used == {"send_call_permission_request": [0, 0] if talked else [1, 1], "start_call": [int(talked)]}
            assert sari.pair()["unanswered"]["in_a_row"] == 0

            again = await desk.ring(BUSINESS, sari.digits)
            await desk.until(lambda: "RINGING" in again.statuses)
            assert await desk.hang_up(BUSINESS, again)
            await again.ended.wait()
            connects = [event["id"] for change in desk.webhooks for event in change["value"].get("calls", []) if event["event"] == "connect"]
            assert set(connects) == {placed.id, again.id}
        finally:
            await desk.stop()

    run(call())
