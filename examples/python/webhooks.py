"""What both examples share: the app's webhook, and one POST to the Graph API."""

import hashlib
import hmac
import json
import os

from aiohttp import ClientSession, web

GRAPH = os.environ.get("GRAPH_URL", "https://graph.facebook.com") + "/v25.0"
LISTEN = ("127.0.0.1", int(os.environ.get("PORT", "9000")))
tokens = {}  # phone_number_id → its own token, where a backend serves several businesses


async def serve(take):
    """Serves /hook: answers the verification GET, checks each signature, and hands every change to `take(field, value)`."""

    async def verify(request):
        if request.query.get("hub.verify_token") != os.environ["VERIFY_TOKEN"]:
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])

    async def webhook(request):
        body = await request.read()
        expected = "sha256=" + hmac.new(os.environ["APP_SECRET"].encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), expected):
            return web.Response(status=401)
        for entry in json.loads(body)["entry"]:
            for change in entry["changes"]:
                take(change["field"], change["value"])
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/hook", verify), web.post("/hook", webhook)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, *LISTEN).start()
    print(f"listening on http://{LISTEN[0]}:{LISTEN[1]}/hook", flush=True)


async def post(path, **body):
    """Returns the HTTP status and the JSON of the reply."""
    token = tokens.get(path.split("/")[0]) or os.environ["ACCESS_TOKEN"]
    async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.post(f"{GRAPH}/{path}", json={"messaging_product": "whatsapp", **body}) as reply:
            return reply.status, await reply.json()


def one_fingerprint(sdp):
    """aiortc writes three fingerprints; the platform takes an SDP with sha-256 alone, so the other two lines go."""
    others = ("a=fingerprint:sha-384", "a=fingerprint:sha-512")
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith(others))
