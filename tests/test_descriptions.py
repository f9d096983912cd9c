"""Foreign stacks take our answers to offers of every direction and profile: Chromium, the strictest there is, and aiortc."""

import asyncio

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

import phone_page
import sound
from business import one_fingerprint
from people import BUSINESS, answer

USER_HZ = 440

# An offer of that direction, as the page would post it with one text changed.
OFFER = """async ([direction, from, to]) => {
  window.pc = new RTCPeerConnection();
  pc.addTransceiver('audio', { direction });
  await pc.setLocalDescription();
  return pc.localDescription.sdp.replace(from, to);
}"""
# The direction that is left when the answer was taken.
TAKE = """async (sdp) => {
  await pc.setRemoteDescription({ type: 'answer', sdp });
  return pc.getTransceivers()[0].currentDirection;
}"""
# The answer to an offer.
ANSWER = """async (sdp) => {
  window.pc = new RTCPeerConnection();
  await pc.setRemoteDescription({ type: 'offer', sdp });
  pc.getTransceivers()[0].direction = 'sendrecv';
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}"""
PROFILE = "UDP/TLS/RTP/SAVPF"


async def answered(desk, sari, offer):
    """Our answer to that offer, for a call that is over at once. So many of them in a row would cost a business its permission."""
    sari.decides("allow")
    status, reply = await desk.connect(BUSINESS, sari.digits, offer)
    assert status == 200, reply
    call_id = reply["calls"][0]["id"]

    def events(name):
        calls = [call for change in desk.webhooks for call in change["value"].get("calls", [])]
        return [call for call in calls if call["id"] == call_id and call["event"] == name]

    await desk.until(lambda: events("connect"))
    status, _ = await desk.post(f"{BUSINESS}/calls", messaging_product="whatsapp", call_id=call_id, action="terminate")
    assert status == 200
    await desk.until(lambda: events("terminate"))
    return events("connect")[0]["session"]["sdp"]


@pytest.mark.parametrize("dialect", ["current", "older"])
def test_chromium_takes_the_answer_to_each_direction(desk, run, dialect):
    async def call():
        async with desk(more=f'sdp_dialect = "{dialect}"') as (business, callport, sari):
            async with phone_page.chromium() as browser:
                page = await browser.new_page()
                await page.goto(f"{callport.public}/phone")  # a page of its own origin: an empty one may make no connections
                for direction in ["sendrecv", "sendonly", "recvonly", "inactive"]:
                    sdp = await answered(business, sari, await page.evaluate(OFFER, [direction, PROFILE, PROFILE]))
                    assert await page.evaluate(TAKE, sdp) == direction, sdp

    run(call())


@pytest.mark.parametrize("dialect", ["current", "older"])
def test_chromium_takes_and_answers_the_offer_of_each_generation(desk, run, dialect):
    async def call():
        async with desk(more=f'sdp_dialect = "{dialect}"') as (business, callport, sari):
            business.take = lambda number, event: None  # the browser answers
            sari.dials()
            await business.until(lambda: business.webhooks)
            event = business.webhooks[0]["value"]["calls"][0]
            assert ("a=extmap:" in event["session"]["sdp"]) == (dialect == "older")
            async with phone_page.chromium() as browser:
                page = await browser.new_page()
                await page.goto(f"{callport.public}/phone")
                session = {"sdp_type": "answer", "sdp": await page.evaluate(ANSWER, event["session"]["sdp"])}
            for command in [{"action": "accept", "session": session}, {"action": "terminate"}]:
                status, reply = await business.post(f"{BUSINESS}/calls", messaging_product="whatsapp", call_id=event["id"], **command)
                assert status == 200, reply

    run(call())


def test_chromium_takes_the_answer_under_its_own_profile(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            async with phone_page.chromium() as browser:
                page = await browser.new_page()
                await page.goto(f"{callport.public}/phone")
                for profile in ["UDP/TLS/RTP/SAVP", "RTP/SAVPF", "RTP/SAVP", "RTP/AVPF", "TCP/DTLS/RTP/SAVPF"]:
                    sdp = await answered(business, sari, await page.evaluate(OFFER, ["sendrecv", PROFILE, profile]))
                    assert f" {profile} " in sdp and ("a=rtcp-fb" in sdp) == profile.endswith("F"), sdp
                    assert await page.evaluate(TAKE, sdp) == "sendrecv", sdp

    run(call())


def test_aiortc_takes_the_answer_to_each_direction(desk, run):
    async def call():
        async with desk() as (business, _, sari):
            for direction in ["sendrecv", "sendonly", "recvonly", "inactive"]:
                peer = RTCPeerConnection()
                transceiver = peer.addTransceiver("audio", direction=direction)
                await peer.setLocalDescription(await peer.createOffer())
                sdp = await answered(business, sari, one_fingerprint(peer.localDescription.sdp))
                await peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
                assert transceiver.currentDirection == direction, sdp
                await peer.close()

    run(call())


def test_a_business_that_only_listens_hears_the_user_and_is_dropped_with_the_line_that_did_it(desk, run):
    async def call():
        async with desk() as (business, callport, sari):
            sari.decides("allow")
            sari.behaves(answer(say={"kind": "tone", "hz": USER_HZ}))
            status, placed = await business.place(BUSINESS, sari.digits, direction="recvonly")
            assert status == 200, placed
            await business.until(lambda: "ACCEPTED" in placed.statuses)
            await placed.up.wait()
            while sound.seconds_of(placed.heard, USER_HZ) < 0.5:
                await asyncio.sleep(0.2)  # between two looks
            callport.clock("advance", by_ms=20_000)
            await placed.ended.wait()
            assert [error["code"] for error in placed.terminate["errors"]] == [138021]
            story = callport.story(placed.id)
            assert any("a=recvonly says that this end sends no audio" in line["text"] for line in story["timeline"]), story["timeline"]
            assert "first failing step is direction: a=recvonly" in story["verdict"]["says"], story["verdict"]

    run(call())


def test_refusals_write_attributes_as_they_are_and_name_the_wrapping(desk, run):
    async def call():
        async with desk() as (business, _, sari):
            sari.decides("allow")
            peer = RTCPeerConnection()
            peer.addTransceiver("audio")
            await peer.setLocalDescription(await peer.createOffer())
            whole, offer = peer.localDescription.sdp, one_fingerprint(peer.localDescription.sdp)
            await peer.close()
            for sdp, words in [
                (whole, "aiortc writes all three"),
                (offer.replace("a=rtcp-mux\r\n", ""), "The line a=rtcp-mux is missing"),
                (offer.replace("\r\n", "\r"), "(CR, \\r) stands alone"),
                ('{"type": "offer", "sdp": "v=0\\r\\n"}', "JSON of a whole description"),
            ]:
                status, reply = await business.connect(BUSINESS, sari.digits, sdp)
                details = reply["error"]["error_data"]["details"]
                assert (status, reply["error"]["code"]) == (400, 100) and words in details, details

    run(call())
