"""A public client of the published API, pywa, as it is: only its base URL is ours. What it sends is understood, what we send becomes its types."""

import asyncio
import dataclasses
import datetime
import logging

import pytest
from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription
from pywa.types import calls as pywa_calls
from pywa_async import WhatsApp, types, utils
from pywa_async.errors import WhatsAppError
from pywa_async.types import calls, templates

import sound
from business import Call, Tone, listen, one_fingerprint
from people import Person, answer

USER_HZ, BUSINESS_HZ = 440, 800


class Bot:
    """A business on pywa: its webhook server is a route of ours that hands every request to pywa."""

    def __init__(self):
        self.updates = []
        self.arrival = asyncio.Condition()
        self.calls = []

    async def start(self):
        app = web.Application()
        app.add_routes([web.get("/hook", self.on_verify), web.post("/hook", self.on_webhook)])
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook"
        self.wa = WhatsApp("4001", "EAAtest", waba_id="2001", app_secret="test_app_secret", verify_token="pywa's own", api_version=25.0)
        for listens in (
            self.wa.on_message,
            self.wa.on_message_status,
            self.wa.on_callback_button,
            self.wa.on_template_status_update,
            self.wa.on_call_permission_update,
            self.wa.on_phone_number_change,
            self.wa.on_call_connect,
            self.wa.on_call_status,
            self.wa.on_call_terminate,
        ):
            listens()(self.note)
        return self

    def meets(self, callport):
        """The only thing about pywa that is changed."""
        self.wa.api._session.base_url = f"{callport.public}/v25.0"

    async def stop(self):
        for call in self.calls:
            await call.peer.close()
        await self.wa.api._session.aclose()
        await self.runner.cleanup()

    async def on_verify(self, request):
        text, status = await self.wa.webhook_challenge_handler(request.query.get(utils.HUB_VT), request.query.get(utils.HUB_CH))
        return web.Response(text=text, status=status)

    async def on_webhook(self, request):
        body = await request.read()
        refused = await self.wa.webhook_update_validator(body, request.headers.get(utils.HUB_SIG))
        text, status = refused or await self.wa.webhook_update_handler(body)
        return web.Response(text=text, status=status)

    async def note(self, _, update):
        async with self.arrival:
            self.updates.append(update)
            self.arrival.notify_all()

    async def next(self, kind, wanted=lambda update: True):
        """The first update of that type that is wanted, whenever it comes."""

        def found():
            return [update for update in self.updates if isinstance(update, kind) and wanted(update)]

        async with self.arrival:
            await self.arrival.wait_for(found)
        return found()[0]

    async def permissions(self, user_wa_id=None, recipient=None):
        """As `get_call_permissions` of the client does, which in 4.5.0 forgets one of its own arguments."""
        return calls.CallPermissions.from_dict(await self.wa.api.get_call_permissions("4001", user_wa_id, recipient))

    def media(self):
        """One call's media on the foreign stack."""
        call = Call()
        self.calls.append(call)
        voice = call.peer.addTransceiver("audio")

        @call.peer.on("track")
        def on_track(track):
            call.task = asyncio.create_task(listen(track, call))

        @call.peer.on("connectionstatechange")
        def on_change():
            if call.peer.connectionState == "connected":
                call.up.set()

        return call, voice


@pytest.fixture
def pywa_bot(platform, caplog):
    """A bot, its platform, and a user. In the end pywa must not have complained, be it about a signature or about a body."""

    class Running:
        async def __aenter__(self):
            caplog.set_level(logging.INFO, "pywa")
            self.bot = await Bot().start()
            # What becomes of templates is told to the app's own callback, whatever an override says.
            callport = platform(self.bot.url)
            self.bot.meets(callport)
            assert await self.bot.wa.override_waba_callback_url(self.bot.url, "pywa's own"), "verified by pywa"
            return self.bot, callport, Person(callport)

        async def __aexit__(self, failed, *_):
            await self.bot.stop()
            if not failed:
                complaints = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
                assert complaints == []

    return Running


