"""Media of a foreign stack that does something else than it should: what is heard, what is counted, and what the story says."""

import copy

import aiortc.rtcrtpsender
import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtp import RtcpByePacket, RtcpPacket, RtcpSdesPacket, RtcpSrPacket, RtpPacket

BUSINESS_HZ = 800


@pytest.fixture
def sends(monkeypatch):
    """Changes every packet that the foreign stack sends; the first has number 0."""

    def sends(change):
        count = iter(range(1_000_000))

        class Odd(RtpPacket):
            def serialize(self, *args, **kwargs):
                packet = copy.copy(self)
                packet.__class__ = RtpPacket
                change(next(count), packet)
                return packet.serialize(*args, **kwargs)

        monkeypatch.setattr(aiortc.rtcrtpsender, "RtpPacket", Odd)

    return sends


@pytest.fixture
def told(platform, business, run):
    """The story of a call of three seconds and more, what the user's side measured, and its recording's verdict."""

    def told(ms=3000):
        async def call():
            async with business(hz=BUSINESS_HZ) as (desk, url):
                callport = platform(url)
                desk.graph = callport.public
                handle = callport.dial({"say": {"kind": "tone", "hz": 440}, "hang_up": {"kind": "after", "ms": ms}})
                placed = await desk.first_call()
                await placed.ended.wait()
                status = await callport.over(handle)
                return callport.story(status["call_id"]), status

        return run(call())

    return told


def failing(story):
    return {step["leg"]: step for step in story["verdict"]["first_failing"]}


def check(story, step, leg="business"):
    return next(check for check in story["media"][leg]["checks"] if check["step"] == step)


def test_a_strict_reader_takes_every_report_and_learns_from_it(told, monkeypatch):
    taken, thrown_away = [], []
    parse = RtcpPacket.parse

    def watched(data):
        try:
            packets = parse(data)
        except ValueError as error:
            thrown_away.append((error, data))
            raise
        taken.append(packets)
        return packets

    monkeypatch.setattr(RtcpPacket, "parse", watched)
    story, _ = told()
    assert thrown_away == []
    kinds = {type(packet) for packets in taken for packet in packets}
    assert {RtcpSrPacket, RtcpSdesPacket, RtcpByePacket} <= kinds, kinds
    figures = story["media"]["business"]["figures"]
    assert figures["round_trip_ms"] is not None, "it answered our times"
    assert "numbering" not in failing(story)


def test_a_timestamp_step_that_does_not_fit_is_named(told, sends):
    base = []

    def step(n, packet):
        base.append(packet.timestamp)
        packet.timestamp = (base[0] + 160 * n) % 2**32

    sends(step)
    story, _ = told()
    first = failing(story)["business"]
    assert first["step"] == "numbering", first
    assert "160" in first["says"] and "960" in first["says"], first


def test_what_is_dropped_for_its_payload_type_is_not_lost(told, sends):
    def foreign(n, packet):
        if n % 11 == 10:
            packet.payload_type = 127

    sends(foreign)
    story, status = told()
    figures = story["media"]["business"]["figures"]
    assert figures["dropped"]["wrong_payload_type"] >= 5
    assert (figures["lost_in"], status["figures"]["lost_in"]) == (0, 0), figures
    assert figures["mos"] > 4
    assert check(story, "payload_type")["outcome"] == "warning"
    assert failing(story) == {}


def test_numbers_that_go_back_are_the_first_failing_step(told, sends):
    def back(n, packet):
        if n >= 80:
            packet.sequence_number = (packet.sequence_number - 70) % 2**16

    sends(back)
    story, _ = told(5000)
    first = failing(story)["business"]
    assert first["step"] == "numbering", first
    assert "numbers that were there before" in first["says"], first
    assert story["media"]["business"]["figures"]["lost_in"] == 0


def test_speech_that_is_sent_all_at_once_is_heard_whole_and_named(told, monkeypatch):
    """Four seconds, as a synthesizer sends them."""
    at_once, held = 200, []
    send = RTCDtlsTransport._send_rtp

    async def hold(self, data):
        if 192 <= data[1] <= 223:
            return await send(self, data)
        held.append(data)
        if len(held) == at_once:
            for packet in held:
                await send(self, packet)
            held.clear()

    monkeypatch.setattr(RTCDtlsTransport, "_send_rtp", hold)
    story, status = told(7000)
    assert status["figures"]["packets_in"] == story["media"]["business"]["figures"]["packets_in"] == at_once, status["figures"]
    assert status["figures"]["lost_in"] == 0
    seen = check(story, "packets_in")
    assert "they come in bursts" in seen["says"], seen
