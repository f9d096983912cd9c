"""One app for messages and calls: a desk that has answered messages so far, and takes calls as well from now on.

Both come to the one callback of the app; `field` tells them apart.
"""

import asyncio
import os
import pathlib
import sys

from aiohttp import ClientSession

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

import answer  # noqa: E402  the answering backend of ../python
import webhooks  # noqa: E402

APP, WABA, NUMBER = os.environ["APP_ID"], os.environ["WABA_ID"], os.environ["PHONE_NUMBER_ID"]


def take(field, value):
    for message in value.get("messages", []):
        print(f"{field}: {message['type']} from {message['from']}", flush=True)
        if message["type"] == "text":
            answer.spawn(offer_a_call(message["from"]))
    for call in value.get("calls", []):
        print(f"{field}: {call['event']}", flush=True)
    answer.take(field, value)


async def offer_a_call(to):
    button = {"type": "voice_call", "body": {"text": "We are here. Would you rather talk?"}}
    button["action"] = {"name": "voice_call", "parameters": {"display_text": "Call us"}}
    status, _ = await webhooks.post(f"{NUMBER}/messages", to=to, type="interactive", interactive=button)
    print(f"offered a call: {status}", flush=True)


async def begin_to_take_calls():
    """What a messaging backend does once, to take calls as well."""
    own = {"object": "whatsapp_business_account", "fields": "messages,calls", "verify_token": os.environ["VERIFY_TOKEN"]}
    own |= {"callback_url": "http://{}:{}/hook".format(*webhooks.LISTEN), "access_token": f"{APP}|{os.environ['APP_SECRET']}"}
    async with ClientSession() as http:
        # The app's subscription is changed with the app's own token; fields are added to those that are there.
        async with http.post(f"{webhooks.GRAPH}/{APP}/subscriptions", data=own) as reply:
            print(f"subscribed to calls: {reply.status}", flush=True)
    await webhooks.post(f"{WABA}/subscribed_apps")
    status, _ = await webhooks.post(f"{NUMBER}/settings", calling={"status": "ENABLED", "callback_permission_status": "ENABLED"})
    print(f"calling enabled: {status}", flush=True)


async def main():
    await webhooks.serve(take)
    await begin_to_take_calls()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
