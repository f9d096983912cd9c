"""A backend that answers every call and plays the caller's own voice back.

APP_SECRET=… VERIFY_TOKEN=… ACCESS_TOKEN=… GRAPH_URL=http://127.0.0.1:8080 python answer.py
"""

import asyncio

from aiortc import RTCPeerConnection, RTCSessionDescription

from webhooks import one_fingerprint, post, serve

calls = {}  # call id → its peer connection
tasks = set()  # asyncio keeps no task alive by itself


def take(field, value):
    if field != "calls":
        return
    for call in value.get("calls", []):
        if call["event"] == "connect" and call["id"] not in calls:  # a webhook may come twice
            calls[call["id"]] = RTCPeerConnection()
            spawn(answer(value["metadata"]["phone_number_id"], call))
        elif call["event"] == "terminate" and call["id"] in calls:
            print(f"over: {call['status']}, {call.get('duration', 0)} s", flush=True)
            spawn(calls.pop(call["id"]).close())


def spawn(work):
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def answer(number, call):
    peer = calls[call["id"]]
    media_path = asyncio.Event()
    peer.add_listener("track", peer.addTrack)  # what the caller says is what the caller hears
    peer.add_listener("connectionstatechange", lambda: peer.connectionState == "connected" and media_path.set())

    await peer.setRemoteDescription(RTCSessionDescription(call["session"]["sdp"], "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    session = {"sdp_type": "answer", "sdp": one_fingerprint(peer.localDescription.sdp)}

    # pre_accept opens the media path while the phone still rings, so that no first word is cut off.
    if await said(number, call, "pre_accept", session):
        await media_path.wait()
        await said(number, call, "accept", session)


async def said(number, call, action, session):
    status, reply = await post(f"{number}/calls", call_id=call["id"], action=action, session=session)
    print(action, status, "" if status == 200 else reply["error"]["error_data"]["details"], flush=True)
    return status == 200


async def main():
    await serve(take)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
