"""Call permission as the business and the user live it: every published way to get it and to lose it, and every limit, by the calendar."""

import pytest

from people import BUSINESS, Person, answer, decline

T0 = 1_794_995_200
HOUR, DAY, WEEK = 3600, 86_400, 604_800
SANDBOX = "4009"
ASK = {"type": "call_permission_request", "action": {"name": "call_permission_request"}, "body": {"text": "May we phone you about ticket R-7781?"}}
CONSENT = {
    "name": "repair_call_consent",
    "language": "en",
    "category": "UTILITY",
    "components": [
        {"type": "BODY", "text": "Hello {{1}}, may we phone you?", "example": {"body_text": [["Sari"]]}},
        {"type": "call_permission_request"},
    ],
}


@pytest.fixture
def at_t0(desk):
    """The calendar stands at T0, and the user has written."""

    class AtT0:
        def __init__(self, more="", **settings):
            self.desk = desk(more, **settings)

        async def __aenter__(self):
            business, callport, sari = await self.desk.__aenter__()
            callport.go(T0)
            sari.says("Hello")
            return business, callport, sari

        async def __aexit__(self, *why):
            await self.desk.__aexit__(*why)

    return AtT0


async def ask(business, user, number=BUSINESS):
    """A permission request that reached the user. Returns its id, or the code of the refusal."""
    sent = await business.send(number, user.digits, type="interactive", interactive=ASK)
    if isinstance(sent, dict):
        return sent["code"]
    await business.until(lambda: "delivered" in business.progress(sent))
    return sent


def limit(period, allowed, used, frees_at=None):
    """As published: the moment stands there only when nothing is left."""
    usage = {"time_period": period, "max_allowed": allowed, "current_usage": used}
    return usage if frees_at is None else {**usage, "limit_expiration_time": frees_at}


async def reads(business, user, permission, requests, calls, number=BUSINESS, may_ask=True, may_call=None):
    """The whole answer to `GET …/call_permissions`."""
    may_call = permission["status"] != "no_permission" if may_call is None else may_call
    status, reply = await business.get(f"{number}/call_permissions", user_wa_id=user.digits)
    assert status == 200, reply
    assert reply == {
        "messaging_product": "whatsapp",
        "permission": permission,
        "actions": [
            {"action_name": "send_call_permission_request", "can_perform_action": may_ask, "limits": requests},
            {"action_name": "start_call", "can_perform_action": may_call, "limits": calls},
        ],
    }


def requests(day, week, day_frees=None, week_frees=None, per_day=1, per_week=2):
    return [limit("PT24H", per_day, day, day_frees), limit("P7D", per_week, week, week_frees)]


def connected(used, frees_at=None, allowed=100):
    return [limit("PT24H", allowed, used, frees_at)]


NONE, PERMANENT = {"status": "no_permission"}, {"status": "permanent"}


def temporary(until):
    return {"status": "temporary", "expiration_time": until}


def told(message):
    return message["interactive"]["call_permission_reply"], message.get("context")


async def missed(business, user, number=BUSINESS):
    """A call that the user declines."""
    call = await business.ring(number, user.digits)
    await call.ended.wait()
    assert (call.statuses, "start_time" in call.terminate) == (["RINGING", "REJECTED"], False)


async def taken(business, user, number=BUSINESS):
    """A call that the user picks up, and the business ends."""
    call = await business.ring(number, user.digits)
    await business.until(lambda: "ACCEPTED" in call.statuses)
    assert await business.hang_up(number, call)
    await call.ended.wait()


