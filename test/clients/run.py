"""Generates every client below this folder, builds it, and runs its program against one service over the sample.

A client is a folder with generate.sh and run.sh; the last line that run.sh prints says "NAME: N passed, N failed".
"""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / "build" / "clients"
READY_TIMEOUT_S, STOP_TIMEOUT_S, GENERATE_TIMEOUT_S, RUN_TIMEOUT_S = 60, 40, 600, 120
MOST_LINES_SHOWN = 40
COUNTS = re.compile(r": (\d+) passed, (\d+) failed$")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False  # not listening yet, or still starting


def wait_until_ready(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not is_ready(url):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("the service did not become ready; see build/clients/service.log")
        time.sleep(0.1)


@contextmanager
def running_service(key: str):
    """The base URL of a service that wants a key; stopped by SIGTERM at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory() as cache, (WORK / "service.log").open("wb") as log:
        command = ["node", "build/src/main.js", "serve", "test/fixtures/sample", "--api-key", f"read:{key}",
                   "--port", str(port), "--cache-dir", cache]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run_script(script: Path, timeout_s: int, environment: dict[str, str]) -> tuple[int, list[str]]:
    """Exit code and lines; a script that takes too long is ended with all it has started."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen([script], cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            code = 124
            output.write(f"\n{script.name} took longer than {timeout_s} s\n")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0)
        return code, output.read().splitlines()


def check_client(folder: Path, environment: dict[str, str]) -> tuple[int, int, bool]:
    """Passed, failed, and whether the program ran to its count."""
    began = time.monotonic()
    for script, timeout_s in (("generate.sh", GENERATE_TIMEOUT_S), ("run.sh", RUN_TIMEOUT_S)):
        code, lines = run_script(folder / script, timeout_s, environment)
        counts = COUNTS.search(lines[-1]) if lines and script == "run.sh" else None
        if code != 0 or (script == "run.sh" and counts is None):
            print(f"not ok: {folder.name}: {script} ended with code {code}")
            print("\n".join(f"    {line}" for line in lines[-MOST_LINES_SHOWN:]))
            break
    seconds = time.monotonic() - began
    if counts is None:
        print(f"{folder.name}: no count ({seconds:.0f} s)", flush=True)
        return 0, 1, False
    print(f"{lines[-1]} ({seconds:.0f} s)", flush=True)
    passed, failed = map(int, counts.groups())
    # An exit code that contradicts the count, or a count of nothing, is a failure too.
    contradicted = failed == 0 and (code != 0 or passed == 0)
    return passed, failed + contradicted, True


def main() -> None:
    # So that what was started is stopped when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folders = sorted(script.parent for script in Path(__file__).parent.glob("*/generate.sh"))
    WORK.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(16)
    with running_service(key) as url:
        environment = {**os.environ, "ZIPZARR_URL": url, "ZIPZARR_KEY": key}
        results = [check_client(folder, environment) for folder in folders]
    passed, failed = sum(result[0] for result in results), sum(result[1] for result in results)
    print(f"{sum(result[2] for result in results)} of {len(folders)} clients ran")
    print(f"generated clients: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not folders else 0)


main()
