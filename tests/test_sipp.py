"""Calls by SIP with SIPp: many at once, in both directions. Debian's SIPp has no TLS, so stunnel stands in front of it."""

import asyncio
import contextlib
import pathlib
import shutil
import subprocess

import pytest
from pbx import Pbx, free_port
from people import Person, answer
from test_sip import configure

SCENARIOS = pathlib.Path(__file__).parent / "sipp"
STUNNEL = """
foreground = yes
pid =
debug = warning
[to-platform]
client = yes
accept = 127.0.0.1:{outward}
connect = {platform}
CAfile = {folder}/data/sip.pem
verifyPeer = yes
sni = wa.meta.vc
[from-platform]
accept = 127.0.0.1:{inward}
connect = 127.0.0.1:{sipp}
cert = {pbx}/pbx.pem
"""
# Of each user.
CALLS = 10


@contextlib.contextmanager
def process(command, log):
    with open(log, "wb") as out:
        running = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            yield running
        finally:
            running.terminate()
            running.wait(timeout=20)


async def listening(port):
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.05)  # between two looks at a condition; nothing is measured by it


@pytest.fixture
def office(platform, tmp_path):
    """A platform, and SIPp's TLS on both sides."""
    for program in ("sipp", "stunnel4"):
        if not shutil.which(program):
            raise RuntimeError(f"{program} is missing: run `scripts/setup test` (`make test` does)")
    certificates = Pbx(tmp_path / "pbx")
    certificates.port = free_port() - 1
    config = f'[sip]\nca_file = "{certificates.ca_file}"\nchallenge = "md5"\n'
    callport = platform("http://127.0.0.1:9/hook", config)
    password = configure(callport, certificates, srtp_key_exchange_protocol="SDES")
    ports = {"outward": free_port(), "inward": certificates.tls_port, "sipp": free_port()}
    settings = STUNNEL.format(folder=tmp_path, platform=callport.sip_address, pbx=certificates.folder, **ports)
    (tmp_path / "stunnel.conf").write_text(settings)
    with process(["stunnel4", str(tmp_path / "stunnel.conf")], tmp_path / "stunnel.log"):
        yield callport, password, ports


def sipp(folder, name, target, *more):
    command = ["sipp", target, "-sf", str(SCENARIOS / f"{name}.xml"), "-i", "127.0.0.1", "-t", "t1", "-nostdin", "-trace_err"]
    command += ["-error_file", str(folder / f"{name}.err"), "-timeout", "90", "-timeout_error", *more]
    return command


def test_a_business_calls_many_users(run, office, tmp_path):
    """One SIPp for each user: it answers a challenge with one URI for all of its calls."""
    callport, password, ports = office
    people = [Person(callport, answer()) for _ in range(6)]
    for person in people:
        person.decides("allow")

    def command(person):
        folder = tmp_path / person.digits
        folder.mkdir()
        row = f"{person.digits};[authentication username=6281255509999 password={password}]"
        (folder / "user.csv").write_text(f"SEQUENTIAL\n{row}\n")
        load = ["-p", str(free_port()), "-inf", str(folder / "user.csv"), "-r", "5", "-m", str(CALLS), "-l", "1", "-auth_uri", f"+{person.digits}@wa.meta.vc"]
        return sipp(folder, "business_calls", f"127.0.0.1:{ports['outward']}", *load)

    async def calls():
        await listening(ports["outward"])
        load = [asyncio.to_thread(subprocess.run, command(person), capture_output=True, timeout=100, check=False) for person in people]
        for done in await asyncio.gather(*load):
            assert done.returncode == 0, done.stdout[-3000:]
        for person in people:
            while callport.admin("GET", f"/calls?user_id={person.id}&outcome=in_progress")["data"]:
                await asyncio.sleep(0.05)  # between two looks at a condition; nothing is measured by it

    run(calls())
    placed = callport.admin("GET", f"/calls?limit={CALLS * 12}")["data"]
    assert [call["reason"] for call in placed] == ["business_terminated"] * CALLS * len(people)


def test_many_users_call_a_business(run, office, tmp_path):
    callport, _, ports = office
    people = [Person(callport) for _ in range(20)]

    async def calls():
        command = sipp(tmp_path, "user_calls", "127.0.0.1:1", "-p", str(ports["sipp"]), "-m", str(len(people)))
        with process(command, tmp_path / "sipp.log") as server:
            await listening(ports["sipp"])
            handles = [person.dials(hang_up={"kind": "after", "ms": 300}) for person in people]
            ended = [await callport.over(handle) for handle in handles]
            assert {one["state"] for one in ended} == {"ended"}, ended
            assert await asyncio.to_thread(server.wait, 30) == 0, (tmp_path / "sipp.log").read_bytes()[-2000:]

    run(calls())
    placed = callport.admin("GET", "/calls")["data"]
    assert [call["reason"] for call in placed] == ["user_hung_up"] * len(people)
