"""A vendor of calls alone: businesses sign up on its page, with a number of their own, and its backend answers their calls from then on.

Each customer has a token of its own, which reaches that customer and nobody else.
"""

import asyncio
import json
import os
import pathlib
import secrets
import sys
from urllib.parse import urlencode

from aiohttp import ClientSession, web

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

import answer  # noqa: E402  the answering backend of ../python
import webhooks  # noqa: E402

APP, SECRET = os.environ["APP_ID"], os.environ["APP_SECRET"]
PLATFORM = os.environ.get("GRAPH_URL", "https://graph.facebook.com")
PAGE_PORT = int(os.environ.get("PAGE_PORT", "9100"))
HERE = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PAGE_PORT}")
CREDIT_LINE = os.environ.get("CREDIT_LINE")  # where the vendor pays for its customers
PIN = "482913"  # two-step verification; keep one for each number

setup = {}  # what is filled in for the owner: `extras.setup`
begun = set()  # sign-ups that our page began: whoever comes back with another state was sent by somebody else


async def page(_):
    state = secrets.token_urlsafe()
    begun.add(state)
    query = {"client_id": APP, "redirect_uri": f"{HERE}/back", "state": state, "response_type": "code"}
    query = urlencode(query | {"extras": json.dumps({"setup": setup})})
    link = f'<a href="{PLATFORM}/dialog/oauth?{query}">Connect your business</a>'
    return web.Response(text=f"<!doctype html><title>Ring</title><h1>Ring</h1>{link}", content_type="text/html")


async def back(request):
    """The owner comes back from the sign-up, with a code that lives 30 seconds."""
    if request.query.get("state") not in begun:
        return web.Response(status=403, text="This sign-up did not begin here.")
    begun.discard(request.query["state"])
    if "code" not in request.query:
        return web.Response(text="Nothing was connected.")
    async with ClientSession() as http:
        customer = Customer(http, await exchanged(http, request.query["code"]))
        told = await customer.taken_on()
    return web.Response(text=told)


async def exchanged(http, code):
    query = {"client_id": APP, "client_secret": SECRET, "code": code, "redirect_uri": f"{HERE}/back"}
    async with http.get(f"{webhooks.GRAPH}/oauth/access_token", params=query) as reply:
        return (await reply.json())["access_token"]


class Customer:
    """A business that signed up, and the token that reaches it."""

    def __init__(self, http, token):
        self.http, self.token = http, token

    async def ask(self, method, path, token=None, **body):
        headers = {"Authorization": f"Bearer {token or self.token}"}
        sent = {"messaging_product": "whatsapp", **body} if method == "POST" else None
        async with self.http.request(method, f"{webhooks.GRAPH}/{path}", json=sent, headers=headers) as reply:
            answered = await reply.json()
            if reply.status != 200:
                raise web.HTTPBadGateway(text=f"{path}: {answered['error']['message']} {answered['error'].get('error_data', '')}")
            return answered

    async def taken_on(self):
        granted = (await self.ask("GET", f"debug_token?input_token={self.token}"))["data"]["granular_scopes"]
        [waba] = {target for scope in granted for target in scope["target_ids"]}
        await self.ask("POST", f"{waba}/subscribed_apps")
        if CREDIT_LINE:
            await self.ask("POST", f"{CREDIT_LINE}/whatsapp_credit_sharing_and_attach", waba_id=waba, waba_currency="IDR", token=f"{APP}|{SECRET}")
            print(f"{waba}: we pay", flush=True)
        for number in (await self.ask("GET", f"{waba}/phone_numbers?fields=id,display_phone_number"))["data"]:
            await self.ask("POST", f"{number['id']}/register", pin=PIN)
            await self.ask("POST", f"{number['id']}/settings", calling={"status": "ENABLED"})
            webhooks.tokens[number["id"]] = self.token
            print(f"{waba}: {number['display_phone_number']} takes calls", flush=True)
        return "Connected. Your number takes calls now."


async def main():
    await webhooks.serve(answer.take)
    own = {"object": "whatsapp_business_account", "fields": "calls", "verify_token": os.environ["VERIFY_TOKEN"]}
    own |= {"callback_url": "http://{}:{}/hook".format(*webhooks.LISTEN), "access_token": f"{APP}|{SECRET}"}
    async with ClientSession() as http, http.post(f"{webhooks.GRAPH}/{APP}/subscriptions", data=own) as reply:
        print(f"subscribed to calls: {reply.status}", flush=True)
    pages = web.Application()
    pages.add_routes([web.get("/", page), web.get("/back", back)])
    runner = web.AppRunner(pages)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PAGE_PORT).start()
    print(f"sign up at {HERE}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
