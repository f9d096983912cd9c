"""The phone among the programs of a device: manifest, worker, notifications, the page without a server, and the front door."""

import asyncio
import gzip
import json
import urllib.error
import urllib.request

from playwright.async_api import expect

from phone_page import sign_up, until
from screens import DIGITS, NUMBER, PERSON

# A window of its own cookies counts as private, where nothing is installed.
PRIVATE = "in-incognito"


async def works(page):
    """Returns once the page's worker answers for it."""
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")


# What the worker was asked to show, once it is shown. Chromium forgets a notification whose list is asked for while it is being shown.
NOTE_NOTICES = """() => {
    window.noticed = [];
    const show = ServiceWorkerRegistration.prototype.showNotification;
    ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
        await show.call(this, title, options);
        window.noticed.push([options.tag, title, options.body]);
    };
}"""


def test_a_browser_would_install_the_phone(platform, phone, run):
    async def call():
        callport = platform("http://127.0.0.1:1/nobody")
        async with phone(callport.public) as page:
            await works(page)
            browser = await page.context.new_cdp_session(page)
            manifest = await browser.send("Page.getAppManifest")
            assert (manifest["url"], manifest["errors"]) == (f"{callport.public}/phone/manifest.webmanifest", [])
            errors = (await browser.send("Page.getInstallabilityErrors"))["installabilityErrors"]
            assert {error["errorId"] for error in errors} <= {PRIVATE}, errors
            for icon in json.loads(manifest["data"])["icons"]:
                width = await page.evaluate("src => new Promise((done) => { const it = new Image(); it.onload = () => done(it.naturalWidth); it.src = src; })", icon["src"])
                assert icon["sizes"] == f"{width}x{width}", icon

    run(call())


def test_the_worker_keeps_nothing_of_the_phone_and_is_honest_without_its_server(platform, phone, run):
    async def call():
        callport = platform("http://127.0.0.1:1/nobody")
        async with phone(callport.public, path="/phone#/recents") as page:
            await works(page)
            await page.reload()
            kept = "async () => (await (await caches.open('callport-offline')).keys()).map((it) => new URL(it.url).pathname).sort()"
            assert await page.evaluate(kept) == ["/phone/link.css", "/phone/offline", "/phone/offline.js"]
            port = callport.public.rsplit(":", 1)[1]
            await asyncio.to_thread(callport.kill)
            await page.reload()
            await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
            # The same server again, as after an upgrade: the page comes back where it was, from the server.
            settings = callport.folder / "callport.toml"
            settings.write_text(settings.read_text().replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{port}"', 1))
            await asyncio.to_thread(callport.start)
            await page.get_by_role("link", name="Try again").click()
            await expect(page.get_by_role("heading", name="Get your phone")).to_be_visible()
            assert page.url.endswith("#/recents")

    run(call())


def test_a_call_in_the_background_is_told_by_the_worker_and_a_missed_one_replaces_it(platform, business, phone, run):
    async def call():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public, permissions=["notifications", "microphone"]) as page:
                await works(page)
                await sign_up(page, number=PERSON)
                await page.evaluate("() => { location.hash = '#/business/6281255509999'; }")
                await page.get_by_role("button", name="Allow calls", exact=True).click()
                await expect(page.get_by_text("may always call you.")).to_be_visible()
                # What a page in the background is told; a driven browser thinks that every page is in front.
                await page.evaluate("() => { document.hasFocus = () => false; }")
                await page.evaluate(NOTE_NOTICES)
                status, placed = await desk.place(NUMBER, DIGITS)
                assert status == 200, placed
                await until(page, "phone.state().phase === 'incoming'")
                await page.wait_for_function("() => window.noticed.length === 1")
                assert await desk.hang_up(NUMBER, placed), placed.refusals
                await placed.ended.wait()
                await page.wait_for_function("() => window.noticed.length === 2")
                told = [["callport-call", title, "+62 812-5550-9999"] for title in ("Acme Repairs is calling", "Missed call from Acme Repairs")]
                assert await page.evaluate("() => window.noticed") == told, "under one tag, so that the second takes the first one's place"

    run(call())


def fetch(url, method="GET", **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers), timeout=30) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_the_bare_address_is_a_page_for_people_and_the_api_for_programs(platform):
    callport = platform("http://127.0.0.1:1/nobody")
    status, headers, body = fetch(callport.public, Accept="text/html,*/*;q=0.8")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8") and b'href="/phone"' in body
    for method, more in (("GET", {}), ("GET", {"Accept": "application/json"}), ("GET", {"Accept": "text/html", "Authorization": "Bearer EAAtest"}), ("POST", {"Accept": "text/html"})):
        status, headers, body = fetch(callport.public, method, **more)
        assert status in (400, 401) and "error" in json.loads(body), (method, more)  # 401: the API asks for its token first
    assert fetch(f"{callport.public}/favicon.ico")[0] == 200


def test_assets_are_packed_and_kept_for_ever_and_documents_are_asked_for(platform):
    callport = platform("http://127.0.0.1:1/nobody")
    _, headers, document = fetch(f"{callport.public}/phone")
    assert headers["cache-control"] == "no-cache"
    assert fetch(f"{callport.public}/phone", **{"If-None-Match": headers["etag"]})[::2] == (304, b"")
    script = next(part for part in document.decode().split('"') if part.endswith(".js"))
    _, plain, content = fetch(f"{callport.public}{script}")
    _, packed, small = fetch(f"{callport.public}{script}", **{"Accept-Encoding": "gzip"})
    assert "immutable" in plain["cache-control"] and packed["content-encoding"] == "gzip"
    assert gzip.decompress(small) == content and len(small) < len(content) / 2
