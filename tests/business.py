"""A business on a foreign WebRTC stack (aiortc). It knows the published API and nothing of the platform.

Takes webhooks, checks signatures, pre-accepts, accepts once the media path is up, plays a tone, keeps what it hears. Places calls too:
offers, applies the answer that the connect webhook brings, plays its tone, keeps what it hears and the statuses that it is told.
"""

import asyncio
import contextlib
import fractions
import hashlib
import hmac
import json
from array import array

import aiohttp
import aioice.ice
import av
from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

import sound

# Tests keep to the loopback range; aioice would gather every other address of the machine.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

LONGEST_RECORDING = 30 * sound.RATE


class Tone(MediaStreamTrack):
    """An endless tone in frames of 20 ms."""

    kind = "audio"

    def __init__(self, hz):
        super().__init__()
        self.samples = sound.tone(hz, 1)
        self.at = 0
        self.start = None

    async def recv(self):
        loop = asyncio.get_running_loop()
        self.start = loop.time() if self.start is None else self.start
        await asyncio.sleep(max(0, self.start + self.at / sound.RATE - loop.time()))
        offset = self.at % sound.RATE
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(self.samples[offset : offset + 960].tobytes())
        frame.sample_rate, frame.pts, frame.time_base = sound.RATE, self.at, fractions.Fraction(1, sound.RATE)
        self.at += 960
        return frame


def one_fingerprint(sdp):
    """The platform takes sha-256 and nothing else; aiortc offers three hashes."""
    others = ("a=fingerprint:sha-384", "a=fingerprint:sha-512")
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.lower().startswith(others))


class Call:
    def __init__(self):
        self.peer = RTCPeerConnection()
        self.heard = array("h")
        self.id = None
        self.placed = asyncio.Event()
        self.up = asyncio.Event()
        self.connected = asyncio.Event()
        self.ended = asyncio.Event()
        self.terminate = None
        self.refusals = []
        self.statuses = []


