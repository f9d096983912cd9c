"""A business is taken down with `callport admin`: what is in the way is named, and the phone page shows nothing of it any more."""

import asyncio
import json
import subprocess

from playwright.async_api import expect

import platform_process
from test_browser_chat import DIGITS, signed_in, write


def delete(callport, *what):
    """`callport admin … delete`: its exit code and its last line."""
    command = [platform_process.BINARY, "admin", "--url", callport.operator, "--token", callport.operator_token, *what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def test_a_business_is_taken_down_from_its_number_up(platform, business, phone, run):
    async def take_down():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await signed_in(page)
                await write(page, desk)
                for object, id, in_the_way in [("portfolio", "3001", "account 2001"), ("waba", "2001", "number 4001")]:
                    code, says = await asyncio.to_thread(delete, callport, object, "delete", id)
                    assert code == 9 and f"these must be removed first: {in_the_way}" in says, (code, says)
                assert await asyncio.to_thread(delete, callport, "number", "delete", "+6281255509999") == (0, "the number is removed")
                await expect(page.get_by_role("textbox", name="Write a message")).to_have_count(0)
                await expect(page.get_by_text("No business has this number")).to_be_visible()
                await page.goto(f"{callport.public}/#/chats")
                await expect(page.get_by_text("Acme Repairs")).to_have_count(0)
            for object, id, says in [("waba", "2001", "the account is removed"), ("app", "1001", "the app is removed")]:
                assert await asyncio.to_thread(delete, callport, object, "delete", id) == (0, says)
            left = json.loads((await asyncio.to_thread(delete, callport, "--json", "portfolio", "list"))[1])
            for portfolio in left["data"]:
                assert (await asyncio.to_thread(delete, callport, "portfolio", "delete", portfolio["id"]))[0] == 0
            code, says = await asyncio.to_thread(delete, callport, "number", "delete", "4001")
            assert code == 12, says
            assert await asyncio.to_thread(callport.admin, "GET", f"/users?number=%2B{DIGITS}"), "people stay"

    run(take_down())
