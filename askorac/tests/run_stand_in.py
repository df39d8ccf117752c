"""`make run` with stand-ins for the application's processes: the engines are the real ones.

Run by test_local_run.py as a program, because a run takes over signals and ends by them.
"""

import json
import os
import sys

from askorac.local import application, run
from askorac.local.application import Addresses
from askorac.local.console import Console
from askorac.local.keeper import AppProcess
from askorac.local.processes import Program

SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *arguments): pass
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
WORK = """
import signal, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
print("working", flush=True)
time.sleep(600)
"""


def stand_in(name: str, console: Console, code: str, *arguments: str) -> AppProcess:
    argv = (sys.executable, "-c", code, *arguments)
    return AppProcess(name, Program(argv, application.BASE_DIR, dict(os.environ)), console)


def preparation(_addresses: Addresses, console: Console) -> AppProcess:
    demo = json.dumps({"email": "demo@example.com"})
    path = application.DATA_DIR / "demo.json"
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    return stand_in("prepare", console, code, str(path), demo)


def sites(addresses: Addresses, console: Console) -> list[AppProcess]:
    return [
        stand_in("web", console, SERVE, str(addresses.web_port)),
        stand_in("demo", console, SERVE, str(addresses.demo_port)),
    ]


def background(_addresses: Addresses, console: Console) -> list[AppProcess]:
    return [stand_in("worker", console, WORK)]


if __name__ == "__main__":
    application.preparation = preparation
    application.sites = sites
    application.background = background
    run.main()
