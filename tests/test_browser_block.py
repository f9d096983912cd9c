"""A person blocks a business and reports its calls, on the phone page: what the business can tell of it, and what the operator sees."""

import asyncio

from playwright.async_api import expect

from phone_page import until
from test_browser_chat import ASK, DIGITS, PERSON, allow, signed_in, write


def test_a_blocked_business_sees_what_it_sees_without_permission(platform, business, phone, run):
    async def block():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await signed_in(page)
                await write(page, desk)
                await allow(page, desk)
                status, placed = await desk.place("4001", DIGITS)
                assert status == 200, placed
                await page.get_by_role("button", name="Decline").click()
                await placed.ended.wait()
                await until(page, "phone.state().phase === 'idle'")

                await page.get_by_role("button", name="Block Acme Repairs").click()
                await page.get_by_role("button", name="Block", exact=True).click()
                await expect(page.get_by_role("button", name="Unblock")).to_be_visible()
                await expect(page.get_by_role("button", name="Call", exact=True)).to_have_count(0)
                pair = await asyncio.to_thread(callport.admin, "GET", f"/pairs/4001/+{DIGITS}")
                assert pair["blocked_since"] and pair["permission"]["status"] == "no_permission"
                told = len(desk.others)

                status, refused = await desk.place("4001", DIGITS)
                assert (status, refused["code"]) == (401, 138006)
                for message in ({"type": "text", "text": {"body": "Are you there?"}}, ASK):
                    sent = await desk.send("4001", DIGITS, **message)
                    failed = await desk.other(lambda change: change["value"].get("statuses", [{}])[0].get("id") == sent)
                    status = failed["value"]["statuses"][0]
                    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)
                assert [kind(change) for change in desk.others[told:]] == ["statuses", "statuses"], "no word of the block"

                await page.get_by_role("link", name="See the chat").click()
                await expect(page.get_by_text("Are you there?")).to_have_count(0)
                await expect(page.get_by_role("textbox", name="Write a message")).to_have_count(0)
                await page.get_by_role("button", name="Unblock").click()
                await expect(page.get_by_role("textbox", name="Write a message")).to_be_visible()
                status, refused = await desk.place("4001", DIGITS)
                assert (status, refused["code"]) == (401, 138006), "the permission does not come back"
                await desk.send("4001", DIGITS, type="text", text={"body": "Welcome back"})
                await expect(page.get_by_text("Welcome back")).to_be_visible()
            story = await asyncio.to_thread(callport.story, placed.id)
            assert any("complained" in line["text"] for line in story["timeline"]), "a block is a complaint of the newest call"

    run(block())


def test_calls_that_are_reported_pause_the_business(platform, business, phone, run):
    async def report():
        async with business() as (desk, url):
            callport = platform(url, more="[quality]\ncomplaints_until_warning = 0\ncomplaints_until_pause = 1\n")
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await signed_in(page)
                await write(page, desk)
                await allow(page, desk)
                status, placed = await desk.place("4001", DIGITS)
                assert status == 200, placed
                await page.get_by_role("button", name="Accept").click()
                await until(page, "phone.state().phase === 'connected'")
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()
                await page.get_by_role("button", name="Report", exact=True).click()
                question = page.get_by_role("group", name="Report this call?")
                await expect(question).to_be_focused()
                await page.keyboard.press("Escape")
                await expect(question).to_have_count(0)
                await page.get_by_role("button", name="Report", exact=True).click()
                await question.get_by_role("button", name="Report").click()
                await expect(page.get_by_role("dialog").get_by_text("Reported", exact=True)).to_be_visible()
                pause = await desk.other(lambda change: change["field"] == "account_update")
                restriction = pause["value"]["restriction_info"][0]
                assert restriction["restriction_type"] == "RESTRICTED_BUSINESS_INITIATED_CALLING"
                status, refused = await desk.place("4001", DIGITS)
                assert (status, refused["code"]) == (400, 138014)
                await page.get_by_role("button", name="Done").click()
                await page.get_by_role("link", name="Back").click()
                await expect(page.get_by_role("listitem").filter(has_text="Reported")).to_be_visible()

    run(report())


def kind(change):
    return next(key for key in ("messages", "statuses", "calls", "errors") if key in change["value"])
