"""A person with a browser and a business that wants to call: chat, permission card, incoming call, talk; call buttons; several devices."""

import asyncio

from playwright.async_api import expect

import phone_page
from phone_page import BUSINESS_HZ, USER_HZ, business_hears, hears, sign_up, until

PERSON = "+55 11 95550-7777"
DIGITS = "5511955507777"
ASK = {"type": "interactive", "interactive": {"type": "call_permission_request", "action": {"name": "call_permission_request"}, "body": {"text": "May we phone you about ticket 7?"}}}


async def signed_in(page):
    await sign_up(page, number=PERSON)
    await expect(page.get_by_role("link", name="Chats")).to_be_visible()


async def write(page, desk, text="Can you call me?"):
    """The person writes first, which opens the window in which a business may answer freely."""
    await page.get_by_role("link", name="Acme Repairs").first.click()
    await page.get_by_role("link", name="Message").click()
    await page.get_by_role("textbox", name="Write a message").fill(text)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("img", name="Sent")).to_be_visible()
    return await desk.other(lambda change: change["value"].get("messages", [{}])[0].get("text", {}).get("body") == text)


async def allow(page, desk):
    """Permission for good, in the business profile."""
    await page.get_by_role("link", name="About Acme Repairs").click()
    await page.get_by_role("button", name="Allow calls", exact=True).click()
    await expect(page.get_by_text("may always call you.")).to_be_visible()
    return await desk.permission_reply()


def test_chat_then_permission_card_then_incoming_call_then_talk(platform, business, phone, run, tmp_path):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await signed_in(page)
                said = await write(page, desk)
                assert said["value"]["contacts"][0]["wa_id"] == DIGITS

                status, refused = await desk.place("4001", DIGITS)
                assert (status, refused["code"]) == (401, 138006)
                request = await desk.send("4001", DIGITS, **ASK)
                card = page.get_by_role("group", name="Permission to call")
                await expect(page.get_by_text("May we phone you about ticket 7?")).to_be_visible()
                await page.screenshot(path=tmp_path / "card.png")
                await card.get_by_role("button", name="Temporarily allow (7 days)").click()
                reply = await desk.permission_reply()
                assert reply["context"]["id"] == request
                answer = reply["interactive"]["call_permission_reply"]
                assert (answer["response"], answer["is_permanent"], answer["response_source"]) == ("accept", False, "user_action")
                await expect(card.get_by_role("button", name="Temporarily allow (7 days)")).to_have_attribute("aria-pressed", "true")

                status, placed = await desk.place("4001", f"+{DIGITS}", biz_opaque_callback_data="case-7")
                assert status == 200, placed
                dialog = page.get_by_role("dialog", name="Incoming call from Acme Repairs")
                await expect(dialog).to_be_visible()
                await page.screenshot(path=tmp_path / "incoming.png")
                await desk.until(lambda: placed.statuses == ["RINGING"])
                await dialog.get_by_role("button", name="Accept").click()
                await until(page, "phone.state().phase === 'connected'")
                await business_hears(placed, USER_HZ, 1)
                await hears(page, BUSINESS_HZ)
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()
            assert placed.statuses == ["RINGING", "ACCEPTED"]
            terminate = placed.terminate
            assert (terminate["status"], terminate["direction"], terminate["biz_opaque_callback_data"]) == ("COMPLETED", "BUSINESS_INITIATED", "case-7")
            assert terminate["duration"] == int(terminate["end_time"]) - int(terminate["start_time"])

    run(call())


def test_a_call_is_declined_and_a_reload_while_ringing_rings_again(platform, business, phone, run):
    async def call():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await signed_in(page)
                await write(page, desk)
                await allow(page, desk)
                _, placed = await desk.place("4001", DIGITS)
                await expect(page.get_by_role("dialog", name="Incoming call from Acme Repairs")).to_be_visible()
                await page.reload()
                dialog = page.get_by_role("dialog", name="Incoming call from Acme Repairs")
                await dialog.get_by_role("button", name="Decline").click()
                await placed.ended.wait()
                await until(page, "phone.state().phase === 'idle'")
            assert placed.statuses == ["RINGING", "REJECTED"]
            assert "start_time" not in placed.terminate and placed.terminate["status"] == "COMPLETED"

    run(call())


