"""Tones, and how to recognise them: enough to prove that one side heard the other."""

import math
import wave
from array import array

RATE = 48000


def tone(hz, seconds, level=0.4, rate=RATE):
    """Signed 16-bit mono samples."""
    return array("h", (int(32767 * level * math.sin(2 * math.pi * hz * n / rate)) for n in range(int(seconds * rate))))


def write_wav(path_or_file, samples, rate=RATE):
    with wave.open(path_or_file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())


def read_wav(path_or_file):
    """Samples of the first channel and the rate."""
    with wave.open(path_or_file, "rb") as source:
        samples = array("h", source.readframes(source.getnframes()))
        return samples[:: source.getnchannels()], source.getframerate()


def share(samples, hz, rate=RATE):
    """How much of the samples' energy is at `hz`, 0 to 1 (Goertzel over 20 ms blocks)."""
    block = rate // 50
    coefficient = 2 * math.cos(2 * math.pi * hz / rate)
    at_tone = energy = 0.0
    for start in range(0, len(samples) - block + 1, block):
        before = last = 0.0
        for sample in samples[start : start + block]:
            before, last = last, sample + coefficient * last - before
            energy += sample * sample
        at_tone += 2 * (last * last + before * before - coefficient * last * before) / block
    return at_tone / energy if energy else 0.0


def seconds_of(samples, hz, rate=RATE, enough=0.8):
    """Seconds during which `hz` carries most of the energy and there is energy at all."""
    step = rate // 10
    loud = 200  # of 32767: well above silence, well below a tone
    pieces = (samples[start : start + step] for start in range(0, len(samples) - step + 1, step))
    return sum(0.1 for piece in pieces if max(piece) > loud and share(piece, hz, rate) > enough)
