"""A business whose edge is Kamailio with rtpengine, before a PBX that speaks plain SIP and G.711 (baresip): TLS, SDES, digest and Opus at the edge."""

import asyncio
import contextlib
import pathlib
import shutil
import subprocess

import pytest
from pbx import Pbx, free_port
from people import Person, answer
from test_sip import USER_HZ, configure, heard_tone, newest
from test_sipp import listening, process

CONFIG = pathlib.Path(__file__).parent / "kamailio" / "edge.cfg"
NUMBER = "6281255509999"


class Edge:
    """Kamailio and rtpengine, for one platform and one PBX."""

    def __init__(self, folder, certificates):
        self.folder, self.certificates, self.host = folder, certificates, certificates.host
        self.ports = {name: free_port() for name in ("INSIDE", "PLAIN", "TLS", "NG")}

    @property
    def tls_port(self):
        return self.ports["TLS"]

    @contextlib.contextmanager
    def running(self, callport, password, pbx):
        tls = f"[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nprivate_key = {self.certificates.folder}/pbx.pem\n"
        tls += f"certificate = {self.certificates.folder}/pbx.pem\n[client:default]\nmethod = TLSv1.2+\nverify_certificate = yes\n"
        tls += f"ca_list = {callport.folder}/data/sip.pem\n"
        (self.folder / "tls.cfg").write_text(tls)
        filled = CONFIG.read_text()
        more = {"HOST": self.host, "FOLDER": self.folder, "PBX": pbx.port, "NUMBER": NUMBER, "DOMAIN": "127.0.0.1"}
        for name, value in {**self.ports, **more, "PLATFORM": callport.sip_address, "PASSWORD": password}.items():
            filled = filled.replace(f"@{name}@", str(value))
        (self.folder / "edge.cfg").write_text(filled)
        relay = ["rtpengine", "--foreground", "--log-stderr", "--table=-1", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.ports['NG']}"]
        relay += ["--port-min=34000", "--port-max=34999", "--no-fallback", "--num-threads=2", "--pidfile="]
        proxy = ["kamailio", "-DD", "-E", "-f", str(self.folder / "edge.cfg"), "-Y", str(self.folder), "-m", "64", "-M", "8"]
        with process(relay[:-1], self.folder / "rtpengine.log"), process(proxy, self.folder / "kamailio.log"):
            yield self


@pytest.fixture
def edge(platform, tmp_path):
    for program in ("kamailio", "rtpengine"):
        if not shutil.which(program):
            raise RuntimeError(f"{program} is missing: run `scripts/setup test` (`make test` does)")
    certificates = Pbx(tmp_path / "certificates")
    made = Edge(tmp_path, certificates)
    # Kamailio 5.6 answers the first challenge, and follows Record-Route by address where there is no name service.
    config = f'[sip]\nca_file = "{certificates.ca_file}"\nchallenge = "md5"\ndomain = "127.0.0.1"'
    callport = platform("http://127.0.0.1:9/hook", config)
    password = configure(callport, made, srtp_key_exchange_protocol="SDES")
    pbx = Pbx(tmp_path / "pbx", media="", codec="PCMU/8000/1", edge=f"127.0.0.1:{made.ports['INSIDE']}")
    with made.running(callport, password, pbx):
        yield made, callport, pbx
    pbx.stop()


def test_a_user_calls_through_the_edge(run, edge, tmp_path):
    made, callport, pbx = edge

    async def call():
        await listening(made.tls_port)
        async with pbx.start():
            script = {"say": {"kind": "tone", "hz": USER_HZ}, "hang_up": {"kind": "after", "ms": 3000}}
            status = await callport.over(callport.dial(script))
            await pbx.event("CALL_CLOSED")
            return status

    status = run(call())
    assert status["state"] == "ended" and newest(callport)["reason"] == "user_hung_up", (status, newest(callport))
    assert "X-WhatsApp-Call: true" in pbx.log_text() and "m=audio" in pbx.log_text()
    assert heard_tone(pbx) > 1.5, "the PBX heard the user"


def test_the_pbx_calls_a_user_through_the_edge(run, edge):
    made, callport, pbx = edge
    person = Person(callport, answer(100, say={"kind": "tone", "hz": USER_HZ}))
    person.decides("allow")

    async def call():
        await listening(made.tls_port)
        async with pbx.start():
            pbx.dial(person.digits, domain="127.0.0.1")
            await pbx.event("CALL_ESTABLISHED")
            await asyncio.sleep(2)  # they talk; what is looked at afterwards is what each heard meanwhile
            pbx.hang_up()
            return await person.taken(newest(callport)["id"])

    assert run(call())["state"] == "ended"
    assert newest(callport)["reason"] == "business_terminated", newest(callport)
    assert heard_tone(pbx) > 1, "the PBX heard the user"