def test_phone_and_companion_ring_and_the_first_answer_stops_the_other(platform, business, microphone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url), phone_page.chromium(microphone) as browser:
            callport = platform(url)
            desk.graph = callport.public
            address = f"{callport.public}/phone"
            async with phone_page.opened(browser, address) as primary, phone_page.opened(browser, address) as companion, phone_page.opened(browser, address) as web:
                await signed_in(primary)
                for page, device in ((companion, "companion"), (web, "web")):
                    await page.get_by_role("button", name="Sign in").click()
                    await page.get_by_role("combobox", name="This device is a").select_option(device)
                    await page.get_by_label("Phone number").fill(PERSON)
                    await page.get_by_role("button", name="Sign in", exact=True).click()
                    await expect(page.get_by_role("link", name="Chats")).to_be_visible()
                await expect(web.get_by_text("Calls work only on phones. You can chat from here.")).to_be_visible()
                await write(primary, desk)
                await allow(primary, desk)
                _, placed = await desk.place("4001", DIGITS)
                for page in (primary, companion):
                    await expect(page.get_by_role("dialog", name="Incoming call from Acme Repairs")).to_be_visible()
                await companion.get_by_role("button", name="Accept").click()
                await until(companion, "phone.state().phase === 'connected'")
                await expect(primary.get_by_role("paragraph").filter(has_text="Answered on another device.")).to_be_visible()
                await expect(web.get_by_role("dialog")).to_have_count(0)
                await business_hears(placed, USER_HZ, 0.5)
                await hears(companion, BUSINESS_HZ)
                assert await desk.hang_up("4001", placed), placed.refusals
                await placed.ended.wait()
            assert placed.statuses == ["RINGING", "ACCEPTED"]

    run(call())


def test_a_call_button_calls_with_its_payload_and_stops_when_its_time_is_over(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            button = {"name": "voice_call", "parameters": {"display_text": "Talk to us", "ttl_minutes": 60, "payload": "src=chat;ticket=7781"}}
            message = {"type": "interactive", "interactive": {"type": "voice_call", "body": {"text": "Prefer to talk?"}, "action": button}}
            async with phone(callport.public) as page:
                await signed_in(page)
                await write(page, desk)
                await desk.send("4001", DIGITS, **message)
                await page.get_by_role("button", name="Talk to us", exact=True).click()
                await until(page, "phone.state().phase === 'connected'")
                placed = await desk.first_call()
                connect = await desk.webhook(lambda change: change["value"].get("calls", [{}])[0].get("event") == "connect")
                assert connect["value"]["calls"][0]["cta_payload"] == "src=chat;ticket=7781"
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()
                assert placed.terminate["cta_payload"] == "src=chat;ticket=7781"
                await page.get_by_role("button", name="Done").click()

                await asyncio.to_thread(callport.admin, "POST", "/clock/advance", {"by_ms": 3_600_000})
                await page.goto(f"{callport.public}/phone#/chat/6281255509999")
                await page.reload()
                await expect(page.get_by_role("button", name="Talk to us expired")).to_be_disabled()

    run(call())


def test_the_person_takes_permission_back_in_the_profile(platform, business, phone, run):
    async def call():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await signed_in(page)
                await write(page, desk)
                granted = await allow(page, desk)
                assert granted["interactive"]["call_permission_reply"]["is_permanent"] is True and "context" not in granted
                await page.get_by_role("button", name="Don't allow").click()
                await expect(page.get_by_text("may not call you.")).to_be_visible()
                revoked = await desk.permission_reply(seen=1)
                assert revoked["interactive"]["call_permission_reply"] == {"response": "reject", "response_source": "user_action"}
                status, refused = await desk.place("4001", DIGITS)
                assert (status, refused["code"]) == (401, 138006)

    run(call())
