"""Starts the built service on a free port for one check, and counts what the check found.

Knows the command line and the health route; nothing of Zarr.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import urllib3

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / "build" / "interop"
START_TIMEOUT_S = 60
MOST_SHOWN = int(os.environ.get("MOST_SHOWN", "25"))


def free_port() -> int:
    """Below the range of outgoing connections: one of those could take the port, even by meeting itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


@contextmanager
def running_service(*folders: Path, workers: int = 2, connections: int = 16, options=(), log_file=WORK / "service.log"):
    """The service's base URL and a connection pool to it; stopped by SIGTERM at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory() as cache, log_file.open("ab") as log:
        command = ["node", str(REPOSITORY / "build/src/main.js"), "serve", *map(str, folders),
                   "--port", str(port), "--workers", str(workers), "--cache-dir", cache, *options]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "NODE_ENV": "production"})
        try:
            pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=connections, block=True, retries=False, timeout=30)
            wait_until_ready(process, pool)
            yield f"http://127.0.0.1:{port}", pool
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(process, pool) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the service ended with code {process.returncode}; see build/interop/service.log")
        try:
            if pool.request("GET", "/health/ready").status == 200 and all_ready(pool):
                return
        except urllib3.exceptions.HTTPError:
            pass  # not listening yet
        time.sleep(0.1)
    raise SystemExit(f"the service was not ready within {START_TIMEOUT_S} s; see build/interop/service.log")


def all_ready(pool) -> bool:
    return all(store["state"] != "indexing" for store in list_stores(pool))


def list_stores(pool):
    stores, cursor = [], None
    while True:
        fields = {"limit": "100", **({"cursor": cursor} if cursor else {})}
        page = pool.request("GET", "/v1/stores", fields=fields).json()
        stores += page["stores"]
        cursor = page.get("nextCursor")
        if not cursor:
            return stores


def end_before_it_hangs(seconds: int) -> None:
    """A check that hangs is a failure with a stack, not a stuck run."""
    import faulthandler

    faulthandler.dump_traceback_later(seconds, exit=True)


class Tally:
    """Counts checks; the last line it prints is what the CI run adds up."""

    def __init__(self, name: str) -> None:
        self.name, self.passed, self.failed, self.notes = name, 0, 0, {}

    def check(self, is_right: bool, what: str) -> bool:
        if is_right:
            self.passed += 1
        else:
            self.failed += 1
            if self.failed <= MOST_SHOWN:
                print(f"not ok: {what}", flush=True)
        return is_right

    def note(self, what: str) -> None:
        self.notes[what] = self.notes.get(what, 0) + 1

    def finish(self) -> None:
        for what, count in sorted(self.notes.items()):
            print(f"  {count} {what}")
        if self.passed + self.failed == 0:
            self.check(False, "no check ran")
        print(f"{self.name}: {self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)
