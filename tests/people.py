"""Scripted users as tests steer them over the operator API: how they take calls and messages by themselves, and what they do now."""

import asyncio
import itertools
import urllib.parse

BUSINESS = "4001"
TALKS = {"say": {"kind": "silence"}, "hang_up": {"kind": "never"}}

numbers = itertools.count(5511955502001)


def answer(after_ms=0, **script):
    """Picks up. Says nothing and stays, unless told otherwise."""
    return {"kind": "answer", "after_ms": after_ms, "script": {**TALKS, **script}}


def decline(after_ms=0):
    return {"kind": "decline", "after_ms": after_ms}


IGNORE, OFFLINE, BUSY = {"kind": "ignore"}, {"kind": "offline"}, {"kind": "busy"}


class Person:
    """A user of their own, whose phone rings and who reads, and does nothing else until told otherwise."""

    def __init__(self, callport, calls=IGNORE, outdated_app=False, **behaviour):
        self.callport = callport
        self.digits = str(next(numbers))
        self.id = callport.admin("POST", "/users", {"number": f"+{self.digits}", "name": "Sari", "outdated_app": outdated_app})["id"]
        self.behaves(calls, **behaviour)

    def does(self, what, number=BUSINESS, method="POST", **body):
        """Something towards a business."""
        return self.callport.admin(method, f"/pairs/{number}/{self.id}/{what}", body)

    def behaves(self, calls=IGNORE, **more):
        """From now on, instead of as before."""
        self.callport.admin("PUT", f"/users/{self.id}/behaviour", {"calls": calls, **more})

    def says(self, text, number=BUSINESS):
        """Writes to the business. Returns the message's id."""
        return self.does("messages", number, text=text)["id"]

    def taps(self, message, index=None, script=None, number=BUSINESS):
        """A button of a message: its call button unless told otherwise. Returns what it led to."""
        more = {} if index is None else {"index": index}
        return self.does("taps", number, message=message, script=script or TALKS, **more)

    def decides(self, choice, number=BUSINESS):
        """In the business profile."""
        return self.does("permission", number, "PUT", choice=choice)

    def answers(self, request, choice, number=BUSINESS):
        """A request for call permission."""
        return self.does("cards", number, message=request, choice=choice)

    def dials(self, number=BUSINESS, **script):
        """Calls the business. Returns the handle."""
        return self.does("calls", number, script={**TALKS, **script})["handle"]

    def chat(self, number=BUSINESS):
        """What the user's phone shows, oldest first."""
        return self.callport.admin("GET", f"/pairs/{number}/{self.id}/messages")["data"]

    def pair(self, number=BUSINESS):
        return self.callport.admin("GET", f"/pairs/{number}/{self.id}")

    async def taken(self, call_id):
        """What became of a call of the business on this user's side, once it is over."""
        path = f"/scripted?call_id={urllib.parse.quote(call_id, safe='')}"
        while True:
            calls = self.callport.admin("GET", path)["data"]
            if calls and calls[0]["state"] in ("ended", "failed"):
                return calls[0]
            await asyncio.sleep(0.02)  # between two looks at a condition; nothing is measured by it
