"""A person with a browser: the phone page in Chromium calls a business on a foreign stack, and both hear each other."""

import asyncio
import contextlib
import shutil
import urllib.parse
from array import array

import pytest
from playwright.async_api import async_playwright, expect

import sound

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


@pytest.fixture
def phone(tmp_path):
    """Opens the phone page at a phone's size, with a microphone that plays a known tone, or with none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        raise RuntimeError("Chromium is missing: run `scripts/setup test` (`make test` does)")
    microphone = tmp_path / "microphone.wav"
    sound.write_wav(str(microphone), sound.tone(USER_HZ, 5))

    @contextlib.asynccontextmanager
    async def open_page(url, with_microphone=True, path="/phone", **context_options):
        fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET + (fake if with_microphone else []))
            context = await browser.new_context(**{"viewport": PHONE_SIZE, **context_options})
            page = await context.new_page()
            page.set_default_timeout(30_000)
            trouble = []
            page.on("pageerror", lambda error: trouble.append(str(error)))
            await page.goto(f"{url}{path}")
            yield page
            assert trouble == [], "the page must run without errors"
            await browser.close()

    return open_page


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


def test_a_person_calls_talks_presses_keys_and_hangs_up(platform, business, phone, run, tmp_path):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                placed = await talking(page, desk)
                await business_hears(placed, USER_HZ, 1)
                await hears(page, BUSINESS_HZ)
                await page.screenshot(path=tmp_path / "talking.png")

                await page.get_by_role("button", name="Keypad").click()
                await page.keyboard.press("5")
                await expect(page.get_by_label("Digits sent")).to_have_text("5")
                await page.get_by_role("button", name="Hide").click()
                await page.get_by_role("button", name="Mute", exact=True).click()
                await expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
                await page.get_by_role("button", name="Unmute").click()

                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()
                await expect(page.get_by_role("button", name="Done")).to_be_focused()
                call_id = (await page.evaluate("() => callport.state()"))["call"]
            assert (placed.terminate["status"], placed.refusals) == ("COMPLETED", [])
            story = await asyncio.to_thread(callport.story, call_id)
            assert story["verdict"]["outcome"] == "answered"
            assert story["media"]["business"]["figures"]["digits"] == 1

    run(call())


def test_a_reloaded_page_comes_back_into_its_call(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                placed = await talking(page, desk)
                await business_hears(placed, USER_HZ, 0.5)
                await page.reload()
                await until(page, "phone.state().phase === 'connected'")
                await hears(page, BUSINESS_HZ)
                await business_hears(placed, USER_HZ, 0.5)
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()
            assert placed.terminate["status"] == "COMPLETED"

    run(call())


def test_a_phone_without_a_microphone_says_what_to_do(platform, phone, run):
    async def call():
        callport = platform("http://127.0.0.1:1/nobody")
        async with phone(callport.public, with_microphone=False) as page:
            await sign_up(page)
            await page.get_by_role("button", name="Call Acme Repairs").click()
            await until(page, "phone.state().phase === 'ended'")
            await expect(page.get_by_role("button", name="Try again")).to_be_visible()
            assert "microphone" in (await page.inner_text(".call")).lower()

    run(call())


def test_a_business_that_takes_no_calls_shows_why_and_changes_while_one_looks(platform, phone, run):
    async def call():
        callport = platform("http://127.0.0.1:1/nobody")
        async with phone(callport.public) as page:
            await sign_up(page)
            await expect(page.get_by_role("button", name="Call Acme Repairs")).to_be_visible()
            await asyncio.to_thread(callport.settings, {"status": "DISABLED"})
            await expect(page.get_by_role("button", name="Call Acme Repairs")).to_have_count(0)
            await expect(page.get_by_text("Acme Repairs")).to_be_visible()

    run(call())


def test_an_unanswered_call_ends_in_plain_words(platform, business, phone, run):
    async def call():
        async with business(accepts=False) as (desk, url):
            callport = platform(url, more='[calls]\naccept_window = "2s"')
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await sign_up(page)
                await page.get_by_role("button", name="Call Acme Repairs").click()
                await until(page, "phone.state().phase === 'ringing'")
                await until(page, "phone.state().phase === 'ended'")
                assert (await page.evaluate("() => callport.state().ending.reason")) == "not_answered"
                assert "start_time" not in (await desk.first_call()).terminate

    run(call())


def deep_link(payload):
    return "/call/6281255509999?" + urllib.parse.urlencode({"biz_payload": payload})


async def payloads_of(desk, page):
    """What connect and terminate of the call that this page had said of a deep link."""
    call_id = (await page.evaluate("() => callport.state()"))["call"]
    calls = [call for change in desk.webhooks for call in change["value"]["calls"] if call["id"] == call_id]
    return {call["event"]: call.get("deeplink_payload") for call in calls}


def test_a_deep_link_on_a_phone_signs_up_then_calls_with_its_payload(platform, business, phone, run, tmp_path):
    payload = "campaign=spring&v=2 + Grüße/日本"

    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public, path=deep_link(payload), **ON_A_PHONE) as page:
                await expect(page.get_by_text("Then you can call Acme Repairs")).to_be_visible()
                await page.screenshot(path=tmp_path / "link-sign-up.png")
                await sign_up(page)
                call_button = page.get_by_role("button", name="Call", exact=True)
                await expect(call_button).to_be_visible()
                await expect(page.get_by_role("heading", name="Acme Repairs")).to_be_visible()
                await page.screenshot(path=tmp_path / "link.png")
                # A reload keeps the person where they are; neither it nor the link dials.
                await page.reload()
                await expect(call_button).to_be_visible()
                assert (await page.evaluate("() => callport.state().phase"), desk.webhooks) == ("idle", [])

                await call_button.tap()
                await until(page, "phone.state().phase === 'connected'")
                placed = await desk.first_call()
                await business_hears(placed, USER_HZ, 0.5)
                await page.get_by_role("button", name="Hang up").tap()
                await placed.ended.wait()
                assert await payloads_of(desk, page) == {"connect": payload, "terminate": payload}
        assert "spring" not in callport.log_text(), "payloads are the business's own"

    run(call())


def test_a_deep_link_on_a_desk_shows_its_code_and_in_test_mode_calls(platform, business, phone, run, tmp_path):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public, path=deep_link("src=poster"), viewport=DESK_SIZE) as page:
                code = page.get_by_role("img", name="QR code of this call link")
                await expect(code).to_be_visible()
                await page.wait_for_function("() => document.querySelector('img').naturalWidth > 0")
                await page.screenshot(path=tmp_path / "desk.png")
                await page.get_by_role("link", name="Call from this browser").click()
                await sign_up(page)
                await page.screenshot(path=tmp_path / "desk-link.png")
                await page.get_by_role("button", name="Call", exact=True).click()
                await until(page, "phone.state().phase === 'connected'")
                placed = await desk.first_call()
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()
                assert await payloads_of(desk, page) == {"connect": "src=poster", "terminate": "src=poster"}

    run(call())


def test_a_deep_link_to_a_business_that_takes_no_calls_says_so(platform, phone, run, tmp_path):
    async def call():
        callport = platform("http://127.0.0.1:1/nobody")
        async with phone(callport.public, path=deep_link("src=poster"), **ON_A_PHONE) as page:
            await sign_up(page)
            await expect(page.get_by_role("button", name="Call", exact=True)).to_be_visible()
            # While one looks, for everybody, then for this person's country.
            await asyncio.to_thread(callport.settings, {"status": "DISABLED"})
            await expect(page.get_by_text("does not take calls.")).to_be_visible()
            await expect(page.get_by_role("button", name="Call", exact=True)).to_have_count(0)
            await page.goto(f"{callport.public}{deep_link('src=poster')}")
            await expect(page.get_by_role("heading", name="Acme Repairs")).to_be_visible()
            await expect(page.get_by_text("does not take calls.")).to_be_visible()
            await page.screenshot(path=tmp_path / "off.png")
            await asyncio.to_thread(callport.settings, {"status": "ENABLED", "call_icons": {"restrict_to_user_countries": ["ID"]}})
            await page.goto(f"{callport.public}{deep_link('src=poster')}")
            await expect(page.get_by_text("does not take calls from your country.")).to_be_visible()
            await page.screenshot(path=tmp_path / "country.png")
            await page.goto(f"{callport.public}/call/15550000000")
            await expect(page.get_by_role("heading", name="No such business")).to_be_visible()
            await page.screenshot(path=tmp_path / "unknown.png")

    run(call())