def session(peer):
    return calls.SessionDescription(sdp_type=peer.localDescription.type, sdp=one_fingerprint(peer.localDescription.sdp))


def test_from_the_first_word_over_permission_to_a_call_that_both_hear(pywa_bot, run):
    async def story():
        async with pywa_bot() as (bot, callport, sari):
            wa = bot.wa
            sari.says("Can you call me?")
            message = await bot.next(types.Message)
            assert (message.text, message.from_user.wa_id, message.from_user.name) == ("Can you call me?", sari.digits, "Sari")
            await message.reply("One moment")  # to the business-scoped id
            read = await bot.next(types.MessageStatus, lambda update: update.status == types.MessageStatusType.READ)
            assert read.from_user.bsuid == message.from_user.bsuid
            assert await message.mark_as_read()

            permissions = await bot.permissions(user_wa_id=sari.digits)
            assert permissions.permission.status == calls.CallPermissionStatus.NO_PERMISSION
            by_name = {action.action_name: action for action in permissions.actions}
            assert (by_name["send_call_permission_request"].can_perform_action, by_name["start_call"].can_perform_action) == (True, False)
            with pytest.raises(WhatsAppError) as refused:
                await wa.initiate_call(sari.digits, calls.SessionDescription(sdp_type="offer", sdp="v=0\r\n"))
            assert refused.value.code == 138006

            sari.behaves(answer(say={"kind": "tone", "hz": USER_HZ}), permission_requests={"kind": "allow_temporarily"})
            request = await wa.send_message(message.from_user.bsuid, "May we phone you?", buttons=types.CallPermissionRequestButton())
            update = await bot.next(types.CallPermissionUpdate)
            assert update and update.reply_to_message.id == request.id
            assert update.response_source == calls.CallPermissionResponseSource.USER_ACTION
            assert update.expiration_timestamp - update.timestamp == datetime.timedelta(days=7)
            permissions = await bot.permissions(recipient=message.from_user.bsuid)
            assert permissions.permission.status == calls.CallPermissionStatus.TEMPORARY
            assert permissions.permission.expiration_time == update.expiration_timestamp

            call, voice = bot.media()
            voice.sender.replaceTrack(Tone(BUSINESS_HZ))
            await call.peer.setLocalDescription(await call.peer.createOffer())
            initiated = await wa.initiate_call(message.from_user.bsuid, session(call.peer), tracker="case-77812")
            connect = await bot.next(types.CallConnect)
            assert (connect.id, connect.direction, connect.session.sdp_type) == (initiated.id, calls.CallDirection.BUSINESS_INITIATED, "answer")
            await call.peer.setRemoteDescription(RTCSessionDescription(connect.session.sdp, "answer"))
            for wanted in (calls.CallStatusType.RINGING, calls.CallStatusType.ACCEPTED):
                status = await bot.next(types.CallStatus, lambda update: update.status == wanted)
                assert (status.id, status.tracker, status.from_user.wa_id) == (initiated.id, "case-77812", sari.digits)
            await heard(call, USER_HZ)
            assert (await initiated.terminate()).success
            terminate = await bot.next(types.CallTerminate)
            assert (terminate.status, terminate.tracker) == (calls.CallTerminateStatus.COMPLETED, "case-77812")
            assert terminate.duration == (terminate.end_time - terminate.start_time).seconds
            on_the_phone = await sari.taken(initiated.id)
            assert on_the_phone["figures"]["packets_in"] > 0, on_the_phone

    run(story())


async def heard(call, hz):
    """Waits until the recording holds half a second of a tone."""
    while sound.seconds_of(call.heard, hz) < 0.5:
        await asyncio.sleep(0.05)  # between two looks at a condition; nothing is measured by it


