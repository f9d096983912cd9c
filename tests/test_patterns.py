"""The integration patterns of `examples/`, as their pages start them: several programs that know nothing of each other, against the shipped binary."""

import asyncio
import contextlib
import html
import os
import re
import sys
import urllib.error
import urllib.request

import platform_process
from sign_up_owner import Owner
from test_examples import EXAMPLES, free_port

USER = "5511955501234"
PYTHON = [sys.executable, "-u"]
TSX = EXAMPLES / "typescript" / "node_modules" / "tsx" / "dist" / "loader.mjs"
TYPESCRIPT = ["node", "--import", str(TSX)]


class Program:
    """One program of a pattern. Its lines are kept, and a test waits for one that it wants."""

    def __init__(self, process):
        self.process, self.lines, self.more = process, [], asyncio.Condition()
        self.reading = asyncio.create_task(self.read())

    async def read(self):
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode().rstrip())
            async with self.more:
                self.more.notify_all()
        self.lines.append("(it ended)")
        async with self.more:
            self.more.notify_all()

    async def says(self, *wanted):
        """Waits until lines that begin so came, in this order."""

        def came():
            at = 0
            for line in self.lines:
                if at < len(wanted) and line.startswith(wanted[at]):
                    at += 1
            assert at == len(wanted) or self.lines[-1:] != ["(it ended)"], (wanted[at], self.lines)
            return at == len(wanted)

        async with self.more:
            await self.more.wait_for(came)

    def said(self, start):
        return [line for line in self.lines if line.startswith(start)]


@contextlib.asynccontextmanager
async def running(folder, tmp_path, *programs):
    """Each program as (command, file, variables), listening before the next one starts."""
    # aioice leaves loopback out of its candidates; tests use nothing else.
    (tmp_path / "sitecustomize.py").write_text("import aioice.ice\naioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ['127.0.0.1']\n")
    started = []
    try:
        for command, file, variables in programs:
            told = os.environ | {"PYTHONPATH": str(tmp_path), "VERIFY_TOKEN": "s3cr3t", "PHONE_NUMBER_ID": "4001", "WABA_ID": "2001"} | variables
            pipe = asyncio.subprocess.PIPE
            program = Program(await asyncio.create_subprocess_exec(*command, file, cwd=EXAMPLES / folder, env=told, stdout=pipe))
            started.append(program)
            await program.says("listening on ")
        yield started
    finally:
        for program in started:
            with contextlib.suppress(ProcessLookupError):
                program.process.kill()
            await program.process.wait()
            await program.reading


class Pattern(platform_process.Platform):
    """The shipped binary with the fixture of a pattern; each program of it listens on a port that is free here."""

    def __init__(self, folder, tmp_path, ports):
        super().__init__(tmp_path, "http://127.0.0.1:9/unused")
        fixture = (EXAMPLES / folder / "acme.toml").read_text()
        for written, free in ports.items():
            fixture = fixture.replace(f"http://127.0.0.1:{written}/", f"http://127.0.0.1:{free}/")
        (tmp_path / "fixture.toml").write_text(fixture)

    def say(self, text):
        self.admin("POST", f"/pairs/4001/{self.user()['id']}/messages", {"text": text})

    def webhooks(self):
        """What was sent: app, field or event, and the address of the last attempt."""
        return self.admin("GET", "/webhooks?limit=200")["data"]


@contextlib.contextmanager
def platform_of(folder, tmp_path, ports):
    one = Pattern(folder, tmp_path, ports).start()
    try:
        yield one
    finally:
        one.stop()


SCRIPT = {"say": {"kind": "tone", "hz": 440}, "hang_up": {"kind": "after", "ms": 1500}}


def test_two_apps_on_one_number_are_told_of_their_own_at_the_address_of_their_override(run, tmp_path):
    async def story():
        first, second = free_port(), free_port()
        with platform_of("two-apps", tmp_path, {}) as callport:
            shared = {"GRAPH_URL": callport.public}
            calls = {"APP_ID": "1001", "APP_SECRET": "secret_of_the_calls_app", "ACCESS_TOKEN": "EAAcalls", "PORT": str(first)}
            chat = {"APP_ID": "1002", "APP_SECRET": "secret_of_the_chat_app", "ACCESS_TOKEN": "EAAchat", "PORT": str(second)}
            async with running("two-apps", tmp_path, (PYTHON, "calls.py", shared | calls), (PYTHON, "chat.py", shared | chat)) as (calls, chat):
                await calls.says("subscribed to calls,messages, override of the number")
                await chat.says("subscribed to messages, override of the account")
                await asyncio.to_thread(callport.say, "Are you there?")
                await chat.says("/account messages text", "/account messages sent")
                handle = callport.dial(SCRIPT)
                await calls.says("/number calls connect", "pre_accept 200", "accept 200", "/number calls terminate", "over: COMPLETED")
                assert (await callport.over(handle))["state"] == "ended"
                assert not chat.said("/account calls") and not calls.said("/app")
                callport.admin("DELETE", "/numbers/4001/overrides/1001")
                handle = callport.dial(SCRIPT)
                await calls.says("/app calls connect", "accept 200", "/app calls terminate")
                await callport.over(handle)

    run(story())


