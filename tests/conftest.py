"""Fixtures that every end-to-end test shares."""

import asyncio
import contextlib

import pytest

import phone_page
import platform_process
import sound
from business import Business
from people import Person

# A whole test. Reached only when something hangs: nothing here waits for time to pass.
LONGEST_TEST = 120


@pytest.fixture
def run():
    """Runs a coroutine to its end, or fails loudly when it hangs."""

    def run(coroutine):
        async def bounded():
            return await asyncio.wait_for(coroutine, LONGEST_TEST)

        return asyncio.run(bounded())

    return run


@pytest.fixture
def platform(tmp_path):
    """Makes platforms in one folder and ends those that were started."""
    made = []

    def make(callback, more=""):
        made.append(platform_process.Platform(tmp_path, callback, more))
        return made[-1].start()

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def business():
    """A business of the foreign stack, stopped with the loop that it runs in."""

    class Running:
        def __init__(self, **settings):
            self.business = Business(**settings)

        async def __aenter__(self):
            self.url = await self.business.start()
            return self.business, self.url

        async def __aexit__(self, *_):
            await self.business.stop()

    return Running


@pytest.fixture
def microphone(tmp_path):
    """A WAV file for a browser to take as its microphone."""
    path = tmp_path / "microphone.wav"
    sound.write_wav(str(path), sound.tone(phone_page.USER_HZ, 5))
    return path


@pytest.fixture
def phone(microphone):
    """Opens the phone page at a phone's size, with a microphone that plays a known tone, or with none."""

    @contextlib.asynccontextmanager
    async def open_page(url, with_microphone=True, path="/phone", **context_options):
        async with phone_page.chromium(microphone if with_microphone else None) as browser:
            async with phone_page.opened(browser, f"{url}{path}", **context_options) as page:
                yield page

    return open_page


@pytest.fixture
def desk(platform, business):
    """A business, its platform with a calendar that stands still, and a user."""

    class Desk:
        def __init__(self, more="", **settings):
            self.more, self.running = more, business(**settings)

        async def __aenter__(self):
            desk, url = await self.running.__aenter__()
            callport = platform(url, self.more)
            desk.graph = callport.public
            callport.clock("freeze")
            return desk, callport, Person(callport)

        async def __aexit__(self, *why):
            await self.running.__aexit__(*why)

    return Desk
