"""Faults on demand: webhooks and replies go wrong because a test asked for it, and the story of the call says so."""

import asyncio
import json
import os
import subprocess

import platform_process
from business import Business

QUICK = '[webhooks]\nretry = ["100ms"]\nretry_every = "100ms"'


def fault(callport, *words):
    """`callport admin fault …`, as an integrator types it."""
    command = [platform_process.BINARY, "admin", "fault", *words, "--json"]
    where = {"CALLPORT_OPERATOR_URL": callport.operator, "CALLPORT_OPERATOR_TOKEN": callport.operator_token}
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("CALLPORT_")}
    told = subprocess.run(command, env=quiet | where, capture_output=True, text=True, check=True).stdout
    return json.loads(told) if told.strip() else None


async def told(callport, call_id, *words):
    """Returns once the story of the call says all of this: an attempt is on record a moment after it was heard."""
    while not all(any(word in line["text"] for line in callport.story(call_id)["timeline"]) for word in words):
        await asyncio.sleep(0.02)  # between two looks at a condition; nothing is measured by it


def events(desk):
    return [change["value"]["calls"][0]["event"] for change in desk.webhooks]


def test_a_backend_meets_every_webhook_fault_and_the_story_tells_which(platform, run):
    """The desk refuses bad signatures with 401, so what it keeps was signed well."""

    async def call():
        desk = Business(accepts=False, silent=True)
        url = await desk.start()
        try:
            callport = platform(url, more=QUICK)
            desk.graph = callport.public

            async def short_call(count):
                """A call that the user gives up at once; returns what the desk heard of it, and the call."""
                before = len(desk.webhooks)
                handle = callport.dial({"patience_ms": 50})
                call_id = (await callport.over(handle))["call_id"]
                await desk.until(lambda: len(desk.webhooks) >= before + count)
                return events(desk)[before:], call_id

            fault(callport, "webhook", "reorder", "--event", "connect")
            heard, call_id = await short_call(2)
            assert heard == ["terminate", "connect"]
            await told(callport, call_id, "(on purpose: reorder, fault 1)")

            fault(callport, "webhook", "double", "--event", "terminate", "--app", "1001")
            heard, call_id = await short_call(3)
            assert heard == ["connect", "terminate", "terminate"]
            await told(callport, call_id, "(on purpose: double, fault 2)")

            fault(callport, "webhook", "drop", "--field", "calls", "--event", "connect", "--number", "4001")
            heard, call_id = await short_call(1)
            assert heard == ["terminate"]
            await told(callport, call_id, "it was lost on its way", "(on purpose: drop, fault 3)")

            for kind, id in [("wrong-signature", 4), ("no-signature", 5)]:
                fault(callport, "webhook", kind, "--event", "connect")
                heard, call_id = await short_call(2)
                assert sorted(heard) == ["connect", "terminate"], "the receiver said 401, and the second attempt was signed well"
                await told(callport, call_id, "status 401", f"(on purpose: {kind.replace('-', '_')}, fault {id})")

            fault(callport, "webhook", "delay", "--by", "300ms", "--event", "connect", "--until-removed")
            heard, call_id = await short_call(2)
            assert heard == ["terminate", "connect"]
            await told(callport, call_id, "(on purpose: delay, fault 6)")
            fault(callport, "remove", "6")
            assert (await short_call(2))[0] == ["connect", "terminate"]
            assert [(row["id"], row["times_left"], row["used"]) for row in fault(callport, "list")["data"]] == [(id, 0, 1) for id in range(1, 6)]
        finally:
            await desk.stop()

    run(call())


def test_a_request_fails_before_or_after_it_is_carried_out(platform, run):
    async def call():
        desk = Business(accepts=False, silent=True)
        url = await desk.start()
        try:
            callport = platform(url)
            desk.graph = callport.public
            fault(callport, "reply", "503", "--endpoint", "calls", "--action", "reject")
            fault(callport, "reply", "500", "--endpoint", "calls", "--action", "reject", "--carried-out")
            handle = callport.dial({"patience_ms": 60_000})
            change = await desk.webhook(lambda change: change["value"]["calls"][0]["event"] == "connect")
            call_id = change["value"]["calls"][0]["id"]
            reject = {"messaging_product": "whatsapp", "call_id": call_id, "action": "reject"}

            status, reply = await desk.post("4001/calls", **reject)
            assert (status, reply["error"]["code"]) == (503, 131016)
            assert reply["error"]["error_data"]["details"] == "Nothing was done; this error was asked for by a test (fault 1)."
            status, reply = await desk.post("4001/calls", **reject)
            assert (status, reply["error"]["code"]) == (500, 131000)
            await desk.webhook(lambda change: change["value"]["calls"][0]["event"] == "terminate")
            assert (await callport.over(handle))["call_id"] == call_id
            status, reply = await desk.post("4001/calls", **reject)
            assert status == 400, "a backend that tries again learns that it was done"
            await told(
                callport,
                call_id,
                "reject refused: Nothing was done; this error was asked for by a test (fault 1).",
                "its reply replaced by an error of status 500 (on purpose: reply, fault 2)",
            )
        finally:
            await desk.stop()

    run(call())
