"""A business on a foreign WebRTC stack calls a scripted user: every ending, every webhook of it in its order, every refusal."""

import io

import pytest

import sound
from people import BUSINESS, BUSY, IGNORE, OFFLINE, Person, answer, decline

USER_HZ, BUSINESS_HZ = 440, 800
MINUTE = 60_000


def told(desk, call_id):
    """What the webhooks said of a call, as they came."""
    for change in desk.webhooks:
        for event in change["value"].get("calls", []) + change["value"].get("statuses", []):
            if event["id"] == call_id:
                yield event


def words(desk, call_id):
    return [event["status"] if event.get("type") == "call" else event["event"] for event in told(desk, call_id)]


async def placed(desk, user, number=BUSINESS, **more):
    status, call = await desk.place(number, user.digits, **more)
    assert status == 200, call
    return call


async def rings(desk, call):
    """Our answer came and is in use on both sides, and the phone rings."""
    await call.connected.wait()
    await call.up.wait()
    await desk.until(lambda: words(desk, call.id) == ["connect", "RINGING"])


async def over(desk, call, *expected):
    """The terminate of a call that nobody took."""
    await call.ended.wait()
    assert words(desk, call.id) == ["connect", *expected, "terminate"]
    assert call.terminate["direction"] == "BUSINESS_INITIATED"
    assert not {"start_time", "end_time", "duration"} & call.terminate.keys(), call.terminate
    return call.terminate


def test_an_answered_call_is_told_step_by_step_and_both_sides_hear_each_other(desk, run):
    async def call():
        async with desk(hz=BUSINESS_HZ) as (business, callport, sari):
            sari.decides("allow")
            script = {"say": {"kind": "tone", "hz": USER_HZ}, "press": [{"after_ms": 300, "digits": "42#"}], "hang_up": {"kind": "after", "ms": 2500}}
            sari.behaves(answer(after_ms=5000, **script))
            call = await placed(business, sari, biz_opaque_callback_data="case-77812")
            await rings(business, call)
            connect = next(told(business, call.id))
            assert connect["session"]["sdp_type"] == "answer"
            assert (connect["from"], connect["to"], connect["direction"]) == ("6281255509999", sari.digits, "BUSINESS_INITIATED")

            callport.clock("advance", by_ms=5000)  # the user's five seconds of ringing
            await business.until(lambda: "ACCEPTED" in call.statuses)
            callport.clock("thaw")
            await call.ended.wait()
            assert words(business, call.id) == ["connect", "RINGING", "ACCEPTED", "terminate"]
            assert [event["biz_opaque_callback_data"] for event in told(business, call.id)] == ["case-77812"] * 4
            assert call.terminate["status"] == "COMPLETED"
            start, end = int(call.terminate["start_time"]), int(call.terminate["end_time"])
            assert call.terminate["duration"] == end - start >= 2
            assert start == int(connect["timestamp"]) + 5, "rung for five seconds"

            assert sound.seconds_of(call.heard, USER_HZ) > 1, "the business must hear the user's tone"
            heard = await sari.taken(call.id)
            assert (heard["state"], heard["reason"], heard["trouble"]) == ("ended", "user_hung_up", None)
            recording, rate = sound.read_wav(io.BytesIO(callport.admin("GET", f"/scripted/{heard['handle']}/recording.wav")))
            assert sound.seconds_of(recording, BUSINESS_HZ, rate) > 1, "the user must hear the business's tone"
            story = callport.story(call.id)
            assert story["verdict"]["outcome"] == "answered"
            assert story["media"]["business"]["figures"]["digits"] == 3

    run(call())


def test_the_business_hangs_up_and_may_not_twice(desk, run):
    async def call():
        async with desk(silent=True) as (business, callport, sari):
            sari.decides("allow")
            sari.behaves(answer())
            call = await placed(business, sari)
            await business.until(lambda: "ACCEPTED" in call.statuses)
            callport.clock("advance", by_ms=7000)
            assert await business.hang_up(BUSINESS, call)
            await call.ended.wait()
            assert (call.terminate["status"], call.terminate["duration"]) == ("COMPLETED", 7)
            assert not await business.hang_up(BUSINESS, call)
            assert [refusal["code"] for refusal in call.refusals] == [100]
            assert (await sari.taken(call.id))["reason"] == "business_terminated"

    run(call())


def test_a_declined_call_is_rejected_and_has_no_times(desk, run):
    async def call():
        async with desk() as (business, _, sari):
            sari.decides("allow")
            sari.behaves(decline())
            call = await placed(business, sari)
            assert (await over(business, call, "RINGING", "REJECTED"))["status"] == "COMPLETED"

    run(call())


