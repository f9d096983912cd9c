"""The command line on a terminal: what is asked, what is shown, and what a script that reads standard output never sees."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios

import pytest

import platform_process

FREE = ["public.listen=127.0.0.1:0", "operator.listen=127.0.0.1:0", "media.bind=127.0.0.1", "media.threads=1"]


class OnTerminal:
    """A command whose input and error output are a terminal. Its standard output is a pipe, or with `columns` that terminal."""

    def __init__(self, folder, *arguments, columns=None):
        self.screen, far_end = pty.openpty()
        if columns:
            fcntl.ioctl(far_end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        command = [platform_process.BINARY, *arguments]
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("CALLPORT_")}
        quiet["HOME"] = str(folder)
        stdout = far_end if columns else subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=far_end, stderr=far_end, stdout=stdout, cwd=folder, env=quiet)
        os.close(far_end)
        self.shown = ""

    def until(self, text):
        """Reads the screen until a text stands there."""
        while text not in self.shown:
            try:
                more = os.read(self.screen, 4096)
            except OSError:  # the last process on this terminal has gone
                more = b""
            if not more:
                raise AssertionError(f"{text!r} never came: {self.shown}")
            self.shown += more.decode(errors="replace")
        return self.shown

    def types(self, line):
        os.write(self.screen, line.encode() + b"\n")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        os.close(self.screen)


@pytest.fixture
def terminal(tmp_path):
    """Starts commands in one folder and ends those that still run."""
    started = []

    def start(*arguments, **settings):
        started.append(OnTerminal(tmp_path, *arguments, **settings))
        return started[-1]

    yield start
    for one in reversed(started):
        one.stop()


def serve(terminal):
    serving = terminal("serve", *[part for key in FREE for part in ("--set", key)])
    return serving, json.loads(serving.process.stdout.readline())


def test_serve_tells_a_person_what_to_do_next_and_a_script_one_line(terminal):
    serving, announced = serve(terminal)
    shown = serving.until("callport doctor")
    assert f"{announced['public_url']}/phone" in shown and announced["operator_url"] in shown
    assert announced["operator_token"] not in shown, "a screen is photographed, shared and scrolled back"
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.stdout.read() == b"", "one line, and nothing after it"


def test_setup_asks_for_what_was_not_said(terminal):
    serve(terminal)
    asking = terminal("admin", "setup")
    asking.until("Name of the business")
    asking.types("Acme Repairs")
    asking.until("phone number")
    asking.types("+6281255509999")
    asking.until("will call it")
    asking.types("")
    environment = asking.process.stdout.read().decode()
    assert asking.process.wait(timeout=60) == 0, asking.shown
    names = dict(line.split("=", 1) for line in environment.splitlines() if not line.startswith("#"))
    assert names["PHONE_NUMBER"] == "+6281255509999"
    assert set(names) >= {"GRAPH_URL", "ACCESS_TOKEN", "APP_SECRET", "VERIFY_TOKEN", "PHONE_NUMBER_ID"}
    assert names["ACCESS_TOKEN"] not in asking.shown


def test_a_narrow_terminal_names_what_it_has_no_room_for(terminal):
    serve(terminal)
    made = terminal("admin", "user", "create", "--number", "+5511955501234", "--name", "Nadia of the long names", "--username", "nadia")
    assert made.process.wait(timeout=60) == 0
    shown = terminal("admin", "user", "list", columns=45).until("--json")
    assert "no room for" in shown and "+5511955501234" in shown
