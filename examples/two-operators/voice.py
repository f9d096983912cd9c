"""The calling partner: the Call primary. Takes a thread that is passed to it, asks for permission, rings, and passes the thread back.

APP_SECRET=… VERIFY_TOKEN=… ACCESS_TOKEN=… PHONE_NUMBER_ID=4001 PORT=9002 GRAPH_URL=http://127.0.0.1:8080 python voice.py
"""

import asyncio
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

from aiortc import RTCPeerConnection, RTCSessionDescription  # noqa: E402
from aiortc.contrib.media import MediaPlayer  # noqa: E402

from webhooks import one_fingerprint, post, serve  # noqa: E402

NUMBER = os.environ["PHONE_NUMBER_ID"]
TONE = {"file": "sine=frequency=800:sample_rate=48000", "format": "lavfi"}
SECONDS_OF_TALK = 2

events = asyncio.Queue()


def take(field, value):
    """Puts what happens into one queue. What users write comes here only while the thread is ours."""
    if field == "messaging_handovers" and "control_passed" in value:
        events.put_nowait(("passed", {"to": value["sender"]["phone_number"], **value["control_passed"]}))
    if field == "messages":
        for message in value.get("messages", []):
            reply = message.get("interactive", {}).get("call_permission_reply")
            events.put_nowait((reply["response"], reply) if reply else ("wrote", message))
    if field == "calls":
        for call in value.get("calls", []):
            events.put_nowait((call["event"], call))
        for status in value.get("statuses", []):
            events.put_nowait((status["status"], status))


async def until(*wanted):
    while True:
        name, event = await events.get()
        print(name, flush=True)
        if name in wanted:
            return name, event


async def ring(to):
    """Calls the user and talks for a moment; whether the user picked up."""
    peer = RTCPeerConnection()
    peer.addTrack(MediaPlayer(**TONE).audio)
    await peer.setLocalDescription(await peer.createOffer())
    session = {"sdp_type": "offer", "sdp": one_fingerprint(peer.localDescription.sdp)}
    status, reply = await post(f"{NUMBER}/calls", action="connect", to=to, session=session)
    print("connect", status, flush=True)
    if status != 200:
        return False
    _, answered = await until("connect")
    await peer.setRemoteDescription(RTCSessionDescription(answered["session"]["sdp"], "answer"))
    name, event = await until("ACCEPTED", "terminate")
    if name == "ACCEPTED":
        await asyncio.sleep(SECONDS_OF_TALK)
        await post(f"{NUMBER}/calls", action="terminate", call_id=event["id"])
        await until("terminate")
    await peer.close()
    return name == "ACCEPTED"


async def serve_thread(thread):
    to = thread["to"]
    print(f"a thread from {thread['previous_owner_role']}: {thread.get('metadata')}", flush=True)
    words = {"type": "call_permission_request", "action": {"name": "call_permission_request"}, "body": {"text": "May we phone you?"}}
    await post(f"{NUMBER}/messages", to=to, type="interactive", interactive=words)
    answer, _ = await until("accept", "reject")
    talked = answer == "accept" and await ring(to)
    outcome = "talked" if talked else "not reached"
    status, _ = await post(f"{NUMBER}/thread_control", to=to, action="pass", metadata=outcome, control_pass={"target_role": "customer_service"})
    print(f"passed back: {status}, {outcome}", flush=True)


async def main():
    await serve(take)
    while True:
        _, thread = await until("passed")
        await serve_thread(thread)


if __name__ == "__main__":
    asyncio.run(main())
