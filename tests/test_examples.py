"""The examples as a reader starts them, against the shipped binary: nothing in them is changed for the tests."""

import asyncio
import contextlib
import io
import os
import pathlib
import re
import shutil
import socket
import sys
import textwrap

import pytest
import yaml

import platform_process
import sound
from people import Person, answer

USER_HZ = 440
EXAMPLES = platform_process.ROOT / "examples"
PYTHON = [sys.executable, "-u"]
TYPESCRIPT = ["node", "--import", "tsx"]
LANGUAGES = pytest.mark.parametrize("command, folder, suffix", [(PYTHON, "python", "py"), (TYPESCRIPT, "typescript", "ts")], ids=["python", "typescript"])


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def environment(tmp_path, port, graph=None, **more):
    """The variables that the examples' first lines name. aioice leaves loopback out of its candidates; tests use nothing else."""
    (tmp_path / "sitecustomize.py").write_text("import aioice.ice\naioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ['127.0.0.1']\n")
    told = {"APP_SECRET": "test_app_secret", "VERIFY_TOKEN": "s3cr3t", "ACCESS_TOKEN": "EAAtest", "PHONE_NUMBER_ID": "4001"}
    where = {"PORT": str(port), "PYTHONPATH": str(tmp_path)} | ({"GRAPH_URL": graph} if graph else {})
    return os.environ | told | where | more


@contextlib.asynccontextmanager
async def started(command, folder, environment):
    """The example as a process that listens, and an end of it."""
    process = await asyncio.create_subprocess_exec(*command, cwd=EXAMPLES / folder, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        line = (await process.stdout.readline()).decode()
        assert line.startswith("listening on http://127.0.0.1:"), line
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def printed(process, start):
    """Reads what the example prints up to the line that starts so; returns all of it."""
    lines = []
    while not lines or not lines[-1].startswith(start):
        line = (await process.stdout.readline()).decode().rstrip()
        assert line or not process.stdout.at_eof(), lines
        lines.append(line)
    return lines


@LANGUAGES
def test_the_answering_backend_lets_the_caller_hear_their_own_voice(platform, run, tmp_path, command, folder, suffix):
    async def call():
        port = free_port()
        callport = platform(f"http://127.0.0.1:{port}/hook")
        async with started([*command, f"answer.{suffix}"], folder, environment(tmp_path, port, callport.public)) as backend:
            handle = callport.dial({"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "after", "ms": 4000}})
            lines = await printed(backend, "over:")
            status = await callport.over(handle)
            assert [line.strip() for line in lines[:2]] == ["pre_accept 200", "accept 200"]
            assert lines[-1].startswith("over: COMPLETED, ")
            assert (status["state"], status["reason"]) == ("ended", "user_hung_up")
            recording, rate = sound.read_wav(io.BytesIO(callport.admin("GET", f"/scripted/{handle}/recording.wav")))
            assert sound.seconds_of(recording, USER_HZ, rate) > 1, "the user must hear the echo"

    run(call())


@LANGUAGES
def test_the_calling_backend_asks_first_and_is_heard(platform, run, tmp_path, command, folder, suffix):
    async def call():
        port = free_port()
        callport = platform(f"http://127.0.0.1:{port}/hook")
        sari = Person(callport, answer(hang_up={"kind": "never"}), permission_requests={"kind": "allow_temporarily"})
        sari.says("Could you call me?")  # opens the window in which a business may ask without a template
        variables = environment(tmp_path, port, callport.public)
        async with started([*command, f"call.{suffix}", f"+{sari.digits}"], folder, variables) as backend:
            lines = await printed(backend, "over:")
            assert await backend.wait() == 0, lines
            assert lines[-1] == "over: COMPLETED"
            said = " | ".join(line.strip() for line in lines)
            for step in ("138006", "accept", "connect 200", "RINGING", "ACCEPTED"):
                before, found, said = said.partition(step)
                assert found, (step, lines)
            call = callport.admin("GET", "/calls")["data"][0]
            heard = await sari.taken(call["id"])
            assert heard["heard"]["anything"]["found"], heard

    run(call())


def test_the_workflow_for_an_integrators_repository_passes_here(tmp_path, run):
    """Every step of the job that is not an action or an installation, one after the other as the runner does, in a repository of its own."""

    async def call():
        repository = tmp_path / "repository"
        shutil.copytree(EXAMPLES / "python", repository)
        port = free_port()
        fixture = (EXAMPLES / "acme.toml").read_text()
        (repository / "acme.toml").write_text(fixture.replace("http://127.0.0.1:9000/", f"http://127.0.0.1:{port}/"))
        job = yaml.safe_load((EXAMPLES / "ci" / "calls.yml").read_text())["jobs"]["calls"]
        steps = [step for step in job["steps"] if "run" in step and not step["name"].startswith("Install") and "if" not in step]
        assert len(steps) >= 3
        path = f"{pathlib.Path(sys.executable).parent}:{platform_process.BINARY.parent}:{os.environ['PATH']}"
        told = {name: value for name, value in job["env"].items() if "${{" not in value}
        variables = environment(tmp_path, port, PATH=path, CALLPORT_MEDIA_BIND="127.0.0.1", **told)
        # One shell for all steps, so that what they start in the background ends with it.
        script = "set -e\ntrap 'kill $(jobs -p)' EXIT\n" + "\n".join(step["run"] for step in steps)
        shell = await asyncio.create_subprocess_exec("bash", "-c", script, cwd=repository, env=variables)
        assert await shell.wait() == 0

    run(call())


def test_the_readme_shows_the_fixture_that_the_examples_use():
    readme = (platform_process.ROOT / "README.md").read_text()
    shown = re.search(r"```toml\n(.*?)```", readme, re.DOTALL).group(1)
    assert textwrap.dedent(shown).strip() == (EXAMPLES / "acme.toml").read_text().strip()
