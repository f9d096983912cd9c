"""The phone page in Chromium: opens it with a microphone that plays a known tone, and waits for what it shows and plays."""

import asyncio
import contextlib
import shutil
from array import array

from playwright.async_api import async_playwright, expect

import sound

# Until it counts as never coming: a machine that does other work beside is slow, and that is nothing that these tests ask about.
expect.set_options(timeout=30_000)

USER_HZ, BUSINESS_HZ = 440, 800
# No background traffic, no sandbox for root, and loopback candidates, which Chromium leaves out by default.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]
PHONE_SIZE = {"width": 390, "height": 844}
DESK_SIZE = {"width": 1280, "height": 800}
# What a browser on a phone says of itself: its client hint follows from these.
ON_A_PHONE = {
    "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "is_mobile": True,
    "has_touch": True,
}


@contextlib.asynccontextmanager
async def chromium(microphone=None):
    """A browser with a WAV file as its microphone, or with none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        raise RuntimeError("Chromium is missing: run `scripts/setup test` (`make test` does)")
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=QUIET + (fake if microphone else []))
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def opened(browser, address, **context_options):
    """One window with its own cookies, which must run without errors."""
    context = await browser.new_context(**{"viewport": PHONE_SIZE, **context_options})
    page = await context.new_page()
    page.set_default_timeout(30_000)
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    await page.goto(address)
    yield page
    assert trouble == [], "the page must run without errors"
    await context.close()


async def sign_up(page, number="+55 11 95550-7777", name="Rui"):
    await page.get_by_label("Phone number").fill(number)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Sign up").click()


async def talking(page, desk):
    """A new person calls the business and is picked up. Returns the business's side of the call."""
    await sign_up(page)
    await page.get_by_role("button", name="Call Acme Repairs").click()
    await until(page, "phone.state().phase === 'connected'")
    return await desk.first_call()


async def until(page, condition):
    """Waits for a condition on `window.callport`."""
    await page.wait_for_function(f"() => {{ const phone = window.callport; return phone && ({condition}); }}")


async def hears(page, hz):
    """Waits until the page's loudspeaker carries mostly that tone."""
    while True:
        heard = await page.evaluate("() => { const s = callport.samples(); return s && { rate: s.sampleRate, samples: Array.from(s.samples) }; }")
        if heard and max(heard["samples"]) > 0.02:
            samples = array("h", (int(max(-1.0, min(1.0, value)) * 32767) for value in heard["samples"]))
            if sound.share(samples, hz, int(heard["rate"])) > 0.8:
                return
        await asyncio.sleep(0.1)  # between two looks


async def business_hears(call, hz, seconds):
    """Waits until the newest recording of the business holds so much of a tone."""
    start = len(call.heard)
    while sound.seconds_of(call.heard[start:], hz) < seconds:
        await asyncio.sleep(0.2)  # between two looks
