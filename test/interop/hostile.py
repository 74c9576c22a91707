"""Asks for what hostile archives hold: no answer takes a worker down, holds its event loop, or makes it grow.

    hostile.py                  every case, as CI runs it
    hostile.py NAME...          only these; --root FOLDER asks another build, --archives FOLDER keeps the archives

Each case has a fresh service of one worker. While the request runs, another client asks for /health/live on a
connection of its own: what the worker's main thread has worked, in processor time, while that client waited longest
is how long the event loop was held. Growth is that of the worker's peak of resident memory. The time of an answer is
the best of three tries, as other processes may take the processor.
"""

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from hostile_archives import write_all
from service import REPOSITORY, WORK, Tally, free_port

TRIES = 3
# Of the peak of a worker's memory, beyond what the answer needs.
MAX_GROWTH_MIB = 128
# Asked before the case: what the first requests of a process compile is not what an archive does to it.
WARM_PINGS = 300
START_TIMEOUT_S = 60
ANSWER_TIMEOUT_S = float(os.environ.get("ANSWER_TIMEOUT_S", "60"))


@dataclass(frozen=True)
class Case:
    name: str
    archive: str
    path: str
    statuses: tuple[int, ...]
    # Of the whole answer.
    max_ms: int = 2000
    # Of the event loop; 100 where a single call of zlib or zstd may take that.
    max_loop_ms: int = 50
    # What the answer itself needs, in MiB: the chunk as it is stored, if that is large, and decoded.
    needs_mib: int = 0
    body: object = None

    @property
    def max_growth_mib(self) -> int:
        return MAX_GROWTH_MIB + self.needs_mib


def region(selection: str, **more) -> str:
    options = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/slice?path=/&slice={selection}&format=raw{options}"


NODES = "/nodes?depth=64&limit=500"
REFUSED = (413, 500, 501)
LISTS = {"path": "/", "format": "raw", "slice": [[(i * 7919) % 30_011 for i in range(30_000)], [(i * 6007) % 30_013 for i in range(30_000)]]}