def test_a_user_takes_another_number(pywa_bot, run):
    async def story():
        async with pywa_bot() as (bot, callport, sari):
            sari.says("Hello")
            before = (await bot.next(types.Message)).from_user
            changed = await asyncio.to_thread(callport.admin, "PATCH", f"/users/{sari.id}", {"number": "+6281255507777"})
            assert changed["number"] == "+6281255507777"
            change = await bot.next(types.PhoneNumberChange)
            assert (change.old_wa_id, change.new_wa_id) == (before.wa_id, "6281255507777")
            assert change.new_user_id not in (None, before.bsuid)
            assert before.wa_id in change.body and change.new_wa_id in change.body

            with pytest.raises(WhatsAppError) as refused:
                await bot.wa.send_message(before.bsuid, "Are you there?")
            assert refused.value.code == 131026, "the id until now is nobody's"
            await bot.wa.send_message(change.new_user_id, "Are you there?")
            read = await bot.next(types.MessageStatus, lambda update: update.status == types.MessageStatusType.READ)
            assert (read.from_user.bsuid, read.from_user.wa_id) == (change.new_user_id, change.new_wa_id)

    run(story())


def test_a_call_of_the_user_by_a_button_is_answered(pywa_bot, run):
    async def story():
        async with pywa_bot() as (bot, _, sari):
            sari.says("Hello")
            await bot.next(types.Message)
            button = types.VoiceCallButton("Call Acme", ttl_minutes=datetime.timedelta(hours=4))
            sent = await bot.wa.send_message(sari.digits, "Prefer to talk?", buttons=button)
            sari.taps(sent.id, script={"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "never"}})
            connect = await bot.next(types.CallConnect)
            assert (connect.direction, connect.session.sdp_type) == (calls.CallDirection.USER_INITIATED, "offer")

            call, voice = bot.media()
            await call.peer.setRemoteDescription(RTCSessionDescription(connect.session.sdp, "offer"))
            await call.peer.setLocalDescription(await call.peer.createAnswer())
            assert (await connect.pre_accept(sdp=session(call.peer))).success
            await call.up.wait()
            assert (await connect.accept(session(call.peer), tracker="agent-12")).success
            voice.sender.replaceTrack(Tone(BUSINESS_HZ))
            await heard(call, USER_HZ)
            assert (await connect.terminate()).success
            terminate = await bot.next(types.CallTerminate)
            assert (terminate.id, terminate.tracker, terminate.from_user.wa_id) == (connect.id, "agent-12", sari.digits)

    run(story())


def test_a_call_of_the_user_is_rejected(pywa_bot, run):
    async def story():
        async with pywa_bot() as (bot, _, sari):
            sari.dials()
            connect = await bot.next(types.CallConnect)
            assert (await connect.reject()).success
            terminate = await bot.next(types.CallTerminate)
            assert (terminate.duration, terminate.start_time, terminate.error) == (None, None, None)

    run(story())


def test_templates_are_made_sent_listed_and_deleted(pywa_bot, run):
    async def story():
        async with pywa_bot() as (bot, _, sari):
            wa = bot.wa
            made = []
            for name, last in (
                ("repair_call_consent", templates.CallPermissionRequestButton()),
                ("order_ready", templates.Buttons(buttons=[templates.QuickReplyButton(text="Thanks"), templates.VoiceCallButton(text="Call now")])),
            ):
                body = templates.BodyText("Hello {{name}}, your washing machine is ready.", name="Sari")
                template = templates.Template(
                    name=name,
                    language=templates.TemplateLanguage.ENGLISH,
                    category=templates.TemplateCategory.UTILITY,
                    parameter_format=templates.ParamFormat.NAMED,
                    components=[templates.HeaderText("Acme Repairs"), body, templates.FooterText(text="Acme"), last],
                )
                made.append(await wa.create_template(template))
                assert made[-1].status == templates.TemplateStatus.APPROVED
                approved = await bot.next(types.TemplateStatusUpdate, lambda update: update.template_id == made[-1].id)
                assert (approved.template_name, approved.new_status) == (name, templates.TemplateStatus.APPROVED)

            filled = [templates.BodyText.params(name="Sari")]
            sari.behaves(permission_requests={"kind": "deny"})
            request = await wa.send_template(sari.digits, "repair_call_consent", templates.TemplateLanguage.ENGLISH, filled)
            update = await bot.next(types.CallPermissionUpdate)
            assert not update and update.reply_to_message.id == request.id

            reply = templates.QuickReplyButton.params(callback_data="thanks:A-100", index=0)
            sent = await wa.send_template(sari.digits, "order_ready", templates.TemplateLanguage.ENGLISH, [*filled, reply])
            sari.taps(sent.id, index=0)
            tapped = await bot.next(types.CallbackButton)
            assert (tapped.data, tapped.title, tapped.reply_to_message.id) == ("thanks:A-100", "Thanks", sent.id)

            listed = await wa.get_templates()
            assert {(one.name, one.id, one.status) for one in listed} == {
                ("order_ready", made[1].id, templates.TemplateStatus.APPROVED),
                ("repair_call_consent", made[0].id, templates.TemplateStatus.APPROVED),
            }
            assert [type(component) for component in (await wa.get_template(made[0].id)).components][-1] is templates.CallPermissionRequestButton
            assert (await wa.delete_template("order_ready")).success
            assert [one.name for one in await wa.get_templates()] == ["repair_call_consent"]

    run(story())


def test_settings_are_changed_and_read(pywa_bot, run):
    async def story():
        async with pywa_bot() as (bot, _, _):
            calling = types.CallingSettings(
                status=calls.CallingSettingsStatus.ENABLED,
                callback_permission_status=calls.CallbackPermissionStatus.ENABLED,
                call_icon_visibility=calls.CallIconVisibility.DISABLE_ALL,
                call_icons=pywa_calls.CallIcons(restrict_to_user_countries=["ID", "BR"]),
                call_hours=pywa_calls.CallHours(
                    status=calls.CallingSettingsStatus.ENABLED,
                    timezone_id="Asia/Jakarta",
                    weekly_operating_hours=[
                        pywa_calls.Monday(open_time=datetime.time(8), close_time=datetime.time(12)),
                        pywa_calls.Monday(open_time=datetime.time(13), close_time=datetime.time(17, 30)),
                        pywa_calls.Friday(open_time=datetime.time(9), close_time=datetime.time(23, 59)),
                    ],
                    holiday_schedule=[
                        pywa_calls.HolidaySchedule(date=datetime.date(2036, 1, 1), start_time=datetime.time(10), end_time=datetime.time(14)),
                    ],
                ),
            )
            assert (await bot.wa.update_business_phone_number_settings(calling=calling)).success
            read = (await bot.wa.get_business_phone_number_settings()).calling
            assert (read.status, read.callback_permission_status) == (calling.status, calling.callback_permission_status)
            assert (read.call_icon_visibility, read.call_icons) == (calling.call_icon_visibility, calling.call_icons)
            assert read.call_hours == calling.call_hours

            # As read, switched off, and without the holidays: pywa sends them as null then.
            off = dataclasses.replace(read.call_hours, status=calls.CallingSettingsStatus.DISABLED, holiday_schedule=None)
            assert (await bot.wa.update_business_phone_number_settings(calling=types.CallingSettings(call_hours=off))).success
            read = (await bot.wa.get_business_phone_number_settings()).calling
            assert (read.call_hours, read.status) == (dataclasses.replace(off, holiday_schedule=[]), calling.status)

            empty = dataclasses.replace(off, status=calls.CallingSettingsStatus.ENABLED, weekly_operating_hours=[])
            with pytest.raises(WhatsAppError) as refused:
                await bot.wa.update_business_phone_number_settings(calling=types.CallingSettings(call_hours=empty))
            assert (refused.value.code, refused.value.details) == (100, "weekly_operating_hours must not be empty.")

    run(story())
