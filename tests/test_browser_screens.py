"""Every screen, looked at with axe-core: no findings, at a phone's size and a desk's, by day and by night."""

import platform_process
import screens
from phone_page import DESK_SIZE, chromium, opened

AXE = platform_process.ROOT / "web" / "phone" / "node_modules" / "axe-core" / "axe.min.js"
SMALL_PHONE = {"width": 360, "height": 740}


class Auditor:
    """Collects what axe finds on each screen that it is shown."""

    def __init__(self):
        self.script = AXE.read_text()
        self.seen, self.findings = [], []

    async def __call__(self, name, page):
        self.seen.append(name)
        # Evaluated by the debugger, which the page's own policy does not bind.
        await page.evaluate(f"() => {{ if (!window.axe) {{ {self.script} }} }}")
        for size in (SMALL_PHONE, DESK_SIZE):
            await page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                # Without movement: a colour half way through its fading is nobody's fault.
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found = await page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
                for rule in found["violations"]:
                    where = "; ".join(f"{node['html'][:120]} ({node['failureSummary']})" for node in rule["nodes"][:3])
                    self.findings.append(f"{name}, {size['width']} wide, {scheme}: {rule['id']}: {where}")
        await page.set_viewport_size(SMALL_PHONE)


def test_axe_finds_nothing_on_any_screen(platform, business, phone, microphone, run):
    audit = Auditor()

    async def walk():
        async with business() as (desk, url):
            callport = platform(url)
            desk.graph = callport.public
            async with phone(callport.public) as page:
                await screens.pages_without_a_phone(page, callport.public, audit)
                await page.goto(f"{callport.public}/phone")
                await screens.empty_phone(page, audit)
                await screens.a_call(page, desk, audit)
                await screens.a_chat_and_a_call_that_comes(page, desk, audit)
                await screens.a_business_that_is_blocked(page, audit)
                async with chromium() as deaf, opened(deaf, f"{callport.public}/phone") as other:
                    await screens.a_call_without_a_microphone(other, callport.public, audit)
                await screens.business_that_takes_no_calls(page, callport, audit)
                await screens.business_that_is_closed(page, callport, audit, may_call="may call you until")
                await screens.server_gone(page, callport, audit)

    run(walk())
    assert audit.findings == [], "\n".join(audit.findings)
    assert len(set(audit.seen)) == len(audit.seen) > 25