CASES = [
    Case("a shard of 2^30 inner chunks", "many-inner", region(""), REFUSED, max_ms=1000),
    Case("one item of it", "many-inner", region("5"), REFUSED, max_ms=1000),
    Case("its metadata", "many-inner", "/metadata?path=/", (200,), max_ms=1000),
    Case("one chunk of it", "many-inner", "/chunk?path=/&index=5&format=raw", REFUSED, max_ms=1000),
    Case("2^20 shards of 2^20 inner chunks", "many-inner-of-many", region("0:1073741824"), REFUSED, max_ms=1000),
    Case("an index of 256 MiB", "large-index", region("5"), REFUSED),
    Case("a shard of 2^20 inner chunks", "fine-shard", region("5"), (200,)),
    Case("all of it", "fine-shard", region(""), (200, 413), max_ms=20_000),
    Case("all of 2^20 stored inner chunks in a compressed entry", "full-shard", region(""), (200, 413), max_ms=30_000, needs_mib=24),
    Case("80 levels of shards", "deep-shards", region(""), REFUSED, max_ms=1000),
    Case("10^9 chunks of one byte", "many-chunks", region(""), (413,), max_ms=1000),
    Case("10^9 chunks, every second", "many-chunks", region("::2"), (413,), max_ms=1000),
    Case("2^50 chunks of two sizes", "many-edges", region("0:1000000000"), (413,), max_ms=1000),
    Case("100,000 chunks of two sizes a dimension", "alternating-edges", region("::3,::5"), (200, 413), max_ms=1000),
    Case("chunks of 2^53 items", "large-chunks", region("0:5"), REFUSED, max_ms=1000),
    Case("32 dimensions of 2^53", "many-dimensions", region(""), REFUSED, max_ms=1000),
    Case("100,000 dimensions", "too-many-dimensions", region(""), REFUSED, max_ms=1000),
    Case("100,000 codecs", "many-codecs", region(""), REFUSED, max_ms=1000),
    Case("items of 10^9 bytes", "long-items", region(""), REFUSED, max_ms=1000),
    Case("texts of 10^12 characters", "long-text-items", region(""), REFUSED, max_ms=1000),
    Case("items of 16 MiB", "large-items", "/metadata?path=/", REFUSED + (200,)),
    Case("200,000 fields", "many-fields", "/metadata?path=/", REFUSED + (200,)),
    Case("60 levels of fields", "deep-fields", region(""), REFUSED + (200,), max_ms=1000),
    Case("a field of 4,000,000 numbers, swapped", "wide-field", region("0"), REFUSED + (200,)),
    Case("1 GiB of the fill value, refused as a chunk", "long-fill", region("0:1000000"), (200, 501)),
    Case("a path 500 folders deep", "deep", "", (200,)),
    Case("its nodes", "deep", NODES, (200,)),
    Case("its deepest node", "deep", "/metadata?path=/" + "/".join(["d"] * 436), (200,)),
    Case("500 groups in each other", "deep-groups", "", (200,)),
    Case("their nodes", "deep-groups", NODES, (200,)),
    Case("500 folders and a group of format 2", "deep-v2", NODES, (200,)),
    Case("24,000 folders without a node", "comb", "", (200,)),
    Case("100,000 groups", "many-groups", "/nodes?limit=10", (200,)),
    Case("100,000 groups, counted", "many-groups", "", (200,)),
    Case("60 documents of 8 MiB, listed", "large-attributes", NODES, (200,), max_ms=10_000),
    Case("60 documents of 8 MiB, counted", "large-attributes", "", (200,), max_ms=10_000),
    Case("one document of 8 MiB", "large-attributes", "/metadata?path=/g1", (200,)),
    Case("a document of 5,000,000 numbers", "many-numbers", "/metadata?path=/g1", (200, 501), max_ms=5000, needs_mib=48),
    Case("4 documents of 5,000,000 numbers", "many-numbers", NODES, (200,), max_ms=10_000, needs_mib=48),
    Case("a document of 800,000 members", "many-members", "/metadata?path=/", (200, 501), max_ms=5000, needs_mib=48),
    Case("one item of 256 MiB, lzma", "lzma-256", region("5"), (200,), max_ms=20_000, needs_mib=256),
    Case("one item of 256 MiB, zstd", "zstd-256", region("5"), (200,), max_ms=10_000, needs_mib=256),
    Case("one item of 1 GiB, zstd", "zstd-1024", region("5"), REFUSED, max_ms=1000),
    Case("1 GiB of zstd for 16 bytes", "zstd-lies", region("5"), REFUSED, max_ms=1000),
    Case("one item of 256 MiB, lz4", "lz4-256", region("5"), (200,), max_ms=10_000, needs_mib=256),
    Case("one item of 64 MiB, bz2", "bz2-64", region("5"), (200,), max_ms=20_000, needs_mib=64),
    Case("one item of 256 MiB, gzip", "gzip-256", region("5"), (200,), max_ms=10_000, needs_mib=256),
    Case("one item of 512 MiB, zlib", "zlib-512", region("5"), (200,), max_ms=20_000, needs_mib=512),
    Case("one item of 128 MiB, swapped and transposed", "swapped-128", region("5,5"), (200,), max_ms=20_000, needs_mib=256),
    Case("one item of 256 MiB of bits", "bits-256", region("5"), (200,), max_ms=20_000, needs_mib=288),
    Case("one of 4,000,000 strings", "strings-4m", region("5"), (200,), max_ms=20_000),
    Case("one of 5,000,000 JSON values", "json-16", region("5"), (200, 500), max_ms=20_000, needs_mib=64),
    Case("one item of 512 MiB, stored", "stored-512", region("5"), (200,), max_ms=10_000, needs_mib=512),
    Case("a shard of 2^20 inner chunks in gzip", "shard-in-gzip", region("5"), REFUSED + (200,), max_ms=10_000),
    Case("every second row of 16 MiB", "small-items", region("0:4000:2,0:4000:2"), (200,)),
    Case("fill values in reverse", "small-items", region("36000:4000:-1,36000:4000:-1"), (200,), max_ms=30_000),
    Case("30,000 × 30,000 items in no order", "small-items", "/slice", (200,), max_ms=60_000, body=LISTS),
]


