"""A page of an ISV that opens the sign-up, and what a business owner does in its window."""

import asyncio
import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request

from aiohttp import web

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>ISV</title></head>
<body>
<button id="open">Connect your business</button>
<pre id="said"></pre>
<script>
  window.heard = [];
  window.answers = [];
  addEventListener("message", (event) => {{
    if (typeof event.data === "string") heard.push({{ origin: event.origin, data: JSON.parse(event.data) }});
  }});
  window.fbAsyncInit = () => FB.init({{ appId: "{app}", version: "v25.0" }});
  document.getElementById("open").addEventListener("click", () =>
    FB.login((answer) => answers.push(answer), {{
      config_id: "77",
      response_type: "code",
      override_default_response_type: true,
      extras: {extras},
    }}));
</script>
<script src="{callport}/sign-up/sdk.js"></script>
</body>
</html>
"""


@contextlib.asynccontextmanager
async def isv(callport, app="1001", extras=None):
    """Serves the page of an ISV; its origin."""
    text = PAGE.format(callport=callport.public, app=app, extras=json.dumps(extras or {"setup": {}}))

    async def page(_):
        return web.Response(text=text, content_type="text/html")

    server = web.Application()
    server.router.add_get("/", page)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def opened(page):
    """The window that the ISV's button opens."""
    async with page.expect_popup() as popup:
        await page.click("#open")
    window = await popup.value
    await window.wait_for_load_state()
    return window


async def come_in(window, name="Mara"):
    """The owner says who they are."""
    await window.get_by_label("Your name").fill(name)
    await window.get_by_role("button", name="Continue").click()
    await window.get_by_role("heading", name="Which business is it?").wait_for()


async def to_number(window, business="Kopi Nusantara"):
    """A new portfolio and a new account."""
    await window.get_by_label("Name of the business").fill(business)
    await window.get_by_role("button", name="Next").click()
    await window.get_by_role("heading", name="Which WhatsApp Business account?").wait_for()
    await window.get_by_label("Currency").select_option("IDR")
    await window.get_by_role("button", name="Next").click()
    await window.get_by_role("heading", name="Which phone number?").wait_for()


async def until(page, expression):
    """What an expression of the page gives, once it is true."""
    return await (await page.wait_for_function(expression)).json_value()


async def graph(callport, method, path, token=None, body=None, expect=200):
    """One request to the Graph API, as the ISV's server sends it."""

    def ask():
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{callport.public}/v25.0{path}", data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    status, said = await asyncio.to_thread(ask)
    assert status == expect, f"{method} {path}: {status} {said}"
    return said


def exchange(code, secret="test_app_secret", app="1001"):
    """The path that exchanges a code."""
    return "/oauth/access_token?" + urllib.parse.urlencode({"client_id": app, "client_secret": secret, "code": code})
