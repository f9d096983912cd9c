"""Messages around calling: the customer service window, call buttons that are tapped or run out, quick replies, statuses, templates."""

from people import BUSINESS, OFFLINE, Person, TALKS

T0 = 1_794_995_200
DAY = 86_400
TEXT = {"type": "text", "text": {"body": "Hello from Acme"}}
READY = {
    "name": "order_ready",
    "language": "en",
    "category": "UTILITY",
    "components": [
        {"type": "BODY", "text": "Your order {{1}} is ready.", "example": {"body_text": [["A-100"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, {"type": "VOICE_CALL", "text": "Call now", "ttl_minutes": 4320}]},
    ],
}


def call_button(**parameters):
    action = {"name": "voice_call", "parameters": {"display_text": "Call Acme", **parameters}}
    return {"type": "interactive", "interactive": {"type": "voice_call", "body": {"text": "Prefer to talk?"}, "action": action}}


def template(*components, name=READY["name"]):
    return {"type": "template", "template": {"name": name, "language": {"code": "en"}, "components": list(components)}}


BODY = {"type": "body", "parameters": [{"type": "text", "text": "A-100"}]}


def statuses(business, message):
    return [status for change in business.others for status in change["value"].get("statuses", []) if status["id"] == message]


def heard(business, kind):
    messages = [message for change in business.others for message in change["value"].get("messages", [])]
    return [message for message in messages if message["type"] == kind]


def test_the_window_opens_with_the_users_word_and_closes_24_hours_later(desk, run):
    async def story():
        async with desk(accepts=False) as (business, callport, sari):
            callport.go(T0)
            assert (await business.send(BUSINESS, sari.digits, **TEXT))["code"] == 131047
            sari.says("Can you call me?")
            await business.until(lambda: heard(business, "text"))
            (message,) = heard(business, "text")
            assert set(message) == {"from", "from_user_id", "id", "timestamp", "type", "text"}
            assert (message["from"], message["timestamp"], message["text"]) == (sari.digits, str(T0), {"body": "Can you call me?"})
            for moment, open_ in ((T0 + DAY - 1, True), (T0 + DAY, False)):
                callport.go(moment)
                sent = await business.send(BUSINESS, sari.digits, **TEXT)
                assert isinstance(sent, str) == open_, sent
            assert sent["code"] == 131047

            status, created = await business.post("2001/message_templates", **READY)
            assert (status, created["status"]) == (200, "APPROVED"), created
            sent = await business.send(BUSINESS, sari.digits, **template(BODY))
            assert isinstance(sent, str), "a template needs no window"
            assert (await business.send(BUSINESS, sari.digits, **TEXT))["code"] == 131047, "and opens none"

            # A call opens it, whatever becomes of it.
            sari.dials(patience_ms=50)
            await (await business.first_call()).ended.wait()
            assert isinstance(await business.send(BUSINESS, sari.digits, **TEXT), str)

    run(story())


def test_a_call_of_the_business_opens_the_window_only_when_it_is_taken(desk, run):
    async def story():
        async with desk() as (business, callport, sari):
            callport.go(T0)
            sari.decides("allow")
            callport.go(T0 + 2 * DAY)
            call = await business.ring(BUSINESS, sari.digits)
            await business.until(lambda: call.statuses == ["RINGING"])
            assert await business.hang_up(BUSINESS, call)
            assert (await business.send(BUSINESS, sari.digits, **TEXT))["code"] == 131047
            sari.behaves({"kind": "answer", "script": TALKS})
            call = await business.ring(BUSINESS, sari.digits)
            await business.until(lambda: "ACCEPTED" in call.statuses)
            assert isinstance(await business.send(BUSINESS, sari.digits, **TEXT), str), "also while it lasts"
            callport.go(T0 + 3 * DAY - 1)
            assert isinstance(await business.send(BUSINESS, sari.digits, **TEXT), str)
            callport.go(T0 + 3 * DAY)
            assert (await business.send(BUSINESS, sari.digits, **TEXT))["code"] == 131047

    run(story())


def test_a_tapped_call_button_brings_its_payload_until_it_runs_out(desk, run):
    async def story():
        async with desk(silent=True) as (business, callport, sari):
            callport.settings({"call_icon_visibility": "DISABLE_ALL"})
            sari.says("Hello")
            button = await business.send(BUSINESS, sari.digits, **call_button(ttl_minutes=240, payload="src=chat;ticket=7781"))
            await business.until(lambda: "read" in business.progress(button))
            handle = sari.taps(button)["handle"]
            call = await business.first_call()
            await call.connected.wait()
            callport.admin("POST", f"/scripted/{handle}/hang_up")
            await call.ended.wait()
            payloads = {event["event"]: event["cta_payload"] for change in business.webhooks for event in change["value"]["calls"]}
            assert payloads == {"connect": "src=chat;ticket=7781", "terminate": "src=chat;ticket=7781"}

            callport.clock("advance", by_ms=240 * 60_000)
            status = await callport.over(sari.taps(button)["handle"])
            assert (status["state"], status["call_id"]) == ("ended", None), status
            assert "button" in status["trouble"], status
            assert len(business.webhooks) == 2, "no call, no webhook"

    run(story())


def test_the_button_of_a_template_rings_by_itself_for_a_user_who_taps_what_comes(desk, run):
    async def story():
        async with desk(silent=True) as (business, callport, sari):
            await business.post("2001/message_templates", **READY)
            sari.behaves(call_buttons={"kind": "tap", "script": TALKS})
            parameters = [{"type": "ttl_minutes", "ttl_minutes": 100}, {"type": "payload", "payload": "src=tpl;order=A-100"}]
            button = {"type": "button", "sub_type": "voice_call", "index": 1, "parameters": parameters}
            sent = await business.send(BUSINESS, sari.digits, **template(BODY, button))
            assert isinstance(sent, str), sent
            call = await business.first_call()
            assert business.webhooks[0]["value"]["calls"][0]["cta_payload"] == "src=tpl;order=A-100"
            await call.connected.wait()
            await business.command(BUSINESS, call, call_id=business.webhooks[0]["value"]["calls"][0]["id"], action="terminate")
            await call.ended.wait()
            assert call.terminate["cta_payload"] == "src=tpl;order=A-100"

    run(story())


def test_free_messages_of_a_month_are_followed_by_charged_ones_and_those_need_a_payment_method(desk, run):
    """Service messages: the first of a number in a calendar month of its account's time zone are free."""

    async def story():
        async with desk(more="[messages]\nfree_service_per_month = 2") as (business, callport, sari):
            callport.clock("set", to="2026-11-30T16:30:00Z")  # half an hour before December in Jakarta
            sari.says("Hello")

            async def price():
                sent = await business.send(BUSINESS, sari.digits, **TEXT)
                await business.until(lambda: business.progress(sent))
                told = statuses(business, sent)[0]
                return told["pricing"]["type"] if "pricing" in told else told["errors"][0]["code"]

            assert [await price() for _ in range(3)] == ["free_customer_service", "free_customer_service", "regular"]
            callport.admin("PATCH", "/wabas/2001", {"payment_method": False})
            assert await price() == 131042
            callport.clock("set", to="2026-11-30T17:00:00Z")
            assert await price() == "free_customer_service"

    run(story())


def test_statuses_tell_how_far_a_message_came(desk, run):
    async def story():
        async with desk() as (business, callport, sari):
            sari.says("Hello")
            sent = await business.send(BUSINESS, sari.digits, **TEXT, biz_opaque_callback_data="order=7781")
            await business.until(lambda: "read" in business.progress(sent))
            first, delivered, read = statuses(business, sent)
            assert [first["status"], delivered["status"], read["status"]] == ["sent", "delivered", "read"]
            price = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
            assert (first["pricing"], delivered["pricing"], "pricing" in read) == (price, price, False)
            assert {(status["recipient_id"], status["biz_opaque_callback_data"]) for status in (first, delivered, read)} == {(sari.digits, "order=7781")}

            off = Person(callport, OFFLINE, receipts="none")
            off.says("Hello")
            waits = await business.send(BUSINESS, off.digits, **TEXT)
            await business.until(lambda: business.progress(waits) == ["sent"])
            off.behaves(receipts="delivered")
            await business.until(lambda: business.progress(waits) == ["sent", "delivered"])

            old = Person(callport, outdated_app=True)
            old.says("Hello")
            button = await business.send(BUSINESS, old.digits, **call_button())
            nobody = await business.send(BUSINESS, "5511900000000", **template(BODY, name="none"))
            assert nobody["code"] == 132001, nobody
            await business.post("2001/message_templates", **READY)
            nobody = await business.send(BUSINESS, "5511900000000", **template(BODY))
            for message in (button, nobody):
                await business.until(lambda: business.progress(message) == ["failed"])
                (failed,) = statuses(business, message)
                assert [error["code"] for error in failed["errors"]] == [131026]

    run(story())


def test_a_quick_reply_and_the_read_mark(desk, run):
    async def story():
        async with desk() as (business, callport, sari):
            await business.post("2001/message_templates", **READY)
            payload = {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload", "payload": "thanks:A-100"}]}
            sent = await business.send(BUSINESS, sari.digits, **template(BODY, payload))
            sari.taps(sent, index=0)
            await business.until(lambda: heard(business, "button"))
            (tapped,) = heard(business, "button")
            assert tapped["button"] == {"text": "Thanks", "payload": "thanks:A-100"}
            assert tapped["context"]["id"] == sent

            question = sari.says("When do you close?")
            assert [message["status"] for message in sari.chat() if message["id"] == question] == [None]
            status, reply = await business.post(f"{BUSINESS}/messages", messaging_product="whatsapp", status="read", message_id=question)
            assert (status, reply) == (200, {"success": True})
            assert [message["status"] for message in sari.chat() if message["id"] == question] == ["read"]
            status, reply = await business.post(f"{BUSINESS}/messages", messaging_product="whatsapp", status="read", message_id="wamid.none")
            assert (status, reply["error"]["code"]) == (400, 100)

    run(story())


def test_templates_are_approved_at_once_listed_and_deleted(desk, run):
    async def story():
        async with desk() as (business, _, sari):
            status, created = await business.post("2001/message_templates", **READY)
            assert (status, created["status"], created["category"]) == (200, "APPROVED", "UTILITY")
            approved = await business.other(lambda change: change["field"] == "message_template_status_update")
            assert (approved["value"]["event"], approved["value"]["message_template_name"]) == ("APPROVED", "order_ready")
            status, again = await business.post("2001/message_templates", **READY)
            assert (status, again["error"]["code"]) == (400, 100)
            status, listed = await business.get("2001/message_templates")
            assert [(one["id"], one["name"], one["status"], one["language"]) for one in listed["data"]] == [(created["id"], "order_ready", "APPROVED", "en")]
            assert [component["type"] for component in listed["data"][0]["components"]] == ["BODY", "BUTTONS"]
            for wrong, code in (({**READY, "name": "Order Ready!"}, 100), ({**READY, "name": "auth", "category": "AUTHENTICATION"}, 100)):
                status, refused = await business.post("2001/message_templates", **wrong)
                assert (status, refused["error"]["code"]) == (400, code), refused
            assert await business.delete("2001/message_templates", name="order_ready") == (200, {"success": True})
            status, listed = await business.get("2001/message_templates")
            assert listed["data"] == []
            assert (await business.send(BUSINESS, sari.digits, **template(BODY)))["code"] == 132001

    run(story())


def test_messages_are_refused_with_their_published_codes(desk, run):
    async def story():
        async with desk() as (business, _, sari):
            sari.says("Hello")
            for message, code in (
                ({"type": "text"}, 131008),
                ({"type": "text", "text": {"body": ""}}, 131008),
                ({"type": "text", "text": {"body": "x" * 4097}}, 131009),
                ({"type": "poem", "poem": {}}, 131051),
                ({"type": "interactive", "interactive": {"type": "list", "body": {"text": "?"}, "action": {}}}, 131009),
                (call_button(ttl_minutes=0), 131009),
                (call_button(ttl_minutes=43_201), 131009),
                (call_button(display_text="x" * 21), 131009),
                (call_button(payload="x" * 513), 131009),
                ({"type": "text", "text": {"body": "Hi"}, "biz_opaque_callback_data": "x" * 513}, 131009),
            ):
                refused = await business.send(BUSINESS, sari.digits, **message)
                assert isinstance(refused, dict) and refused["code"] == code, (message, refused)
            assert (await business.send(BUSINESS, "6281255509999", **TEXT))["code"] == 131021, "itself"

    run(story())
