"""In a call: what the page says when the server or the sound is gone, which microphone and speaker are used, and the keypad on its side."""

import asyncio

from playwright.async_api import expect

from phone_page import BUSINESS_HZ, USER_HZ, business_hears, hears, talking, until

ON_ITS_SIDE = {"width": 740, "height": 360}


class Socket:
    """The page's sockets pass through here, and stop when told to. Sound has a way of its own."""

    def __init__(self):
        self.cut, self.open = False, []

    async def route(self, page):
        await page.route_web_socket("**/phone/socket*", self.passes)
        await page.reload()  # from the next document on

    def passes(self, route):
        if self.cut:
            asyncio.ensure_future(route.close())
            return
        route.connect_to_server()
        self.open.append(route)

    async def stop(self):
        self.cut = True
        for route in self.open:
            await route.close()


def test_what_arrives_decides_what_the_page_says_of_a_call_without_its_server(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            socket = Socket()
            async with phone(callport.public) as page:
                await socket.route(page)
                placed = await talking(page, desk)
                await expect(page.get_by_text("You hear each other")).to_be_visible()
                await hears(page, BUSINESS_HZ)

                # The socket alone: both still hear each other, and the page says so.
                await socket.stop()
                await expect(page.get_by_text("Reconnecting… the call goes on")).to_be_visible()
                await business_hears(placed, USER_HZ, 0.5)
                assert await page.evaluate("() => callport.figures().arriving") == "sound"
                socket.cut = False
                await expect(page.get_by_text("You hear each other")).to_be_visible()

                # Server and sound: no timer runs for a call that is gone.
                await expect(page.get_by_role("timer")).to_be_visible()
                await asyncio.to_thread(callport.kill)
                await expect(page.get_by_text("Reconnecting… no sound arrives")).to_be_visible()
                await expect(page.get_by_text("Connection lost", exact=True)).to_be_visible()
                await expect(page.get_by_role("timer")).to_have_count(0)
                await page.get_by_role("button", name="Hang up").click()
                await expect(page.get_by_role("heading", name="Call ended")).to_be_visible()

    run(call())


def test_a_business_that_falls_silent_is_not_said_to_be_heard(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                placed = await talking(page, desk)
                await expect(page.get_by_text("You hear each other")).to_be_visible()
                sender = placed.peer.getSenders()[0]
                sender.replaceTrack(None)
                await expect(page.get_by_text("No sound arrives at the moment")).to_be_visible()
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()

    run(call())


def test_microphone_and_speaker_are_chosen_in_a_call_and_kept_for_the_next(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                placed = await talking(page, desk)
                await page.get_by_role("button", name="Audio").click()
                microphones, speakers = page.get_by_role("group", name="Microphone"), page.get_by_role("group", name="Speaker")
                await expect(microphones.get_by_role("radio").first).to_be_checked()
                # Not `check()`, which wants the mark at once: the page sets it when the device has begun.
                for device in (microphones.get_by_role("radio", name="Fake Audio Input 2"), speakers.get_by_role("radio", name="Fake Audio Output 1")):
                    await device.click()
                    await expect(device).to_be_checked()
                await business_hears(placed, USER_HZ, 0.5)
                await hears(page, BUSINESS_HZ)

                # One of them goes and comes back: the list follows, and the call stays on the speaker that is there.
                await page.evaluate(
                    """() => {
                        const all = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
                        navigator.mediaDevices.enumerateDevices = async () => (await all()).filter(({ label }) => label !== "Fake Audio Output 1");
                        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
                    }"""
                )
                await expect(speakers.get_by_role("radio", name="Fake Audio Output 1")).to_have_count(0)
                await expect(speakers.get_by_role("radio").first).to_be_checked()
                await page.keyboard.press("Escape")
                await expect(microphones).to_have_count(0)
                await page.get_by_role("button", name="Hang up").click()
                await placed.ended.wait()

                await page.reload()
                await page.get_by_role("button", name="Call Acme Repairs").click()
                await until(page, "phone.state().phase === 'connected'")
                await page.get_by_role("button", name="Audio").click()
                await expect(page.get_by_role("radio", name="Fake Audio Input 2")).to_be_checked()
                await expect(page.get_by_role("radio", name="Fake Audio Output 1")).to_be_checked()
                await page.get_by_role("button", name="Hang up").click()

    run(call())


def test_the_ended_call_s_id_is_copied(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public, permissions=["clipboard-read", "clipboard-write", "microphone"]) as page:
                await talking(page, desk)
                await page.get_by_role("button", name="Hang up").click()
                await page.get_by_role("button", name="Copy call ID").click()
                await expect(page.get_by_role("button", name="Copied call ID")).to_be_visible()
                copied = await page.evaluate("() => navigator.clipboard.readText()")
                assert copied == (await page.evaluate("() => callport.state().call"))
                assert (await asyncio.to_thread(callport.story, copied))["verdict"]["outcome"] == "answered"

    run(call())


async def all_on_the_screen(page, controls):
    size = page.viewport_size
    for control in controls:
        box = await control.bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= size["width"] and box["y"] + box["height"] <= size["height"], (await control.inner_text(), box)


def test_all_keys_are_on_the_screen_of_a_phone_on_its_side_and_read_from_left_to_right(platform, business, phone, run):
    async def call():
        async with business(hz=BUSINESS_HZ) as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public, viewport=ON_ITS_SIDE) as page:
                await talking(page, desk)
                await page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
                await page.get_by_role("button", name="Keypad").click()
                keys = await page.get_by_role("group", name="Keypad").get_by_role("button").all()
                assert len(keys) == 12
                await all_on_the_screen(page, [*keys, page.get_by_role("button", name="Hang up"), page.get_by_role("timer")])
                one, two = (await keys[0].bounding_box())["x"], (await keys[1].bounding_box())["x"]
                assert one < two, "a keypad is the same everywhere"
                await page.get_by_role("button", name="Hang up").click()
                await page.get_by_role("button", name="Done").click()
                number = page.get_by_text("+62 812-5550-9999")
                assert await number.evaluate("it => [getComputedStyle(it).direction, getComputedStyle(it).unicodeBidi]") == ["ltr", "isolate"]
                await page.get_by_role("link", name="Keypad").click()
                keys = await page.get_by_role("group", name="Keypad").get_by_role("button").all()
                await all_on_the_screen(page, [*keys, page.get_by_role("button", name="Call"), page.get_by_label("Number to call")])

    run(call())