def test_two_operators_share_a_number_and_hand_a_conversation_over_for_a_call(run, tmp_path):
    async def story():
        first, second = free_port(), free_port()
        with platform_of("two-operators", tmp_path, {9001: first, 9002: second}) as callport:
            shared = {"GRAPH_URL": callport.public}
            chat = {"APP_SECRET": "secret_of_the_chat_partner", "ACCESS_TOKEN": "EAAchat", "PORT": str(first)}
            voice = {"APP_SECRET": "secret_of_the_voice_partner", "ACCESS_TOKEN": "EAAvoice", "PORT": str(second)}
            callport.admin("PATCH", "/numbers/4001", {"calling": {"status": "ENABLED"}})
            behaviour = {"calls": {"kind": "answer"}, "permission_requests": {"kind": "allow_temporarily"}}
            callport.admin("PUT", f"/users/{callport.user()['id']}/behaviour", behaviour)
            programs = (TYPESCRIPT, "chat.ts", shared | chat), (PYTHON, "voice.py", shared | voice)
            async with running("two-operators", tmp_path, *programs) as (chat, voice):
                await chat.says("roles: customer_service, standby: true")
                await asyncio.to_thread(callport.say, "hello")
                await chat.says("the user wrote")
                await asyncio.to_thread(callport.say, "Please call me")
                await chat.says("passed: done", "writing into it: 131070", "standby: message_echoes", "back as customer_service: talked")
                await voice.says(
                    "a thread from customer_service: wants a call", "accept", "connect 200", "RINGING", "ACCEPTED", "terminate", "passed back: 200, talked"
                )
                assert not voice.said("wrote"), "what users write is the owner's alone"
                sent = callport.webhooks()
                calls = [one for one in sent if one["field"] == "calls"]
                assert {(one["app_id"], one["waba_id"]) for one in calls} == {("1002", "2002")}, "the Call primary, from its own account"
                texts = [one for one in sent if one["field"] == "messages" and one["event"] == "text"]
                assert {(one["app_id"], one["waba_id"]) for one in texts} == {("1001", "2001")}
                refused = await refused_call(callport.public, "EAAchat")
                assert refused == 138038

    run(story())


async def refused_call(graph, token):
    """The code that a call of somebody who is not the Call primary is refused with."""
    from aiohttp import ClientSession

    body = {"messaging_product": "whatsapp", "action": "connect", "to": USER, "session": {"sdp_type": "offer", "sdp": "v=0\r\n"}}
    async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.post(f"{graph}/v25.0/4001/calls", json=body) as reply:
            return (await reply.json())["error"]["code"]


def test_a_tenant_behind_an_override_answers_calls_that_its_provider_never_sees(run, tmp_path):
    async def story():
        first, second = free_port(), free_port()
        with platform_of("override-tenant", tmp_path, {}) as callport:
            shared = {"GRAPH_URL": callport.public, "PARTNER_SECRET": "between_us"}
            provider = {"APP_ID": "1001", "APP_SECRET": "secret_of_the_provider", "PORT": str(first)}
            tenant = {
                "ACCESS_TOKEN": "EAAtenant",
                "OWN_APP_ID": "1002",
                "OWN_APP_SECRET": "secret_of_the_tenant",
                "OWN_TOKEN": "EAAown",
                "PROVIDER_APP_SECRET": "secret_of_the_provider",
                "ONBOARDING_URL": f"http://127.0.0.1:{first}/tenants",
                "PORT": str(second),
            }
            programs = (TYPESCRIPT, "onboarding.ts", shared | provider), (TYPESCRIPT, "tenant.ts", shared | tenant)
            async with running("override-tenant", tmp_path, *programs) as (provider, tenant):
                await provider.says("subscribed: 200")
                await tenant.says("own app subscribed: 200", "signed up: true")
                await asyncio.to_thread(callport.say, "hello")
                await tenant.says("direct: messages text")
                handle = callport.dial(SCRIPT)
                await tenant.says("direct: calls connect", "pre_accept 200", "accept 200", "direct: calls terminate", "over: COMPLETED")
                await callport.over(handle)
                callport.admin("PATCH", "/numbers/4001", {"calling": {"call_icon_visibility": "DISABLE_ALL"}})
                await tenant.says("own app: account_settings_update")
                callport.admin("POST", "/numbers/4001/quality", {"notice": "USER_INITIATED_CALLS_LOW_PICKUP_RATE"})
                await provider.says("own callback: account_update")
                await tenant.says("forwarded: account_update")
                assert not [line for line in provider.lines if re.search("calls|messages", line)], provider.lines

    run(story())