def test_a_call_that_nobody_picks_up_ends_after_a_minute(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            sari.decides("allow")
            call = await placed(business, sari)
            await rings(business, call)
            await callport.media_open(call.id)
            callport.clock("advance", by_ms=MINUTE - 1)
            assert callport.story(call.id)["call"]["stage"] == "ringing", "a millisecond is left"
            callport.clock("advance", by_ms=1)
            terminate = await over(business, call, "RINGING")
            assert terminate["status"] == "COMPLETED"
            connect = next(told(business, call.id))
            assert int(terminate["timestamp"]) - int(connect["timestamp"]) == 60

    run(call())


def test_the_business_cancels_while_it_rings_and_the_phone_stops(desk, run):
    async def call():
        async with desk() as (business, _, sari):
            sari.decides("allow")
            call = await placed(business, sari)
            await rings(business, call)
            assert await business.hang_up(BUSINESS, call)
            assert (await over(business, call, "RINGING"))["status"] == "COMPLETED"
            assert (await sari.taken(call.id))["reason"] == "business_terminated"

    run(call())


def test_a_phone_that_is_off_never_rings(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            sari.decides("allow")
            sari.behaves(OFFLINE)
            call = await placed(business, sari)
            await call.connected.wait()
            await callport.media_open(call.id)
            callport.clock("advance", by_ms=MINUTE)
            assert (await over(business, call))["status"] == "COMPLETED"

    run(call())


def test_a_user_who_is_on_the_phone_is_busy(desk, run):
    async def call():
        async with desk() as (business, _, sari):
            sari.decides("allow")
            sari.behaves(BUSY)
            assert (await over(business, await placed(business, sari)))["status"] == "COMPLETED"

    run(call())


def test_a_business_that_never_brings_its_media_fails_with_138007(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            sari.decides("allow")
            call = await business.ring(BUSINESS, sari.digits)
            await business.until(lambda: words(business, call.id) == ["connect", "RINGING"])
            callport.clock("advance", by_ms=20_000)
            terminate = await over(business, call, "RINGING")
            assert (terminate["status"], [error["code"] for error in terminate["errors"]]) == ("FAILED", [138007])
            assert callport.story(call.id)["verdict"]["code"] == 138007

    run(call())


def test_limits_are_counted_by_the_calendar(desk, run):
    limits = "[calls]\nstarts_per_day = 4\n[permissions]\nconnected_per_day = 2\n[graph]\npermission_lookups_per_second = 1"

    async def call():
        async with desk(more=limits) as (business, callport, sari):
            sari.decides("allow")
            sari.behaves(answer())

            async def taken():
                call = await business.ring(BUSINESS, sari.digits)
                await business.until(lambda: "ACCEPTED" in call.statuses)
                assert await business.hang_up(BUSINESS, call)
                await call.ended.wait()
                return int(call.terminate["start_time"])

            first = await taken()
            callport.clock("advance", by_ms=60 * MINUTE)
            await taken()
            refused = await business.ring(BUSINESS, sari.digits)
            assert refused["code"] == 138012
            assert str(first + 86_400) in refused["error_data"]["details"], "says when the next one is possible"
            callport.clock("advance", by_ms=23 * 60 * MINUTE - 1)
            assert (await business.ring(BUSINESS, sari.digits))["code"] == 138012
            callport.clock("advance", by_ms=1)
            await taken()

            other = Person(callport, decline())
            other.decides("allow")
            for _ in range(2):  # of the number's four, one call of today and one of yesterday's still count
                await (await business.ring(BUSINESS, other.digits)).ended.wait()
            status, error = await business.place(BUSINESS, other.digits)
            assert (status, error["code"]) == (429, 138005), error

            looked_up = [await business.get(f"{BUSINESS}/call_permissions", user_wa_id=sari.digits) for _ in range(2)]
            assert [(status, reply.get("error", {}).get("code")) for status, reply in looked_up] == [(200, None), (429, 613)]

    run(call())


@pytest.mark.parametrize(("more", "counted"), [("", 1), ("[permissions]\ncancelled_counts = false", 0)])
def test_a_call_that_the_business_cancels_counts_unless_the_operator_says_otherwise(desk, run, more, counted):
    async def call():
        async with desk(more=more) as (business, _, sari):
            sari.decides("allow")
            call = await business.ring(BUSINESS, sari.digits)
            await business.until(lambda: call.statuses == ["RINGING"])
            assert await business.hang_up(BUSINESS, call)
            await call.ended.wait()
            assert sari.pair()["unanswered"]["in_a_row"] == counted

    run(call())


def test_a_user_is_called_by_the_id_that_the_business_knows_and_a_number_wins(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            sari.decides("allow")
            sari.behaves(decline())
            first = await placed(business, sari)
            await first.ended.wait()
            known_as = next(told(business, first.id))["to_user_id"]
            assert known_as.startswith("BR."), "by the country of the number"
            status, second = await business.place(BUSINESS, None, recipient=known_as)
            assert status == 200, second
            await second.ended.wait()
            assert second.terminate["to"] == sari.digits
            other = Person(callport, calls=decline())
            other.decides("allow")
            status, third = await business.place(BUSINESS, other.digits, recipient=known_as)
            await third.ended.wait()
            assert third.terminate["to"] == other.digits

    run(call())


def test_calls_are_refused_with_their_published_codes(desk, run):
    async def call():
        async with desk(more="[calls]\nconcurrent = 2") as (business, callport, sari):
            sari.decides("allow")
            async def refused(status, code, to=sari.digits, number=BUSINESS, **more):
                got, error = await business.place(number, to, **more)
                assert (got, getattr(error, "id", None) or error["code"]) == (status, code), error
                assert error["error_data"]["details"], error
                return error

            def number(id, digits, calling="ENABLED", **more):
                row = {"id": id, "waba_id": "2001", "number": digits, "name": "Acme", "calling": {"status": calling}}
                callport.admin("POST", "/numbers", {**row, **more})
                return id

            stranger = Person(callport)
            await refused(401, 138006, stranger.digits)
            await refused(400, 138001, "5511900000000")
            old = Person(callport, outdated_app=True)
            old.decides("allow")
            await refused(400, 138001, old.digits)
            await refused(400, 100, "not a number")
            await refused(400, 100, biz_opaque_callback_data="x" * 513)

            american = number("4002", "+12125550123")
            puerto_rican = number("4003", "+17875550123")
            await refused(400, 138013, number=american)
            await refused(401, 138006, number=puerto_rican)
            sari.decides("allow", puerto_rican)
            sari.behaves(decline())
            await (await placed(business, sari, puerto_rican)).ended.wait()

            test_number = number("4004", "+6281255507777", account_mode="SANDBOX", allowed_recipients=["+5511955501234"])
            sari.decides("allow", test_number)
            await refused(400, 131030, number=test_number)
            switched_off = number("4005", "+6281255506666", calling="DISABLED")
            await refused(401, 138000, number=switched_off)

            sari.behaves(IGNORE)
            ringing = await placed(business, sari)
            await refused(400, 138003)
            second = await placed(business, sari, puerto_rican)  # the user is in another call: busy, and no refusal
            await second.ended.wait()
            other = Person(callport)
            other.decides("allow")
            also = await placed(business, other)
            third = Person(callport)
            third.decides("allow")
            await refused(429, 138002, third.digits)
            for one in (ringing, also):
                assert await business.hang_up(BUSINESS, one)
                await one.ended.wait()

            callport.admin("PUT", f"/numbers/{BUSINESS}/restrictions/BUSINESS_INITIATED", {})
            await refused(400, 138014)
            paused = await business.other(lambda change: change["field"] == "account_update")
            (restriction,) = paused["value"]["restriction_info"]
            assert restriction["restriction_type"] == "RESTRICTED_BUSINESS_INITIATED_CALLING"
            callport.go(restriction["expiration"] + 1)
            sari.behaves(decline())
            await (await placed(business, sari)).ended.wait()

    run(call())


def test_an_offer_that_cannot_be_used_is_refused_by_the_line_and_leaves_no_call(desk, run):
    wrong = {
        "sha-512": lambda sdp: sdp.replace("a=setup", "a=fingerprint:sha-512 00:11\r\na=setup"),
        "video": lambda sdp: sdp + sdp[sdp.index("m=audio") :].replace("m=audio", "m=video"),
        "rtcp-mux": lambda sdp: sdp.replace("a=rtcp-mux\r\n", ""),
        "m=audio": lambda sdp: "v=0\r\n",
    }

    async def call():
        async with desk() as (business, callport, sari):
            sari.decides("allow")
            for named, spoil in wrong.items():
                status, reply = await business.connect(BUSINESS, sari.digits, spoil(await business.offer()))
                assert (status, reply["error"]["code"]) == (400, 100), reply
                assert named in reply["error"]["error_data"]["details"], reply
            assert callport.admin("GET", "/calls")["data"] == []
            assert business.webhooks == []

    run(call())
