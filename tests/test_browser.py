"""A person with a browser: the phone page in Chromium calls a business on a foreign stack, and both hear each other."""

import asyncio
import urllib.parse

from playwright.async_api import expect

import screens
from phone_page import BUSINESS_HZ, DESK_SIZE, ON_A_PHONE, USER_HZ, business_hears, hears, sign_up, talking, until


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
                await page.get_by_role("button", name="Keypad").click()
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


def test_outside_its_hours_a_business_says_when_it_opens_and_can_be_asked_to_call_back(platform, phone, run, tmp_path):
    async def closed():
        callport = platform("http://127.0.0.1:1/nobody")

        async def look(name, page):
            await page.screenshot(path=tmp_path / f"{name}.png")

        async with phone(callport.public, timezone_id="America/Sao_Paulo") as page:
            await sign_up(page)
            await screens.business_that_is_closed(page, callport, look, may_call="may call you until")

    run(closed())


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
