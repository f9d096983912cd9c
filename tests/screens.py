"""A walk through every screen of the phone and every page of the public listener, with a look at each."""

import asyncio
import datetime

from playwright.async_api import expect

from phone_page import sign_up, until

NUMBER, PERSON, DIGITS = "4001", "+55 11 95550-7777", "5511955507777"
BUSINESS_DIGITS = "6281255509999"
ASK = {
    "type": "interactive",
    "interactive": {"type": "call_permission_request", "action": {"name": "call_permission_request"}, "body": {"text": "May we phone you about ticket 7?"}},
}
CALL_BUTTON = {
    "type": "interactive",
    "interactive": {
        "type": "voice_call",
        "body": {"text": "Prefer to talk? Our people are there until 18:00."},
        "action": {"name": "voice_call", "parameters": {"display_text": "Talk to us", "ttl_minutes": 60}},
    },
}


async def pages_without_a_phone(page, public, look):
    """What is there before anybody signs in: the front door, the pages of call links, signing in."""
    await page.goto(public)
    await expect(page.get_by_role("link", name="Open the phone")).to_be_visible()
    await look("door", page)
    for document in ("Start here", "What is the same as published", "Testing your backend"):
        await page.get_by_role("link", name=document).click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await look(f"document-{document.split()[0].lower()}", page)
        await page.get_by_role("link", name="Callport", exact=True).first.click()
    await page.goto(f"{public}/phone/offline")
    await look("offline", page)
    await page.goto(f"{public}/call/{BUSINESS_DIGITS}")
    await expect(page.get_by_role("img", name="QR code of this call link")).to_be_visible()
    await look("link-code", page)
    await page.goto(f"{public}/call/15550000000")
    await look("link-unknown", page)
    await page.goto(f"{public}/phone")
    await expect(page.get_by_role("heading", name="Get your phone")).to_be_visible()
    await look("sign-up", page)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Phone number").fill("+55 11 95550-0000")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("number")
    await look("sign-in-refused", page)


async def empty_phone(page, look, name="Acme Repairs"):
    """A phone that nobody used yet. It is signed up here."""
    await sign_up(page, number=PERSON)
    await expect(page.get_by_role("button", name=f"Call {name}")).to_be_visible()
    await look("businesses", page)
    for tab in ("Chats", "Recents", "Keypad"):
        await page.get_by_role("link", name=tab).click()
        await expect(page.get_by_role("heading", name=tab)).to_be_focused()
        await look(f"{tab.lower()}-empty", page)
    await page.get_by_label("Number to call").fill(f"+{BUSINESS_DIGITS}")
    await expect(page.get_by_role("button", name=f"Call {name}")).to_be_enabled()
    await look("keypad", page)
    for at, heading in (("you", "You"), (f"business/{BUSINESS_DIGITS}", name), (f"call/{BUSINESS_DIGITS}", "Call link"), ("business/15550000000", "Business"), (f"chat/{BUSINESS_DIGITS}", name)):
        await page.evaluate("at => { location.hash = `#/${at}`; }", at)
        await expect(page.get_by_role("heading", name=heading, level=1)).to_be_focused()
        await look(at.replace("/", "-"), page)


async def a_call(page, desk, look, name="Acme Repairs"):
    """From the tap on a call button until its end."""
    await page.evaluate("() => { location.hash = '#/'; }")
    desk.accepts = False
    await page.get_by_role("button", name=f"Call {name}").click()
    await until(page, "phone.state().phase === 'ringing'")
    await look("ringing", page)
    await page.get_by_role("button", name="Hang up").click()
    await page.get_by_role("button", name="Done").click()
    desk.accepts = True
    await page.get_by_role("button", name=f"Call {name}").click()
    await until(page, "phone.state().sound === 'both_ways'")
    await look("talking", page)
    await page.get_by_role("button", name="Keypad").click()
    await page.keyboard.press("5")
    await look("talking-keypad", page)
    await page.get_by_role("button", name="Audio").click()
    await expect(page.get_by_role("group", name="Microphone")).to_be_visible()
    await look("talking-audio", page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Mute", exact=True).click()
    await look("talking-muted", page)
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.get_by_role("button", name="Copy call ID")).to_be_visible()
    await look("ended", page)
    await page.get_by_role("button", name="Report", exact=True).click()
    await expect(page.get_by_role("group", name="Report this call?")).to_be_focused()
    await look("ended-report", page)
    await page.get_by_role("group", name="Report this call?").get_by_role("button", name="Report").click()
    await expect(page.get_by_role("dialog").get_by_text("Reported", exact=True)).to_be_visible()
    await look("ended-reported", page)
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("link", name="Recents").click()
    await expect(page.get_by_text("Call cancelled")).to_be_visible()
    await look("recents", page)