def test_one_app_takes_calls_beside_the_messages_that_it_took_before(run, tmp_path):
    async def story():
        with platform_of("single-bsp", tmp_path, {}) as callport:
            desk = {"APP_ID": "1001", "APP_SECRET": "secret_of_the_desk", "ACCESS_TOKEN": "EAAdesk", "PORT": str(free_port()), "GRAPH_URL": callport.public}
            async with running("single-bsp", tmp_path, (PYTHON, "backend.py", desk)) as (backend,):
                await backend.says("subscribed to calls: 200", "calling enabled: 200")
                await asyncio.to_thread(callport.say, "Are you there?")
                await backend.says("messages: text", "offered a call: 200")
                handle = callport.dial(SCRIPT)
                await backend.says("calls: connect", "pre_accept 200", "accept 200", "calls: terminate", "over: COMPLETED")
                assert (await callport.over(handle))["state"] == "ended"
                assert {one["app_id"] for one in callport.webhooks()} == {"1001"}

    run(story())


def test_a_vendor_of_calls_signs_a_business_up_and_answers_its_number(run, tmp_path):
    async def story():
        with platform_of("calling-only-isv", tmp_path, {}) as callport:
            page = f"http://127.0.0.1:{(pages := free_port())}"
            callport.admin("PUT", "/sign-up/clients/1001", {"origins": [page]})
            line = callport.admin("POST", "/portfolios/3001/credit-lines", {"legal_entity_name": "Ring"})["id"]
            vendor = {"APP_ID": "1001", "APP_SECRET": "secret_of_the_isv", "PORT": str(free_port()), "PAGE_PORT": str(pages)}
            vendor |= {"GRAPH_URL": callport.public, "CREDIT_LINE": line}
            async with running("calling-only-isv", tmp_path, (PYTHON, "isv.py", vendor)) as (isv,):
                await isv.says("subscribed to calls: 200", "sign up at ")
                link = re.search('href="([^"]+)"', await asyncio.to_thread(fetched, page))[1]
                back = await asyncio.to_thread(Owner(callport).signs_up, link, "+6281255507777")
                assert "takes calls now" in await asyncio.to_thread(fetched, back)
                assert [line.split(": ")[1] for line in isv.lines[-2:]] == ["we pay", "+62 812-5550-7777 takes calls"]
                handle = callport.dial(SCRIPT, "+6281255507777")
                await isv.says("pre_accept 200", "accept 200", "over: COMPLETED")
                assert (await callport.over(handle))["state"] == "ended"
                assert (await asyncio.to_thread(refused, back)) == 403, "a state works once"

    run(story())


def test_of_two_partners_of_a_solution_one_pays_and_the_other_answers_calls(run, tmp_path):
    async def story():
        with platform_of("calling-beside-messaging", tmp_path, {}) as callport:
            page = f"http://127.0.0.1:{(pages := free_port())}"
            callport.admin("PUT", "/sign-up/clients/1001", {})
            callport.admin("PUT", "/sign-up/clients/1002", {"origins": [page]})
            line = callport.admin("POST", "/portfolios/3001/credit-lines", {"legal_entity_name": "Wholesale"})["id"]
            shared = {"GRAPH_URL": callport.public}
            bsp = {"APP_ID": "1001", "APP_SECRET": "secret_of_the_bsp", "PARTNER_APP_ID": "1002", "PORT": str(free_port()), "CREDIT_LINE": line}
            async with running("calling-beside-messaging", tmp_path, (PYTHON, "bsp.py", shared | bsp)) as (payer,):
                await payer.says("subscribed to what partners hear: 200", "offered ")
                solution = payer.said("offered ")[0].split()[1]
                calls = {"APP_ID": "1002", "APP_SECRET": "secret_of_the_calls", "SOLUTION_ID": solution, "PORT": str(free_port()), "PAGE_PORT": str(pages)}
                async with running("calling-beside-messaging", tmp_path, (PYTHON, "calls.py", shared | calls)) as (caller,):
                    await caller.says("accepted: 200", "sign up at ")
                    await payer.says(f"solution {solution}: ACTIVE")
                    link = html.unescape(re.search('href="([^"]+)"', await asyncio.to_thread(fetched, page))[1])
                    back = await asyncio.to_thread(Owner(callport).signs_up, link, "+6281255507777")
                    await asyncio.to_thread(fetched, back)
                    await payer.says("we pay for", "subscribed: 200", "writing to a user: 403, code 10")
                    handle = callport.dial(SCRIPT, "+6281255507777")
                    await caller.says("pre_accept 200", "accept 200", "over: COMPLETED")
                    await payer.says("heard: connect", "heard: terminate")
                    assert (await callport.over(handle))["state"] == "ended"

    run(story())


def fetched(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read().decode()


def refused(url):
    try:
        fetched(url)
    except urllib.error.HTTPError as error:
        return error.code
    return None