class Service:
    """One worker over one archive."""

    def __init__(self, root: Path, archive: Path) -> None:
        self.port = free_port()
        self.cache = tempfile.TemporaryDirectory()
        command = ["node", str(root / "build/src/main.js"), "serve", str(archive), "--port", str(self.port),
                   "--workers", "1", "--spare-workers", "0", "--cache-dir", self.cache.name, "--log-level", "fatal"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "NODE_ENV": "production"})
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_ready():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{archive.name}: the service did not become ready")
            time.sleep(0.05)
        self.worker = self.worker_pid()

    def is_ready(self) -> bool:
        try:
            stores = json.loads(ask(self.port, "GET", "/v1/stores")[1])["stores"]
            return bool(stores) and all(store["state"] != "indexing" for store in stores)
        except (OSError, http.client.HTTPException):
            return False

    def worker_pid(self) -> int:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next(int(child) for child in children if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.cache.cleanup()


def memory_kib(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def ask(port: int, method: str, path: str, body: object = None, sink=None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_S)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {} if data is None else {"Content-Type": "application/json"})
        response = connection.getresponse()
        kept = bytearray()
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while piece := response.read1(1 << 20):
            if len(kept) < 1 << 16:
                kept += piece
            if time.monotonic() > deadline:
                raise TimeoutError("the answer does not end")
        return response.status, bytes(kept)
    finally:
        connection.close()


class Pinger(threading.Thread):
    """Asks the worker one thing after the other; remembers the most its main thread did before it answered."""

    def __init__(self, port: int, worker: int) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_S)
        self.thread = Path(f"/proc/{worker}/task/{worker}/schedstat")
        self.is_over = threading.Event()
        self.longest_ms = 0.0
        for _ in range(WARM_PINGS):
            self.ping()
        self.longest_ms = 0.0

    def ping(self) -> None:
        before = self.worked_ms()
        self.connection.request("GET", "/health/live")
        self.connection.getresponse().read()
        self.longest_ms = max(self.longest_ms, self.worked_ms() - before)

    def worked_ms(self) -> float:
        return int(self.thread.read_text().split()[0]) / 1e6

    def run(self) -> None:
        try:
            while not self.is_over.wait(0.0005):
                self.ping()
        except (OSError, http.client.HTTPException):
            self.longest_ms = float("inf")


@dataclass
class Figures:
    status: int
    code: str
    ms: float
    loop_ms: float
    growth_mib: float
    is_alive: bool


def measure(root: Path, archive: Path, case: Case) -> Figures:
    service = Service(root, archive)
    try:
        pinger = Pinger(service.port, service.worker)
        before = memory_kib(service.worker, "VmHWM")
        pinger.start()
        began = time.monotonic()
        try:
            status, answer = ask(service.port, "GET" if case.body is None else "POST", f"/v1/stores/{archive.stem}{case.path}", case.body)
        except (OSError, http.client.HTTPException) as error:
            status, answer = 0, type(error).__name__.encode()
        ms = (time.monotonic() - began) * 1000
        pinger.is_over.set()
        pinger.join(ANSWER_TIMEOUT_S)
        try:
            growth = (memory_kib(service.worker, "VmHWM") - before) / 1024
        except OSError:
            growth = float("inf")
        return Figures(status, code_of(status, answer), ms, pinger.longest_ms, growth, growth != float("inf"))
    finally:
        service.stop()


def code_of(status: int, answer: bytes) -> str:
    if status == 0:
        return answer.decode()
    try:
        return json.loads(answer)["code"] if status >= 400 else ""
    except (ValueError, KeyError):
        return "no problem document"


def faults(case: Case, found: Figures, slack: float) -> list[str]:
    max_growth, max_ms, max_loop = case.max_growth_mib * slack, case.max_ms * slack, case.max_loop_ms * slack
    checks = [
        (found.is_alive, "the worker died"),
        (found.status in case.statuses, f"status {found.status} {found.code}, expected {case.statuses}"),
        (found.growth_mib <= max_growth, f"grew by {found.growth_mib:.0f} MiB, at most {max_growth:.0f}"),
        (found.ms <= max_ms, f"took {found.ms:.0f} ms, at most {max_ms:.0f}"),
        (found.loop_ms <= max_loop, f"held the loop for {found.loop_ms:.0f} ms, at most {max_loop:.0f}"),
    ]
    return [what for is_right, what in checks if not is_right]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--root", type=Path, default=REPOSITORY)
    parser.add_argument("--archives", type=Path, default=WORK / "hostile")
    parser.add_argument("--tries", type=int, default=TRIES)
    # A machine shared with others makes processor time longer and collects garbage later: CI takes 2.
    parser.add_argument("--slack", type=float, default=1)
    options = parser.parse_args()
    write_all(options.archives)
    tally = Tally("hostile archives")
    print(f"{'ms':>8} {'loop ms':>8} {'+MiB':>6}  status")
    for case in CASES:
        if options.names and case.archive not in options.names and case.name not in options.names:
            continue
        for left in range(options.tries - 1, -1, -1):
            found = measure(options.root, options.archives / f"{case.archive}.zip", case)
            if not faults(case, found, options.slack) or left == 0:
                break
        print(f"{found.ms:8.0f} {found.loop_ms:8.0f} {found.growth_mib:6.0f}  {found.status} {found.code}  {case.archive}: {case.name}", flush=True)
        wrong = faults(case, found, options.slack)
        tally.check(not wrong, f"{case.archive}, {case.name}: {'; '.join(wrong)}")
    tally.finish()


if __name__ == "__main__":
    main()