def test_a_temporary_permission_lasts_168_hours_and_ends_without_a_word(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            await reads(business, sari, NONE, requests(0, 0), connected(0))
            request = await ask(business, sari)
            sari.answers(request, "allow_temporarily")
            message = await business.permission_reply()
            reply = {"response": "accept", "is_permanent": False, "expiration_timestamp": "1795600000", "response_source": "user_action"}
            assert told(message) == (reply, {"from": "6281255509999", "id": request})
            assert set(message) == {"from", "from_user_id", "id", "timestamp", "type", "context", "interactive"}
            assert (message["from"], message["timestamp"], message["type"]) == (sari.digits, str(T0), "interactive")
            value = business.others[-1]["value"]
            assert set(value) == {"messaging_product", "metadata", "contacts", "messages"}
            assert value["contacts"][0].items() >= {"profile": {"name": "Sari"}, "wa_id": sari.digits, "user_id": message["from_user_id"]}.items()
            asked = requests(1, 1, T0 + DAY)
            await reads(business, sari, temporary(1_795_600_000), asked, connected(0), may_ask=False)
            callport.go(1_795_599_999)
            await reads(business, sari, temporary(1_795_600_000), requests(0, 1), connected(0))
            seen = len(business.others)
            callport.go(1_795_600_000)
            await reads(business, sari, NONE, requests(0, 0), connected(0))
            assert (await business.ring(BUSINESS, sari.digits))["code"] == 138006
            sari.says("Still there?")
            await business.until(lambda: len(business.others) > seen)
            assert "messages" in business.others[seen]["value"] and "text" in business.others[seen]["value"]["messages"][0], "no webhook before"

    run(story())


def test_one_request_in_24_hours(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            assert isinstance(await ask(business, sari), str)
            callport.go(T0 + DAY - 60)
            assert await ask(business, sari) == 138009
            await reads(business, sari, NONE, requests(1, 1, T0 + DAY), connected(0), may_ask=False)

    run(story())


def test_two_requests_in_seven_days(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            for day in (0, 1):
                callport.go(T0 + day * DAY)
                sari.says("Hello again")
                assert isinstance(await ask(business, sari), str)
            callport.go(T0 + 2 * DAY)
            sari.says("And again")
            assert await ask(business, sari) == 138009
            await reads(business, sari, NONE, requests(0, 2, None, T0 + WEEK), connected(0), may_ask=False)
            callport.go(T0 + WEEK)
            sari.says("A week later")
            assert isinstance(await ask(business, sari), str)

    run(story())


def test_a_connected_call_of_the_user_resets_the_requests(at_t0, run):
    async def story():
        async with at_t0(silent=True) as (business, callport, sari):
            assert isinstance(await ask(business, sari), str)
            callport.go(T0 + HOUR)
            handle = sari.dials()
            call = await business.first_call()
            await call.connected.wait()
            callport.admin("POST", f"/scripted/{handle}/hang_up")
            await call.ended.wait()
            assert "start_time" in call.terminate
            await reads(business, sari, NONE, requests(0, 0), connected(0))
            callport.go(T0 + 2 * HOUR)
            assert isinstance(await ask(business, sari), str)
            await reads(business, sari, NONE, requests(1, 1, T0 + 2 * HOUR + DAY), connected(0), may_ask=False)

    run(story())


def test_a_call_that_the_business_rejects_resets_nothing_and_opens_the_window(at_t0, run):
    async def story():
        async with at_t0(accepts=False) as (business, callport, sari):
            assert isinstance(await ask(business, sari), str)
            callport.go(T0 + 20 * HOUR)
            await rejected(business, sari)
            await reads(business, sari, NONE, requests(1, 1, T0 + DAY), connected(0), may_ask=False)
            callport.go(T0 + 20 * HOUR + DAY - 1)
            assert isinstance(await business.send(BUSINESS, sari.digits, type="text", text={"body": "Sorry"}), str)
            callport.go(T0 + 20 * HOUR + DAY)
            assert (await business.send(BUSINESS, sari.digits, type="text", text={"body": "Too late"}))["code"] == 131047

    run(story())


async def rejected(business, user):
    """The user calls and the business rejects. Returns the call's id."""
    before = set(business.calls)
    user.dials()
    await business.until(lambda: set(business.calls) - before)
    (call_id,) = set(business.calls) - before
    assert await business.command(BUSINESS, business.calls[call_id], call_id=call_id, action="reject")
    await business.calls[call_id].ended.wait()
    return call_id


def test_a_callback_is_granted_where_the_number_says_so(at_t0, run):
    async def story():
        async with at_t0(accepts=False) as (business, callport, sari):
            callport.settings({"callback_permission_status": "ENABLED"})
            call_id = await rejected(business, sari)
            reply = {"response": "accept", "is_permanent": False, "expiration_timestamp": str(T0 + WEEK), "response_source": "automatic"}
            assert told(await business.permission_reply()) == (reply, {"from": sari.digits, "id": call_id})
            await reads(business, sari, temporary(T0 + WEEK), requests(0, 0), connected(0))
            callport.go(T0 + DAY)
            call_id = await rejected(business, sari)
            again, context = told(await business.permission_reply(seen=1))
            assert (again["expiration_timestamp"], context["id"]) == (str(T0 + DAY + WEEK), call_id), "extended"
            sari.decides("allow")
            await business.permission_reply(seen=2)
            await rejected(business, sari)
            await reads(business, sari, PERMANENT, requests(0, 0), connected(0), may_ask=False)
            assert len(business.permission_replies()) == 3, "a permanent permission stays as it is"

    run(story())


def test_a_permanent_permission_makes_requests_pointless_and_lasts_until_it_is_taken_back(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            sari.decides("allow")
            assert told(await business.permission_reply()) == ({"response": "accept", "is_permanent": True, "response_source": "user_action"}, None)
            assert await ask(business, sari) == 138017
            await reads(business, sari, PERMANENT, requests(0, 0), connected(0), may_ask=False)
            callport.go(T0 + 52 * WEEK)
            await reads(business, sari, PERMANENT, requests(0, 0), connected(0), may_ask=False)
            sari.decides("deny")
            assert told(await business.permission_reply(seen=1)) == ({"response": "reject", "response_source": "user_action"}, None)
            await reads(business, sari, NONE, requests(0, 0), connected(0))
            assert (await business.ring(BUSINESS, sari.digits))["code"] == 138006
            sari.decides("allow_temporarily")
            reply = {"response": "accept", "is_permanent": False, "expiration_timestamp": str(T0 + 53 * WEEK), "response_source": "user_action"}
            assert told(await business.permission_reply(seen=2)) == (reply, None)

    run(story())


def nudges_of(user, number=BUSINESS):
    """System messages that ask the user to reconsider."""
    return sum(message["kind"] == "reconsider" for message in user.chat(number))


def test_an_answered_call_ends_the_row_of_unanswered_ones(at_t0, run):
    async def story():
        async with at_t0() as (business, _, sari):
            sari.decides("allow_temporarily")
            await business.permission_reply()
            for unanswered, nudges in ((1, 0), (2, 1)):
                await declined(business, sari)
                assert nudges_of(sari) == nudges, unanswered
            sari.behaves(answer())
            await taken(business, sari)
            for unanswered, nudges in ((1, 1), (2, 2), (3, 2)):
                await declined(business, sari)
                assert nudges_of(sari) == nudges, unanswered
            await reads(business, sari, temporary(T0 + WEEK), requests(0, 0), connected(1))
            assert len(business.permission_replies()) == 1

    run(story())


async def declined(business, user, number=BUSINESS):
    user.behaves(decline())
    await missed(business, user, number)


def test_the_fourth_unanswered_call_revokes(at_t0, run):
    async def story():
        async with at_t0() as (business, _, sari):
            sari.decides("allow_temporarily")
            await business.permission_reply()
            for _ in range(3):
                await declined(business, sari)
            await reads(business, sari, temporary(T0 + WEEK), requests(0, 0), connected(0))
            await declined(business, sari)
            assert told(await business.permission_reply(seen=1)) == ({"response": "reject", "response_source": "automatic"}, None)
            await reads(business, sari, NONE, requests(0, 0), connected(0))
            assert (await business.ring(BUSINESS, sari.digits))["code"] == 138006

    run(story())


def test_sandbox_numbers_have_the_wider_limits(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            sandbox = {"id": SANDBOX, "waba_id": "2001", "number": "+6281255507777", "name": "Acme Lab", "account_mode": "SANDBOX", "calling": {"status": "ENABLED"}}
            callport.admin("POST", "/numbers", sandbox)
            sari.says("Hello lab", SANDBOX)
            for _ in range(25):
                assert isinstance(await ask(business, sari, SANDBOX), str)
            assert await ask(business, sari, SANDBOX) == 138009
            full = requests(25, 25, T0 + DAY, per_day=25, per_week=100)
            await reads(business, sari, NONE, full, connected(0), number=SANDBOX, may_ask=False)
            sari.decides("allow_temporarily", SANDBOX)
            await business.permission_reply()
            for unanswered in range(1, 10):
                await declined(business, sari, SANDBOX)
                assert nudges_of(sari, SANDBOX) == (unanswered >= 5), unanswered
            await declined(business, sari, SANDBOX)
            assert told(await business.permission_reply(seen=1)) == ({"response": "reject", "response_source": "automatic"}, None)

    run(story())


def test_a_hundred_connected_calls_in_24_hours(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            sari.decides("allow")
            sari.behaves(answer())
            await taken(business, sari)
            callport.go(T0 + HOUR)
            for _ in range(99):
                await taken(business, sari)
            refusal = await business.ring(BUSINESS, sari.digits)
            assert refusal["code"] == 138012
            assert str(T0 + DAY) in refusal["error_data"]["details"], "says when the next one is possible"
            await reads(business, sari, PERMANENT, requests(0, 0), connected(100, T0 + DAY), may_ask=False, may_call=False)
            callport.go(T0 + DAY)
            await taken(business, sari)
            await reads(business, sari, PERMANENT, requests(0, 0), connected(100, T0 + HOUR + DAY), may_ask=False, may_call=False)

    run(story())


def test_the_user_may_think_again_on_the_same_card_until_seven_days_after_the_last_answer(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            request = await ask(business, sari)
            sari.answers(request, "deny")
            denied = await business.permission_reply()
            assert told(denied) == ({"response": "reject", "response_source": "user_action"}, {"from": "6281255509999", "id": request})
            callport.go(T0 + 5 * DAY)
            sari.answers(request, "allow")
            allowed, context = told(await business.permission_reply(seen=1))
            assert (allowed["is_permanent"], context["id"]) == (True, request)
            callport.go(T0 + 12 * DAY)
            with pytest.raises(AssertionError, match="can no longer be answered"):
                sari.answers(request, "deny")
            await reads(business, sari, PERMANENT, requests(0, 0), connected(0), may_ask=False)

    run(story())


def test_without_calling_there_is_no_permission_to_speak_of(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, sari):
            callport.settings({"status": "DISABLED"})
            assert await ask(business, sari) == 138000
            status, reply = await business.get(f"{BUSINESS}/call_permissions", user_wa_id=sari.digits)
            assert (status, reply["error"]["code"]) == (401, 138000)

    run(story())


def test_outside_the_window_only_a_template_may_ask(at_t0, run):
    async def story():
        async with at_t0() as (business, callport, _):
            stranger = Person(callport)
            assert await ask(business, stranger) == 131047
            status, created = await business.post("2001/message_templates", **CONSENT)
            assert (status, created["status"]) == (200, "APPROVED"), created
            filled = [{"type": "body", "parameters": [{"type": "text", "text": "Sari"}]}]
            template = {"name": CONSENT["name"], "language": {"code": "en"}, "components": filled}
            request = await business.send(BUSINESS, stranger.digits, type="template", template=template)
            assert isinstance(request, str), request
            await business.until(lambda: "delivered" in business.progress(request))
            await reads(business, stranger, NONE, requests(1, 1, T0 + DAY), connected(0), may_ask=False)
            stranger.answers(request, "allow")
            assert told(await business.permission_reply())[1]["id"] == request
            assert isinstance(await business.send(BUSINESS, stranger.digits, type="text", text={"body": "Thank you"}), str), "the answer opened the window"

    run(story())


def test_a_user_who_answers_by_habit_needs_no_hand(at_t0, run):
    """What an integrator's job does: the behaviour stands, the request is answered a minute later by the calendar."""

    async def story():
        async with at_t0() as (business, callport, sari):
            sari.behaves(permission_requests={"kind": "allow_temporarily", "after_ms": 60_000})
            request = await ask(business, sari)
            await business.until(lambda: "delivered" in business.progress(request))
            callport.clock("advance", by_ms=60_000)
            reply, context = told(await business.permission_reply())
            assert (reply["expiration_timestamp"], context["id"]) == (str(T0 + 60 + WEEK), request)
            status, reply = await business.get(f"{BUSINESS}/call_permissions", user_wa_id="5511900000000")
            assert (status, reply["permission"]) == (200, NONE), "nobody there: told like anybody without permission"

    run(story())
