"""The messaging provider: offers a Tech Provider of calls a solution, pays for what signs up with it, and hears what happens there. It may not send or call there."""

import asyncio
import os
import pathlib
import sys

from aiohttp import ClientSession

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))

import answer  # noqa: E402  only for its tasks
import webhooks  # noqa: E402

APP, SECRET, PARTNER = os.environ["APP_ID"], os.environ["APP_SECRET"], os.environ["PARTNER_APP_ID"]
OWN = f"{APP}|{SECRET}"
CREDIT_LINE = os.environ["CREDIT_LINE"]


def take(field, value):
    if field == "partner_solutions":
        print(f"solution {value['solution_id']}: {value['solution_status']}", flush=True)
    elif field == "account_update" and value["event"] == "PARTNER_APP_INSTALLED":
        answer.spawn(customer(value["waba_info"]))
    for call in value.get("calls", []):
        print(f"heard: {call['event']}", flush=True)


async def ask(method, path, token=OWN, **body):
    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession(headers=headers) as http, http.request(method, f"{webhooks.GRAPH}/{path}", json=body or None) as reply:
        return reply.status, await reply.json()


async def customer(told):
    """A business signed up with the solution: its bill is ours, and what it hears we hear, too."""
    waba = told["waba_id"]
    status, why = await ask("POST", f"{CREDIT_LINE}/whatsapp_credit_sharing_and_attach", waba_id=waba, waba_currency="IDR")
    print(f"we pay for {waba}: {status}" + ("" if status == 200 else f" {why}"), flush=True)
    _, tokens = await ask("GET", f"{told['solution_id']}/access_token?business_id={told['owner_business_id']}")
    token = tokens["data"][0]["access_token"]
    status, _ = await ask("POST", f"{waba}/subscribed_apps", token, messaging_product="whatsapp")
    print(f"subscribed: {status}", flush=True)
    _, numbers = await ask("GET", f"{waba}/phone_numbers", token)
    for number in numbers["data"]:
        text = {"messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": {"body": "Hello"}}
        status, reply = await ask("POST", f"{number['id']}/messages", token, **text)
        print(f"writing to a user: {status}, code {reply['error']['code']}", flush=True)


async def main():
    await webhooks.serve(take)
    own = {"object": "whatsapp_business_account", "fields": "calls,account_update,partner_solutions", "verify_token": os.environ["VERIFY_TOKEN"]}
    status, _ = await ask("POST", f"{APP}/subscriptions", callback_url="http://{}:{}/hook".format(*webhooks.LISTEN), **own)
    print(f"subscribed to what partners hear: {status}", flush=True)
    # Exactly one of the two has MESSAGING: who has it sends and calls, the other one listens. Who pays needs MANAGE_BILLING.
    offer = {"solution_name": "Calls for our customers", "partner_app_id": PARTNER, "owner_permissions": ["MANAGE_BILLING"], "partner_permissions": ["MESSAGING"]}
    _, made = await ask("POST", f"{APP}/whatsapp_business_solution", **offer)
    print(f"offered {made['solution_id']}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
