"""The Tech Provider of calls: accepts the offer, and signs customers up with the solution. The rest is what a vendor of calls does anyway: ../calling-only-isv."""

import asyncio
import os
import pathlib
import sys

from aiohttp import ClientSession

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "calling-only-isv"))

import isv  # noqa: E402
import webhooks  # noqa: E402  found by isv

SOLUTION = os.environ["SOLUTION_ID"]


async def main():
    own = {"Authorization": f"Bearer {isv.APP}|{isv.SECRET}"}
    async with ClientSession(headers=own) as http:
        async with http.post(f"{webhooks.GRAPH}/{SOLUTION}/accept", json={"partner_app_id": isv.APP}) as reply:
            print(f"accepted: {reply.status}", flush=True)
    isv.setup["solutionID"] = SOLUTION
    await isv.main()


if __name__ == "__main__":
    asyncio.run(main())
