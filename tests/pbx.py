"""A business's SIP phone: baresip as a process, behind TLS, with audio from a tone and into a file, steered over its control socket."""

import asyncio
import contextlib
import datetime
import ipaddress
import json
import shutil
import socket
import subprocess
import wave
from array import array

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import sound

NUMBER = "+6281255509999"
TONE_HZ = 440

CONFIG = """
module_path /usr/lib/baresip/modules
module opus.so
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module dtls_srtp.so
module srtp.so
module ice.so
module ctrl_tcp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
sip_listen 127.0.0.1:{port}
sip_certificate {folder}/pbx.pem
sip_cafile {folder}/trusted.pem
audio_source aufile,{folder}/voice.wav
audio_player aubridge,nobody
snd_path {folder}
audio_alert aubridge,nobody
rtp_ports 20000-29999
rtcp_mux yes
net_interface 127.0.0.1
ctrl_tcp_listen 127.0.0.1:{control}
"""


def free_port(pair=False):
    """A TCP port that nobody has; with `pair`, one whose successor is free too: baresip speaks plain SIP on the first, and TLS on the second."""
    while True:
        with contextlib.ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if not pair:
                return port
            with contextlib.suppress(OSError):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port + 1))
                return port


def authority():
    """A certificate authority of this test alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    return sign(name, name, key, key, x509.BasicConstraints(ca=True, path_length=0)), key


def sign(subject, issuer, key, issuer_key, *extensions):
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Pbx:
    """One number of the business on one SIP phone. `host` is what its certificate covers, and what the business configures."""

    def __init__(self, folder, host="localhost", covers=None, answers=True, media="mediaenc=dtls_srtp;medianat=ice", codec="opus/48000/2", edge=None):
        if not shutil.which("baresip"):
            raise RuntimeError("baresip is missing: run `scripts/setup test` (`make test` does)")
        self.folder, self.host, self.answers = folder, host, answers
        self.edge = edge  # a proxy of the business, which it speaks plain SIP over UDP with
        self.media, self.codec = f"audio_codecs={codec};{media}", codec
        folder.mkdir()
        self.port, self.control = free_port(pair=True), free_port()
        certificate, key = authority()
        (folder / "authority.pem").write_bytes(pem(certificate))
        own = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(covers or host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        chain = sign(subject, certificate.subject, own, key, names)
        secret = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        (folder / "pbx.pem").write_bytes(pem(chain) + secret)
        self.process = None

    @property
    def tls_port(self):
        return self.port + 1

    @property
    def ca_file(self):
        return self.folder / "authority.pem"

    def start(self, platform=None, password=None):
        """With a platform it can call through: its address and certificate, and the number's password."""
        outgoing = ""
        if platform:
            (self.folder / "trusted.pem").write_bytes((platform.folder / "data" / "sip.pem").read_bytes())
            outgoing = f';outbound="sip:{platform.sip_address};transport=tls";auth_user={NUMBER[1:]};auth_pass={password}'
        else:
            (self.folder / "trusted.pem").write_bytes(self.ca_file.read_bytes())
        self.write_voice()
        answers = "auto" if self.answers else "manual"
        if self.edge:
            outgoing = f';outbound="sip:{self.edge};transport=udp"'
        transport = "udp" if self.edge else "tls"
        account = f"<sip:{NUMBER}@{self.host};transport={transport}>;regint=0;answermode={answers};{self.media}{outgoing}"
        (self.folder / "config").write_text(
            CONFIG.format(port=self.port, control=self.control, folder=self.folder)
        )
        (self.folder / "accounts").write_text(account + "\n")
        (self.folder / "contacts").write_text("")
        self.log = open(self.folder / "baresip.log", "wb")
        command = ["baresip", "-f", str(self.folder), "-v", "-s"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        return self

    def write_voice(self):
        """A minute of the business's tone, in the form that its codec takes: baresip converts nothing."""
        _, rate, channels = self.codec.split("/")
        samples = sound.tone(TONE_HZ, 60, rate=int(rate))
        with wave.open(str(self.folder / "voice.wav"), "wb") as out:
            out.setnchannels(int(channels))
            out.setsampwidth(2)
            out.setframerate(int(rate))
            out.writeframes(array("h", (sample for sample in samples for _ in range(int(channels)))).tobytes())

    async def __aenter__(self):
        while True:
            try:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.control)
                return self
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"baresip did not start; its log ends:\n{self.log_text()[-2000:]}") from None
                await asyncio.sleep(0.05)  # between two looks at a condition; nothing is measured by it

    async def __aexit__(self, *_):
        self.writer.close()
        self.stop()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def log_text(self):
        return (self.folder / "baresip.log").read_text(errors="replace")

    async def message(self):
        """The next thing that the control socket says: a netstring of JSON."""
        length = (await self.reader.readuntil(b":"))[:-1]
        text = await self.reader.readexactly(int(length) + 1)
        return json.loads(text[:-1])

    async def event(self, kind):
        """The next event of that type."""
        while True:
            said = await self.message()
            if said.get("event") and said.get("type") == kind:
                return said

    def command(self, command, params=""):
        text = json.dumps({"command": command, "params": params}).encode()
        self.writer.write(b"%d:%s," % (len(text), text))

    def dial(self, digits, domain="wa.meta.vc"):
        self.command("dial", f"sip:+{digits}@{domain}")

    def hang_up(self):
        self.command("hangup")

    def heard(self):
        """What came from the platform: samples, and how many a second."""
        (dump,) = self.folder.glob("dump-*-dec.wav")
        return sound.read_wav(str(dump))
