"""Embedded Signup in a browser: an ISV's page opens it, a business owner walks through, the ISV goes on with what it got."""

import asyncio
import json

import pytest

import phone_page
import platform_process
import sign_up_page
from sign_up_page import exchange, graph, until


def test_an_owner_signs_up_with_a_new_number_and_the_isv_enables_calling(run, desk, tmp_path):
    async def story():
        async with desk() as (business, callport, _), sign_up_page.isv(callport) as origin, phone_page.chromium(None) as browser:
            await shell(callport, "sign-up", "client", "1001", "--portfolio", "3001", "--origins", origin)
            page = await (await browser.new_context()).new_page()
            await page.goto(origin)
            window = await sign_up_page.opened(page)
            await sign_up_page.come_in(window)
            await sign_up_page.to_number(window)
            await window.get_by_label("Phone number with country code").fill("+62 812 5550 7777")
            await window.get_by_label("Name that people see").fill("Kopi")
            await window.get_by_role("button", name="Next").click()
            await window.get_by_role("heading", name="Enter the code").wait_for()

            [number] = [one for one in callport.admin("GET", "/numbers")["data"] if one["number"].endswith("81255507777")]
            sent = callport.admin("GET", f"/numbers/{number['id']}/registration")
            assert (sent["code_verification_status"], sent["registered"]) == ("NOT_VERIFIED", False)
            await window.get_by_label("Six digits").fill("000000" if sent["code"]["code"] != "000000" else "111111")
            await window.get_by_role("button", name="Confirm").click()
            assert "not the code" in await window.get_by_role("alert").inner_text()
            code = (await shell(callport, "number", "code", number["id"]))["code"]
            assert code == sent["code"]["code"]
            lacks = (await shell(callport, "explain", number["id"]))["prerequisites"]
            [unregistered] = [one for one in lacks if one["prerequisite"] == "REGISTERED"]
            assert unregistered["code"] == 133010 and unregistered["fix"]["graph"]["path"].endswith("/request_code")
            await window.get_by_label("Six digits").fill(f"{code[:3]}-{code[3:]}")
            await window.get_by_role("button", name="Confirm").click()
            await window.get_by_role("heading", name="What may the app do?").wait_for()
            async with window.expect_event("close"):
                await window.get_by_role("button", name="Allow").click()

            [told] = await until(page, "heard.length && heard")
            assert told["origin"] == callport.public
            assert told["data"]["type"] == "WA_EMBEDDED_SIGNUP" and told["data"]["event"] == "FINISH"
            ids = told["data"]["data"]
            assert ids["phone_number_id"] == number["id"] and set(ids) == {"phone_number_id", "waba_id", "business_id"}
            [answer] = await until(page, "answers.length && answers")
            assert answer["status"] == "connected"

            wrong = await graph(callport, "GET", exchange(answer["authResponse"]["code"], secret="guess"), expect=400)
            assert wrong["error"]["message"] == "Error validating client secret."
            token = (await graph(callport, "GET", exchange(answer["authResponse"]["code"])))["access_token"]
            used = await graph(callport, "GET", exchange(answer["authResponse"]["code"]), expect=400)
            assert used["error"]["error_subcode"] == 36009
            debug = await graph(callport, "GET", f"/debug_token?input_token={token}", "1001|test_app_secret")
            assert [one["target_ids"] for one in debug["data"]["granular_scopes"]] == [[ids["waba_id"]]] * 2
            await graph(callport, "GET", "/2001", token, expect=403)

            await graph(callport, "POST", f"/{ids['waba_id']}/subscribed_apps", token, {})
            await graph(callport, "POST", f"/{number['id']}/settings", token, {"calling": {"status": "ENABLED"}}, expect=400)
            register = {"messaging_product": "whatsapp", "pin": "482913"}
            await graph(callport, "POST", f"/{number['id']}/register", token, register)
            await graph(callport, "POST", f"/{number['id']}/settings", token, {"calling": {"status": "ENABLED"}})
            settings = await graph(callport, "GET", f"/{number['id']}/settings", token)
            assert settings["calling"]["status"] == "ENABLED"
            node = await graph(callport, "GET", f"/{number['id']}?fields=code_verification_status,status,verified_name", token)
            assert (node["code_verification_status"], node["status"], node["verified_name"]) == ("VERIFIED", "CONNECTED", "Kopi")

            events = [json.loads(hook["body"])["entry"][0] for hook in account_updates(callport)]
            assert [entry["changes"][0]["value"]["event"] for entry in events] == ["PARTNER_ADDED", "PARTNER_APP_INSTALLED"]
            assert all(entry["id"] == "3001" for entry in events)
            assert events[1]["changes"][0]["value"]["waba_info"]["partner_app_id"] == "1001"

    run(story())


