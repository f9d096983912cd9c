"""The shipped binary as a process: started on free ports with a fixture, asked over HTTP, stopped or killed."""

import asyncio
import datetime
import json
import os
import pathlib
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "target" / "debug" / "callport"

FIXTURE = """
[[app]]
id = "1001"
name = "Desk"
secret = "test_app_secret"
callback_url = "{callback}"
verify_token = "s3cr3t"
fields = ["calls", "messages", "account_settings_update", "account_update", "message_template_status_update"]
verify = false

[[waba]]
id = "2001"
portfolio = "3001"
name = "Acme"
currency = "USD"
timezone = "Asia/Jakarta"
payment_method = true
apps = ["1001"]

[[number]]
id = "4001"
waba = "2001"
number = "+6281255509999"
name = "Acme Repairs"
account_mode = "LIVE"
messaging_limit = "TIER_2K"
calling = "ENABLED"

[[token]]
value = "EAAtest"
app = "1001"
scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
wabas = ["2001"]

[[user]]
number = "+5511955501234"
name = "Nadia"
"""

CONFIG = """
mode = "test"
[public]
listen = "127.0.0.1:0"
[operator]
listen = "127.0.0.1:0"
[store]
directory = "{directory}"
[media]
threads = 1
bind = ["127.0.0.1"]
port = 0
{more}
"""


class Platform:
    """`callport serve` in a folder of its own. Starting it again in the same folder finds what it left."""

    def __init__(self, folder, callback, more=""):
        if not BINARY.exists():
            raise RuntimeError(f"{BINARY} is missing: run `cargo build --bin callport` (`make test` does)")
        self.folder = folder
        (folder / "fixture.toml").write_text(FIXTURE.format(callback=callback))
        (folder / "callport.toml").write_text(CONFIG.format(directory=folder / "data", more=more))
        self.log = open(folder / "platform.log", "ab")
        self.process = None

    def start(self):
        command = [BINARY, "serve", "--config", self.folder / "callport.toml", "--fixture", self.folder / "fixture.toml"]
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("CALLPORT_")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, cwd=self.folder, env=quiet)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"callport did not start; its log ends:\n{self.tail()}")
        started = json.loads(line)
        self.public, self.operator, self.operator_token = started["public_url"], started["operator_url"], started["operator_token"]
        self.media_ports, self.sip_address = started["media_ports"], started["sip_address"]
        return self

    def tail(self):
        return self.log_text()[-3000:]

    def log_text(self):
        return (self.folder / "platform.log").read_text(errors="replace")

    def kill(self):
        """No warning, no clean-up: what is durable now is all that is left."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)
        if self.process:
            self.process.stdout.close()
        self.log.close()

    def admin(self, method, path, body=None):
        """One request to the admin API; JSON in, JSON (or bytes) out."""
        headers = {"Authorization": f"Bearer {self.operator_token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.operator}/admin/v1{path}", data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                content = reply.read()
                return json.loads(content) if "json" in reply.headers.get("Content-Type", "") else content
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from None

    def clock(self, order, **body):
        """`freeze`, `thaw`, `advance` (`by_ms`) or `set` (`to`) the platform's calendar."""
        return self.admin("POST", f"/clock/{order}", body or None)

    def go(self, unix_seconds):
        """Sets the calendar to that moment."""
        self.clock("set", to=datetime.datetime.fromtimestamp(unix_seconds, datetime.UTC).isoformat())

    def user(self):
        """The fixture's only user."""
        return self.admin("GET", "/users")["data"][0]

    def dial(self, script=None, number="+6281255509999"):
        """The user calls, without a browser. Returns the handle of the scripted call."""
        return self.admin("POST", f"/pairs/{number}/{self.user()['id']}/calls", {"script": script or {}})["handle"]

    async def over(self, handle):
        """What became of a scripted call, once it is over."""
        while True:
            status = await asyncio.to_thread(self.admin, "GET", f"/scripted/{handle}")
            if status["state"] in ("ended", "failed"):
                return status
            await asyncio.sleep(0.05)  # between two looks at a condition; nothing is measured by it

    def story(self, call_id):
        """All that the operator is told of a call."""
        return self.admin("GET", f"/calls/{urllib.parse.quote(call_id, safe='')}")

    async def media_open(self, call_id):
        """Returns once the platform has the business's media, which its calendar rules know by then."""
        while not any("to the business is open" in line["text"] for line in self.story(call_id)["timeline"]):
            await asyncio.sleep(0.02)  # between two looks at a condition; nothing is measured by it

    def settings(self, calling):
        """Changes the number's calling settings as a business does, over the published API."""
        headers = {"Authorization": "Bearer EAAtest", "Content-Type": "application/json"}
        body = json.dumps({"calling": calling}).encode()
        request = urllib.request.Request(f"{self.public}/v25.0/4001/settings", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            assert json.load(reply) == {"success": True}
