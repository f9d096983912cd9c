"""The app for messages: takes `messages` at an address of the whole account, and answers each text with a button that calls."""

import asyncio

import backend

tasks = set()  # asyncio keeps no task alive by itself


def take(level, field, value):
    for message in value.get("messages", []):
        print(f"/{level} {field} {message['type']}", flush=True)
        if message["type"] == "text":
            task = asyncio.create_task(reply(message["from"]))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    for status in value.get("statuses", []):
        print(f"/{level} {field} {status['status']}", flush=True)


async def reply(to):
    button = {"type": "voice_call", "body": {"text": "We are here. Would you rather talk?"}}
    button["action"] = {"name": "voice_call", "parameters": {"display_text": "Call us"}}
    await backend.post(f"{backend.NUMBER}/messages", messaging_product="whatsapp", to=to, type="interactive", interactive=button)


async def main():
    await backend.serve(take)
    await backend.subscribe("messages", override="account")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
