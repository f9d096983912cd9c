"""A backend that calls a user, asking for permission first where there is none, and plays a tone for three seconds.

APP_SECRET=… VERIFY_TOKEN=… ACCESS_TOKEN=… PHONE_NUMBER_ID=4001 GRAPH_URL=http://127.0.0.1:8080 python call.py +5511955501234
"""

import asyncio
import os
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer

from webhooks import one_fingerprint, post, serve

NUMBER = os.environ["PHONE_NUMBER_ID"]
NO_PERMISSION = 138006
TONE = {"file": "sine=frequency=800:sample_rate=48000", "format": "lavfi"}  # any file that ffmpeg reads does as well

events = asyncio.Queue()


def take(field, value):
    """Puts what the webhooks tell of calls and permissions into one queue, in the order of their arrival."""
    for message in value.get("messages", []):
        reply = message.get("interactive", {}).get("call_permission_reply")
        if reply:
            events.put_nowait((reply["response"], reply))
    if field == "calls":
        for call in value.get("calls", []):
            events.put_nowait((call["event"], call))
        for status in value.get("statuses", []):
            events.put_nowait((status["status"], status))


async def connect(to, peer):
    session = {"sdp_type": "offer", "sdp": one_fingerprint(peer.localDescription.sdp)}
    status, reply = await post(f"{NUMBER}/calls", action="connect", to=to, session=session)
    print("connect", status, "" if status == 200 else reply["error"]["message"], flush=True)
    return None if status == 200 else reply["error"]["code"]


async def ask(to):
    """Asks in the chat and waits for the user's answer. Outside the 24-hour window a template has to do this."""
    words = {"type": "call_permission_request", "action": {"name": "call_permission_request"}, "body": {"text": "May we phone you?"}}
    status, reply = await post(f"{NUMBER}/messages", to=to, type="interactive", interactive=words)
    if status != 200:
        sys.exit(reply["error"]["message"])
    while (event := await events.get())[0] not in ("accept", "reject"):
        pass
    print("permission", event[0], flush=True)
    return event[0] == "accept"


async def main(to):
    await serve(take)
    peer = RTCPeerConnection()
    peer.addTrack(MediaPlayer(**TONE).audio)
    await peer.setLocalDescription(await peer.createOffer())

    refused = await connect(to, peer)
    if refused == NO_PERMISSION and await ask(to):
        refused = await connect(to, peer)
    if refused:
        sys.exit(1)
    picked_up = False
    while (event := await events.get())[0] != "terminate":
        print(event[0], flush=True)
        if event[0] == "connect":
            await peer.setRemoteDescription(RTCSessionDescription(event[1]["session"]["sdp"], "answer"))
        elif event[0] == "ACCEPTED":
            picked_up = True
            await asyncio.sleep(3)
            await post(f"{NUMBER}/calls", call_id=event[1]["id"], action="terminate")
    print("over:", event[1]["status"], flush=True)
    await peer.close()
    sys.exit(0 if picked_up else 3)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