async def shell(callport, *words):
    """What a command of the operator prints, as JSON."""
    command = [platform_process.BINARY, "admin", "--json", "--url", callport.operator, "--token", callport.operator_token, *words]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    printed, trouble = await process.communicate()
    assert process.returncode in (0, 1), trouble.decode()
    return json.loads(printed)


def account_updates(callport):
    """Webhooks of this field that are no warnings, oldest first, with their bodies."""
    listed = callport.admin("GET", "/webhooks?limit=100")["data"]
    wanted = [one for one in listed if one["event"].startswith("partner")]
    return [callport.admin("GET", f"/webhooks/{one['id']}") for one in sorted(wanted, key=lambda one: int(one["id"]))]


def test_an_owner_leaves_and_the_isv_is_told_where(run, desk):
    async def story():
        async with desk() as (_, callport, _), sign_up_page.isv(callport) as origin, phone_page.chromium(None) as browser:
            page = await (await browser.new_context()).new_page()
            await page.goto(origin)
            window = await sign_up_page.opened(page)
            await sign_up_page.come_in(window)
            await sign_up_page.to_number(window)
            async with window.expect_event("close"):
                await window.get_by_role("button", name="Cancel").click()
            [told] = await until(page, "heard.length && heard")
            assert told["data"] == {"type": "WA_EMBEDDED_SIGNUP", "event": "CANCEL", "data": {"current_step": "PHONE_NUMBER_SETUP"}}
            [answer] = await until(page, "answers.length && answers")
            assert answer == {"authResponse": None, "status": "unknown"}

            # The second time the owner is known, and says that something is wrong.
            window = await sign_up_page.opened(page)
            await window.get_by_role("button", name="Continue as Mara").click()
            await window.get_by_text("Something is wrong").click()
            await window.get_by_label("What went wrong?").fill("My business is not here")
            async with window.expect_event("close"):
                await window.get_by_role("button", name="Report it and leave").click()
            [_, told] = await until(page, "heard.length > 1 && heard")
            assert told["data"]["event"] == "CANCEL" and told["data"]["data"]["error_message"] == "My business is not here"
            assert {"error_code", "session_id", "timestamp"} < set(told["data"]["data"])

            # And the third time the window is closed.
            window = await sign_up_page.opened(page)
            await window.get_by_role("button", name="Continue as Mara").click()
            await window.get_by_role("heading", name="Which business is it?").wait_for()
            await window.close(run_before_unload=False)
            answers = await until(page, "answers.length > 2 && answers")
            assert answers[2] == {"authResponse": None, "status": "unknown"}

    run(story())


def test_a_customer_takes_a_number_that_the_partner_verified(run, desk):
    async def story():
        app = "1001|test_app_secret"
        async with desk() as (_, callport, _), phone_page.chromium(None) as browser:
            await shell(callport, "sign-up", "client", "1001", "--portfolio", "3001")
            waiting = await graph(callport, "POST", "/3001/add_phone_numbers?phone_number=%2B6281255506666", app, {})
            id = waiting["id"]
            await graph(callport, "POST", f"/{id}/request_code", app, {"code_method": "SMS", "language": "en"})
            code = (await shell(callport, "number", "code", id))["code"]
            await graph(callport, "POST", f"/{id}/verify_code", app, {"code": code})

            setup = {"preVerifiedPhone": {"ids": [id]}, "phone": {"displayName": "Kopi"}}
            async with sign_up_page.isv(callport, extras={"setup": setup}) as origin:
                page = await (await browser.new_context()).new_page()
                await page.goto(origin)
                window = await sign_up_page.opened(page)
                await sign_up_page.come_in(window)
                await sign_up_page.to_number(window)
                offered = window.get_by_role("radio", name="+62 812-5550-6666")
                assert await offered.is_checked(), "what the partner wished for is chosen"
                assert "partner has verified for you" in await window.locator("main").inner_text()
                await window.get_by_role("button", name="Next").click()
                await window.get_by_role("heading", name="What may the app do?").wait_for()
                assert "+62 812-5550-6666" in await window.locator("main").inner_text()
                async with window.expect_event("close"):
                    await window.get_by_role("button", name="Allow").click()
                [told] = await until(page, "heard.length && heard")
                assert (told["data"]["event"], told["data"]["data"]["phone_number_id"]) == ("FINISH", id), "it keeps its id"
                [answer] = await until(page, "answers.length && answers")

                # Whoever comes next is not offered it any more.
                window = await sign_up_page.opened(page)
                await window.get_by_role("button", name="Continue as Mara").click()
                await window.get_by_role("radio", name="A new business portfolio").check()
                await sign_up_page.to_number(window, "Teh Melati")
                assert await window.get_by_role("radio", name="+62 812-5550-6666").count() == 0
                await window.close()

            token = (await graph(callport, "GET", exchange(answer["authResponse"]["code"])))["access_token"]
            node = await graph(callport, "GET", f"/{id}?fields=code_verification_status,status,verified_name", token)
            assert (node["code_verification_status"], node["status"], node["verified_name"]) == ("VERIFIED", "PENDING", "Kopi")
            await graph(callport, "POST", f"/{id}/register", token, {"messaging_product": "whatsapp", "pin": "482913"})
            node = await graph(callport, "GET", f"/{id}?fields=status,platform_type", token)
            assert (node["status"], node["platform_type"]) == ("CONNECTED", "CLOUD_API")

    run(story())


