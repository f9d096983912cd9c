"""Calls without end against the shipped binary: does everybody keep hearing everybody, and does memory stay where it was?

    .venv/bin/python tests/soak.py --minutes 10 --users 8        (or: make soak MINUTES=10)

Prints one JSON object; exit code 0 when no call failed and memory did not grow beyond what --growth allows.
"""

import argparse
import concurrent.futures
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import platform_process

TALK_MS = 2000
PATIENCE_SECONDS = 30
SETTLED = 0.2  # Memory is compared with what it was after this share of the run.


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10, help="how long calls are placed")
    parser.add_argument("--users", type=int, default=8, help="calls at a time")
    parser.add_argument("--growth", type=float, default=1.25, help="memory at the end, as a multiple of what it was once settled")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def backend(port, platform):
    """The sample backend, which says its signature to every caller."""
    command = [platform_process.BINARY, "gateway", "--mode", "tone", "--listen", f"127.0.0.1:{port}", "--graph-url", platform.public]
    command += ["--app-secret", "test_app_secret", "--verify-token", "s3cr3t", "--access-token", "EAAtest", "--path", "/hook"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=platform.log, text=True)
    if not process.stdout.readline():
        raise RuntimeError("the backend did not start")
    return process


def drain(process):
    """Nobody reads what the backend tells, and a full pipe would stop it."""
    for _ in process.stdout:
        pass


def one_call(platform, user):
    """Places a call and waits for its end. Returns what was wrong with it, or nothing."""
    script = {"hang_up": {"kind": "after", "ms": TALK_MS}, "record_seconds": 2}
    handle = platform.admin("POST", f"/pairs/+6281255509999/{user}/calls", {"script": script})["handle"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        status = platform.admin("GET", f"/scripted/{handle}")
        if status["state"] == "ended":
            if status["reason"] != "user_hung_up":
                return status["trouble"] or status["reason"]
            return None if status["heard"]["business"]["found"] else "the user did not hear the business"
        time.sleep(0.2)
    return "the call did not end"


def memory_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def caller(platform, user, until):
    """One user's calls, one after the other. Returns how many, and what was wrong."""
    calls, wrong = 0, []
    while time.monotonic() < until:
        trouble = one_call(platform, user)
        calls += 1
        if trouble:
            wrong.append(trouble)
    return calls, wrong


def run(platform, asked):
    until = time.monotonic() + asked.minutes * 60
    users = [platform.user()["id"]]
    users += [platform.admin("POST", "/users", {"number": f"+55119555{n:05}", "name": f"User {n}"})["id"] for n in range(1, asked.users)]
    memory = []
    with concurrent.futures.ThreadPoolExecutor(len(users)) as pool:
        callers = [pool.submit(caller, platform, user, until) for user in users]
        while any(not one.done() for one in callers):
            memory.append(memory_kib(platform.process.pid))
            time.sleep(1)
    results = [one.result() for one in callers]
    settled = memory[int(len(memory) * SETTLED)]
    return {
        "minutes": asked.minutes,
        "calls": sum(calls for calls, _ in results),
        "wrong": [trouble for _, wrong in results for trouble in wrong][:20],
        "memory_settled_kib": settled,
        "memory_end_kib": memory[-1],
        "memory_growth": round(memory[-1] / settled, 3),
    }


def main():
    asked = arguments()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(1) as aside:
        platform = platform_process.Platform(pathlib.Path(folder), f"http://127.0.0.1:{port}/hook").start()
        desk = backend(port, platform)
        aside.submit(drain, desk)
        try:
            told = run(platform, asked)
        finally:
            desk.terminate()
            desk.wait(timeout=30)
            platform.stop()
    print(json.dumps(told, indent=2))
    sys.exit(0 if not told["wrong"] and told["calls"] and told["memory_growth"] <= asked.growth else 1)


if __name__ == "__main__":
    main()
