"""What both apps share: webhooks at three addresses, so that it shows which level of override brought them, and requests to the Graph API."""

import hashlib
import hmac
import json
import os

from aiohttp import ClientSession, web

GRAPH = os.environ.get("GRAPH_URL", "https://graph.facebook.com") + "/v25.0"
PORT = int(os.environ.get("PORT", "9000"))
HERE = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
APP_ID, APP_SECRET = os.environ["APP_ID"], os.environ["APP_SECRET"]
ACCESS_TOKEN, VERIFY_TOKEN = os.environ["ACCESS_TOKEN"], os.environ["VERIFY_TOKEN"]
WABA, NUMBER = os.environ["WABA_ID"], os.environ["PHONE_NUMBER_ID"]


async def serve(take):
    """Serves /app, /account and /number, and hands every change to `take(level, field, value)`."""

    async def verify(request):
        if request.query.get("hub.verify_token") != VERIFY_TOKEN:
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])

    async def webhook(request):
        body = await request.read()
        # Each app's webhooks are signed with its own secret, at an overriding address as well.
        expected = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), expected):
            return web.Response(status=401)
        for entry in json.loads(body)["entry"]:
            for change in entry["changes"]:
                take(request.match_info["level"], change["field"], change["value"])
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/{level:app|account|number}", verify), web.post("/{level:app|account|number}", webhook)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    print(f"listening on {HERE}", flush=True)


async def post(path, token=ACCESS_TOKEN, **body):
    """The JSON of the reply; an error ends the program, as nothing here is expected to fail."""
    async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.post(f"{GRAPH}/{path}", json=body) as reply:
            answer = await reply.json()
            if reply.status != 200:
                raise SystemExit(f"{path}: {answer['error']['message']} {answer['error'].get('error_data', '')}")
            return answer


async def subscribe(fields, override):
    """Three steps: the app's fields and its own callback, the account, and an override of one level, `account` or `number`."""
    own = {"object": "whatsapp_business_account", "callback_url": f"{HERE}/app", "verify_token": VERIFY_TOKEN, "fields": fields}
    await post(f"{APP_ID}/subscriptions", token=f"{APP_ID}|{APP_SECRET}", **own)
    await post(f"{WABA}/subscribed_apps")
    there = {"override_callback_uri": f"{HERE}/{override}", "verify_token": VERIFY_TOKEN}
    if override == "account":
        await post(f"{WABA}/subscribed_apps", **there)
    else:
        await post(NUMBER, webhook_configuration=there)
    print(f"subscribed to {fields}, override of the {override}", flush=True)