class Business:
    """Start it, hand its URL to the platform, then ask its calls what they heard."""

    def __init__(self, secret="test_app_secret", verify_token="s3cr3t", token="EAAtest", hz=800, accepts=True, silent=False):
        self.secret, self.verify_token, self.token, self.hz, self.accepts, self.silent = secret, verify_token, token, hz, accepts, silent
        self.graph = None
        self.offered = None
        self.calls = {}
        self.webhooks = []
        self.others = []
        self.arrival = asyncio.Condition()
        self.tasks = set()

    async def start(self, port=0):
        app = web.Application()
        app.add_routes([web.get("/hook", self.on_verify), web.post("/hook", self.on_webhook)])
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.http = aiohttp.ClientSession()
        self.port = site._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self.port}/hook"

    async def stop(self):
        for call in self.calls.values():
            await call.peer.close()
        for task in self.tasks:
            task.cancel()
        await self.http.close()
        await self.runner.cleanup()

    async def on_verify(self, request):
        query = request.query
        if query.get("hub.mode") == "subscribe" and query.get("hub.verify_token") == self.verify_token:
            return web.Response(text=query["hub.challenge"])
        return web.Response(status=403)

    async def on_webhook(self, request):
        body = await request.read()
        expected = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), expected):
            return web.Response(status=401)
        change = json.loads(body)["entry"][0]["changes"][0]
        if change["field"] == "calls":
            self.webhooks.append(change)
            for call in change["value"].get("calls", []):
                self.take(change["value"]["metadata"]["phone_number_id"], call)
            for status in change["value"].get("statuses", []):
                self.calls.setdefault(status["id"], Call()).statuses.append(status["status"])
        else:
            self.others.append(change)
        async with self.arrival:
            self.arrival.notify_all()
        return web.Response()

    def take(self, number, event):
        call = self.calls.setdefault(event["id"], Call())
        if event["event"] == "connect" and event["direction"] == "BUSINESS_INITIATED":
            self.spawn(self.take_answer(event, call))
        elif event["event"] == "connect" and call.peer.signalingState == "stable" and not call.peer.remoteDescription:
            self.spawn(self.answer(number, event["id"], event["session"]["sdp"], call))
        elif event["event"] == "terminate":
            call.terminate = event
            call.ended.set()

    def spawn(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def place(self, number, to, direction="sendrecv", **more):
        """Calls a user. Returns the HTTP status with the call, or with the error; the answer comes by webhook."""
        peer = RTCPeerConnection()
        peer.addTransceiver("audio", direction=direction).sender.replaceTrack(None if self.silent else Tone(self.hz))
        await peer.setLocalDescription(await peer.createOffer())
        status, reply = await self.connect(number, to, one_fingerprint(peer.localDescription.sdp), **more)
        if status != 200:
            await peer.close()
            return status, reply["error"]
        call = self.calls.setdefault(reply["calls"][0]["id"], Call())
        call.id = reply["calls"][0]["id"]
        await call.peer.close()
        call.peer = peer
        call.placed.set()

        @peer.on("connectionstatechange")
        def on_change():
            if peer.connectionState == "connected":
                call.up.set()

        return status, call

    async def ring(self, number, to, **more):
        """Calls a user with an offer that nothing stands behind: for calls without media. Returns the call, or the error."""
        status, reply = await self.connect(number, to, await self.offer(), **more)
        if status != 200:
            return reply["error"]
        call = self.calls.setdefault(reply["calls"][0]["id"], Call())
        call.id = reply["calls"][0]["id"]
        return call

    async def connect(self, number, to, offer, **more):
        session = {"sdp_type": "offer", "sdp": offer}
        whom = {"to": to} if to else {}
        return await self.post(f"{number}/calls", messaging_product="whatsapp", action="connect", session=session, **whom, **more)

    async def offer(self):
        """An SDP offer as this stack makes it."""
        if self.offered is None:
            peer = RTCPeerConnection()
            peer.addTransceiver("audio")
            await peer.setLocalDescription(await peer.createOffer())
            self.offered = one_fingerprint(peer.localDescription.sdp)
            await peer.close()
        return self.offered

    async def take_answer(self, event, call):
        """The webhook may overtake the reply to our own request."""
        await call.placed.wait()
        if call.peer.remoteDescription:
            return

        @call.peer.on("track")
        def on_track(track):
            self.spawn(listen(track, call))

        await call.peer.setRemoteDescription(RTCSessionDescription(event["session"]["sdp"], "answer"))
        call.connected.set()

    async def hang_up(self, number, call):
        return await self.command(number, call, call_id=call.id, action="terminate")

    async def post(self, path, **body):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.post(f"{self.graph}/v25.0/{path}", headers=headers, json=body) as reply:
            return reply.status, await reply.json()

    async def get(self, path, **query):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.get(f"{self.graph}/v25.0/{path}", headers=headers, params=query) as reply:
            return reply.status, await reply.json()

    async def delete(self, path, **query):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.delete(f"{self.graph}/v25.0/{path}", headers=headers, params=query) as reply:
            return reply.status, await reply.json()

    async def send(self, number, to, **message):
        """A message. Returns its id, or the error."""
        status, reply = await self.post(f"{number}/messages", messaging_product="whatsapp", to=to, **message)
        return reply["messages"][0]["id"] if status == 200 else reply["error"]

    async def other(self, wanted):
        """The first webhook of another field than `calls` that `wanted` takes, whenever it comes."""
        async with self.arrival:
            await self.arrival.wait_for(lambda: any(wanted(change) for change in self.others))
        return next(change for change in self.others if wanted(change))

    async def permission_reply(self, seen=0):
        """The next call_permission_reply after so many."""
        await self.until(lambda: len(self.permission_replies()) > seen)
        return self.permission_replies()[seen]

    def permission_replies(self):
        messages = [message for change in self.others for message in change["value"].get("messages", [])]
        return [message for message in messages if message.get("interactive", {}).get("type") == "call_permission_reply"]

    def progress(self, message):
        """The statuses that a message of ours had so far, in the order of their arrival."""
        statuses = [status for change in self.others for status in change["value"].get("statuses", [])]
        return [status["status"] for status in statuses if status["id"] == message]

    async def until(self, condition):
        """Waits for webhooks until the condition holds."""
        async with self.arrival:
            await self.arrival.wait_for(condition)

    async def answer(self, number, call_id, offer, call):
        peer = call.peer
        up = asyncio.Event()

        @peer.on("track")
        def on_track(track):
            self.tasks.add(asyncio.create_task(listen(track, call)))

        @peer.on("connectionstatechange")
        def on_change():
            if peer.connectionState == "connected":
                up.set()

        voice = peer.addTransceiver("audio")
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        session = {"sdp_type": "answer", "sdp": one_fingerprint(peer.localDescription.sdp)}
        if await self.command(number, call, call_id=call_id, action="pre_accept", session=session) and self.accepts:
            await up.wait()
            if await self.command(number, call, call_id=call_id, action="accept", session=session):
                if not self.silent:
                    voice.sender.replaceTrack(Tone(self.hz))  # media only after the 200 of accept
                call.connected.set()

    async def command(self, number, call, **body):
        status, answer = await self.post(f"{number}/calls", messaging_product="whatsapp", **body)
        if status != 200:
            call.refusals.append(answer["error"])
        return status == 200

    async def webhook(self, wanted):
        """The first webhook that `wanted` takes, whenever it comes."""
        async with self.arrival:
            await self.arrival.wait_for(lambda: any(wanted(change) for change in self.webhooks))
        return next(change for change in self.webhooks if wanted(change))

    async def first_call(self):
        change = await self.webhook(lambda change: True)
        return self.calls[change["value"]["calls"][0]["id"]]


async def listen(track, call):
    """Keeps what comes as 48 kHz mono, until the call is closed."""
    to_mono = av.AudioResampler(format="s16", layout="mono", rate=sound.RATE)
    with contextlib.suppress(MediaStreamError):
        while len(call.heard) < LONGEST_RECORDING:
            for frame in to_mono.resample(await track.recv()):
                call.heard.extend(array("h", bytes(frame.planes[0])[: frame.samples * 2]))
