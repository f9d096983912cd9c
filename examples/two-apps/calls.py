"""The app for calls: takes `calls` and, for permission replies, `messages`, at an address of this one number. Answers with the caller's own voice."""

import asyncio
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

import answer  # noqa: E402  the answering backend of ../python
import backend  # noqa: E402


def take(level, field, value):
    for call in value.get("calls", []):
        print(f"/{level} {field} {call['event']}", flush=True)
    for message in value.get("messages", []):
        kind = message["type"]
        if kind != "interactive":
            continue  # the other app answers what users write
        reply = message["interactive"].get("call_permission_reply")
        if reply:
            print(f"/{level} {field} call_permission_reply {reply['response']}", flush=True)
    answer.take(field, value)


async def main():
    await backend.serve(take)
    await backend.subscribe("calls,messages", override="number")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