async def a_chat_and_a_call_that_comes(page, desk, look, name="Acme Repairs"):
    """A chat with a card and a button, then a call of the business."""
    await page.evaluate(f"() => {{ location.hash = '#/chat/{BUSINESS_DIGITS}'; }}")
    await page.get_by_role("textbox", name="Write a message").fill("Can you call me?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("img", name="Sent")).to_be_visible()
    await desk.send(NUMBER, DIGITS, **CALL_BUTTON)
    await desk.send(NUMBER, DIGITS, **ASK)
    card = page.get_by_role("group", name="Permission to call")
    await expect(card).to_be_visible()
    await look("chat-card", page)
    await card.get_by_role("button", name="Allow calls").click()
    await expect(card.get_by_role("button", name="Allow calls")).to_have_attribute("aria-pressed", "true")
    await look("chat", page)
    await page.get_by_role("link", name="Back").click()
    await expect(page.get_by_role("heading", name="Chats")).to_be_focused()
    await look("chats", page)
    await page.get_by_role("link", name="Businesses").click()
    await expect(page.get_by_text("Notify you of calls?")).to_be_visible()
    await look("banner-notify", page)
    status, placed = await desk.place(NUMBER, DIGITS)
    assert status == 200, placed
    await expect(page.get_by_role("dialog", name=f"Incoming call from {name}")).to_be_visible()
    await look("incoming", page)
    await page.get_by_role("button", name="Decline").click()
    await placed.ended.wait()


async def a_business_that_is_blocked(page, look, name="Acme Repairs"):
    """From its page, and how its chat and the lists look from then on. It is unblocked in the end."""
    await page.evaluate(f"() => {{ location.hash = '#/business/{BUSINESS_DIGITS}'; }}")
    await page.get_by_role("button", name="Report the call").first.click()
    await expect(page.get_by_role("group", name="Report this call?")).to_be_focused()
    await look("business-report", page)
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("button", name="Report the call").first).to_be_focused()
    await page.get_by_role("button", name=f"Block {name}").click()
    await look("business-block", page)
    await page.get_by_role("button", name="Block", exact=True).click()
    await expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    await look("business-blocked", page)
    for at in ("chat", "call"):
        await page.evaluate("at => { location.hash = at; }", f"#/{at}/{BUSINESS_DIGITS}")
        await expect(page.get_by_role("button", name="Unblock")).to_be_visible()
        await look(f"{at}-blocked", page)
    await page.evaluate("() => { location.hash = '#/keypad'; }")
    await page.get_by_label("Number to call").fill(f"+{BUSINESS_DIGITS}")
    await page.get_by_role("button", name=f"Call {name}").click()
    await expect(page.get_by_role("dialog").get_by_text("You blocked this business. Unblock it first.")).to_be_visible()
    await look("call-refused-blocked", page)
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("link", name="Businesses").click()
    await expect(page.get_by_text("Blocked", exact=True)).to_be_visible()
    await look("businesses-blocked", page)
    await page.get_by_role("link", name=name).first.click()
    await page.get_by_role("button", name="Unblock").click()
    await expect(page.get_by_role("button", name=f"Block {name}")).to_be_visible()


async def a_call_without_a_microphone(page, public, look, name="Acme Repairs"):
    await page.goto(f"{public}/phone")
    await sign_up(page, number="+55 11 95550-8888", name="Ana")
    await page.get_by_role("button", name=f"Call {name}").click()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await look("no-microphone", page)


async def business_that_takes_no_calls(page, callport, look):
    await asyncio.to_thread(callport.settings, {"status": "DISABLED"})
    await page.goto(f"{callport.public}/phone#/business/{BUSINESS_DIGITS}")
    await expect(page.get_by_text("does not take calls.")).to_be_visible()
    await look("business-off", page)
    await page.goto(f"{callport.public}/call/{BUSINESS_DIGITS}")
    await look("link-off", page)


async def business_that_is_closed(page, callport, look, may_call, name="Acme Repairs"):
    """Outside its hours: when it opens, and what can be done until then. `may_call` is what the user reads of the permission once a callback is requested: a request never shortens one given for good."""
    opens = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)
    window = {"day_of_week": opens.strftime("%A").upper(), "open_time": "0930", "close_time": "1700"}
    hours = {"status": "ENABLED", "timezone_id": "UTC", "weekly_operating_hours": [window]}
    await asyncio.to_thread(callport.settings, {"status": "ENABLED", "callback_permission_status": "ENABLED", "call_hours": hours})
    await page.goto(f"{callport.public}/phone#/")
    await page.get_by_role("button", name=f"Call {name}").click()
    await expect(page.get_by_role("heading", name="Closed now")).to_be_visible()
    here = await page.evaluate("at => new Date(at).toLocaleString([], { weekday: 'long' })", opens.replace(hour=9, minute=30).timestamp() * 1000)
    await expect(page.get_by_role("dialog").get_by_text(f"It opens on {here} at ")).to_be_visible()
    await look("closed", page)
    await page.get_by_role("button", name="Request a callback").click()
    await expect(page.get_by_role("button", name="Callback requested")).to_be_disabled()
    await expect(page.get_by_role("dialog").get_by_text(may_call)).to_be_visible()
    await look("closed-callback", page)
    await page.get_by_role("button", name="Message", exact=True).click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await asyncio.to_thread(callport.settings, {"callback_permission_status": "DISABLED", "call_hours": {"status": "DISABLED"}})


async def server_gone(page, callport, look, name="Acme Repairs"):
    """In the middle of a call. Last, for there is no platform after it."""
    await asyncio.to_thread(callport.settings, {"status": "ENABLED"})
    await page.goto(f"{callport.public}/phone#/")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    await page.get_by_role("button", name=f"Call {name}").click()
    await until(page, "phone.state().sound === 'both_ways' && phone.figures().arriving === 'sound'")
    await asyncio.to_thread(callport.kill)
    await expect(page.get_by_role("dialog").get_by_text("Reconnecting…")).to_be_visible()
    await look("talking-reconnecting", page)
    await expect(page.get_by_text("Connection lost", exact=True)).to_be_visible()
    await look("talking-lost", page)
    await page.get_by_role("button", name="Hang up").click()
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("Until then nothing reaches you here.")).to_be_visible()
    await look("banner-reconnecting", page)
    await page.reload()
    await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    await look("no-connection", page)
