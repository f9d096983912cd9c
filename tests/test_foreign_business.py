"""A user-initiated call between a scripted user and a business on a WebRTC stack that shares no code with ours."""

import io

import sound

USER_HZ, BUSINESS_HZ = 440, 800


def test_both_sides_hear_each_other_and_the_platform_says_so(platform, business, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            script = {"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "after", "ms": 3000}, "cta_payload": "ticket=77812"}
            handle = callport.dial(script)
            placed = await desk.first_call()
            await placed.ended.wait()
            status = await callport.over(handle)

            assert placed.refusals == []
            assert sound.seconds_of(placed.heard, USER_HZ) > 1, "the business must hear the user's tone"
            recording, rate = sound.read_wav(io.BytesIO(callport.admin("GET", f"/scripted/{handle}/recording.wav")))
            assert sound.seconds_of(recording, BUSINESS_HZ, rate) > 1, "the user must hear the business's tone"
            assert (status["state"], status["reason"], status["trouble"]) == ("ended", "user_hung_up", None)

            assert placed.terminate["status"] == "COMPLETED"
            assert placed.terminate["cta_payload"] == "ticket=77812"
            start, end = int(placed.terminate["start_time"]), int(placed.terminate["end_time"])
            assert placed.terminate["duration"] == end - start

            story = callport.story(status["call_id"])
            assert story["verdict"]["outcome"] == "answered"
            for leg in ("user", "business"):
                outcomes = {check["step"]: check["outcome"] for check in story["media"][leg]["checks"]}
                assert set(outcomes.values()) <= {"passed", "warning"}, (leg, outcomes)

    run(call())


def test_a_business_that_never_sends_is_dropped_at_twenty_seconds_and_the_story_says_why(platform, business, run):
    """`Connects, nobody hears, drops at 20 s`: the commonest trouble of real integrations, here with a shortened limit."""

    async def call():
        async with business(silent=True) as (desk, url):
            callport = platform(url, more='[calls]\nfirst_media = "1s"')
            desk.graph = callport.public
            handle = callport.dial({"hang_up": {"kind": "never"}})
            placed = await desk.first_call()
            await placed.ended.wait()
            status = await callport.over(handle)

            assert placed.terminate["status"] == "FAILED"
            assert [error["code"] for error in placed.terminate["errors"]] == [138021]
            verdict = callport.story(status["call_id"])["verdict"]
            assert (verdict["outcome"], verdict["code"]) == ("failed", 138021)
            failing = {step["leg"]: step["step"] for step in verdict["first_failing"]}
            assert failing["business"] == "packets_in", verdict

    run(call())


def test_three_fingerprints_are_refused_with_the_line_that_must_go(platform, business, run, monkeypatch):
    monkeypatch.setattr("business.one_fingerprint", lambda sdp: sdp)

    async def call():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            handle = callport.dial({"patience_ms": 1500})
            placed = await desk.first_call()
            await placed.ended.wait()
            await callport.over(handle)
            assert [error["code"] for error in placed.refusals] == [100]
            assert "sha-384" in placed.refusals[0]["error_data"]["details"]
            assert "start_time" not in placed.terminate

    run(call())