def test_what_cannot_be_served_is_an_error_that_the_isv_hears_at_once(run, desk):
    async def story():
        extras = {"featureType": "whatsapp_business_app_onboarding", "setup": {}}
        async with (
            desk() as (_, callport, _),
            sign_up_page.isv(callport, extras=extras) as origin,
            phone_page.chromium(None) as browser,
        ):
            page = await (await browser.new_context()).new_page()
            await page.goto(origin)
            window = await sign_up_page.opened(page)
            assert "is not served here" in await window.locator("main").inner_text(), "the person reads why"
            [told] = await until(page, "heard.length && heard")
            assert told["origin"] == callport.public and told["data"]["event"] == "ERROR"
            error = told["data"]["data"]
            assert "is not served here" in error["error_message"] and error["error_code"] == "100"
            assert (error["current_step"], error["session_id"]) == ("BUSINESS_ACCOUNT_SELECTION", "0")
            await window.close(run_before_unload=False)
            [answer] = await until(page, "answers.length && answers")
            assert answer == {"authResponse": None, "status": "unknown"}
            assert await page.evaluate("heard.length") == 1, "no CANCEL beside it"

    run(story())


def test_a_page_of_a_stranger_gets_nothing_and_nobody_frames_the_sign_up(run, desk):
    async def story():
        async with desk() as (_, callport, _), sign_up_page.isv(callport) as origin, phone_page.chromium(None) as browser:
            callport.admin("PUT", "/sign-up/clients/1001", {"origins": ["https://isv.example"]})
            page = await (await browser.new_context()).new_page()
            await page.goto(origin)
            window = await sign_up_page.opened(page)
            assert "may not open this sign-up" in await window.locator("main").inner_text()
            assert await page.evaluate("[heard.length, answers.length]") == [0, 0]
            await window.close()
            address = f"{callport.public}/dialog/oauth?client_id=1001&origin=https://isv.example"
            await page.set_content(f"<iframe src='{address}'></iframe>")
            frame = page.frames[-1]
            assert await frame.locator("form").count() == 0

    run(story())


@pytest.mark.parametrize("width, scheme", [(360, "light"), (1280, "dark")])
def test_every_step_fits_its_window_and_is_walked_with_the_keyboard(run, desk, tmp_path, width, scheme):
    async def story():
        async with desk() as (_, callport, _), phone_page.chromium(None) as browser:
            context = await browser.new_context(viewport={"width": width, "height": 760}, color_scheme=scheme)
            foreign = []
            page = await context.new_page()
            page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(callport.public) else None)
            done = "https://isv.example/done"
            await page.goto(f"{callport.public}/v25.0/dialog/oauth?client_id=1001&redirect_uri={done}&state=s1&response_type=code")

            async def looked_at(name):
                await page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=True)
                wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
                assert not wide, f"{name} is wider than its window"

            await looked_at("start")
            await page.keyboard.type("Mara")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="Which business is it?").wait_for()
            await looked_at("portfolio")
            await page.get_by_label("Name of the business").focus()
            await page.keyboard.type("Kopi Nusantara dan Teh Melati Sejahtera Abadi")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="Which WhatsApp Business account?").wait_for()
            await looked_at("account")
            await page.get_by_role("button", name="Next").press("Enter")
            await page.get_by_role("heading", name="Which phone number?").wait_for()
            await looked_at("number")
            await page.get_by_label("Phone number with country code").focus()
            await page.keyboard.type("+62 812 5550 7777")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="Enter the code").wait_for()
            await looked_at("code")
            await page.get_by_role("button", name="Verify it later").press("Enter")
            await page.get_by_role("heading", name="What may the app do?").wait_for()
            await looked_at("consent")
            await page.route("https://isv.example/**", lambda route: route.fulfill(body="done"))
            await page.get_by_role("button", name="Allow").press("Enter")
            await page.wait_for_url("https://isv.example/done?code=AQ*&state=s1")
            assert not [url for url in foreign if not url.startswith(done)], "nothing is asked of anybody else"
            print(json.dumps(sorted(str(path) for path in tmp_path.glob("*.png"))))

    run(story())
