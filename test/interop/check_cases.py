"""Small archives from public bug reports and hostile trials: every case of cases/cases.json answers as it says.

    check_cases.py [FOLDER_WITH_make.py_AND_cases.json]

cases/README.md says what each member of a case means.
"""

import http.client
import json
import re
import runpy
import socket
import sys
import time
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from service import WORK, Tally, end_before_it_hangs, list_stores, running_service

CASES = Path(__file__).parent / "cases"
ANSWER_TIMEOUT_S = 60
# The times of the cases are those of a quiet machine.
BUSY = 4
# The peak of memory depends on when garbage is collected, and that on who else has the processor.
GARBAGE = 1.25

# The expressions by which fsspec's HTTP file system finds what a page lists.
FSSPEC_LINK = re.compile(r"""<(a|A)\s+(?:[^>]*?\s+)?(href|HREF)=["'](?P<url>[^"']+)""")
FSSPEC_URL = re.compile(r"""(?P<url>http[s]?://[-a-zA-Z0-9@:%_+.~#?&/=]+)""")


class Reply:
    def __init__(self, response, seconds: float) -> None:
        self.status, self.headers, self.seconds = response.status, response.headers, seconds
        self.data = response.read()


def ask(base: str, path: str, method: str = "GET", accept: str | None = None) -> Reply:
    """One request on a connection of its own; redirects are not followed, the path is sent as it is written."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=ANSWER_TIMEOUT_S)
    began = time.monotonic()
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        if accept:
            connection.putheader("Accept", accept)
        connection.endheaders()
        return Reply(connection.getresponse(), time.monotonic() - began)
    finally:
        connection.close()


def path_of(case: dict) -> str:
    if "slice" not in case:
        return case["get"]
    store, path = case["slice"]
    return f"/v1/stores/{quote(store)}/slice?path=/{quote(path)}&format=json"


def fsspec_children(page: str, url: str) -> list[str]:
    """What fsspec's `ls` makes of the page at `url`: names of children, '' for one without a name."""
    links = [link["url"] for link in FSSPEC_LINK.finditer(page)] + [link["url"] for link in FSSPEC_URL.finditer(page)]
    found = set()
    for link in links:
        if link.startswith("/") and len(link) > 1:
            link = urljoin(url, link)
        if link == "/":
            found.add("")
        elif link.startswith("http"):
            if link.startswith(url) and len(link) > len(url):
                found.add(link[len(url):].rstrip("/"))
        elif link not in ("..", "../"):
            found.add(link.rstrip("/"))
    return sorted(found)


def pipelined(base: str, path: str, count: int) -> list[int]:
    """The statuses of `count` requests sent in one write on one connection."""
    address = urlsplit(base)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        last = "Connection: close\r\n"
        connection.sendall("".join(
            f"GET {path} HTTP/1.1\r\nHost: x\r\n{last if i == count - 1 else ''}\r\n" for i in range(count)).encode())
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except TimeoutError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def peak_memory_kib(base: str) -> dict[int, int]:
    """The peak of resident memory of every worker of the service at `base`, by process id."""
    peaks = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            parent = re.search(r"PPid:\s+(\d+)", text)[1]
            command = Path("/proc", parent, "cmdline").read_bytes().split(b"\0")
            is_worker = b"worker-main" in (status.parent / "cmdline").read_bytes()
        except OSError:
            continue  # ended meanwhile
        if is_worker and str(urlsplit(base).port).encode() in command and "VmHWM" in text:
            peaks[int(status.parent.name)] = int(re.search(r"VmHWM:\s+(\d+)", text)[1])
    return peaks


def check_growth(tally: Tally, base: str, case: dict, before: dict[int, int]) -> None:
    now = peak_memory_kib(base)
    growth = max(((now[pid] - before[pid]) / 1024 for pid in now.keys() & before.keys()), default=float("inf"))
    tally.check(growth <= case["maxGrowthMiB"] * GARBAGE, f"{case['id']}: grew by {growth:.0f} MiB, {case['maxGrowthMiB']} allowed")
    tally.check(now.keys() >= before.keys(), f"{case['id']}: a worker died")


def has_members(document, members: list[str]) -> bool:
    for member in members:
        if not isinstance(document, dict) or member not in document:
            return False
        document = document[member]
    return True


def refuse_constant(name: str):
    raise ValueError(f"{name} is not JSON")


def check_problem(tally: Tally, name: str, reply: Reply, code: str) -> None:
    media_type = reply.headers.get("Content-Type", "")
    if tally.check(media_type.startswith("application/problem+json"), f"{name}: the media type is {media_type!r}"):
        told = json.loads(reply.data).get("code")
        tally.check(told == code or (code == "*" and bool(told)), f"{name}: the code is {told}")
    for header in ("Access-Control-Allow-Origin", "X-Request-Id"):
        tally.check(header in reply.headers, f"{name}: no {header}")


def check_body(tally: Tally, name: str, reply: Reply, case: dict) -> None:
    if "problem" in case:
        check_problem(tally, name, reply, case["problem"])
    if {"values", "json", "jsonHas"} & case.keys():
        document = json.loads(reply.data, parse_constant=refuse_constant)
        for member in ("values", "json"):
            tally.check(member not in case or document == case[member], f"{name}: {str(document)[:300]}")
        tally.check("jsonHas" not in case or has_members(document, case["jsonHas"]), f"{name}: {str(document)[:300]}")


def check_repeated(tally: Tally, base: str, case: dict) -> None:
    if "pipeline" in case:
        path, count = case["pipeline"]
        statuses = pipelined(base, path, count)
        tally.check(statuses == [200] * count, f"{case['id']}: {len(statuses)} answers: {statuses}")
    else:
        path, count = case["repeat"]
        statuses = {ask(base, path.replace("{i}", str(i))).status for i in range(count)}
        tally.check(statuses == {case["status"]}, f"{case['id']}: {statuses}")


def check_reply(tally: Tally, base: str, case: dict) -> None:
    name, allowed = case["id"], case.get("statusIn", [case.get("status", 200)])
    reply = ask(base, path_of(case), case.get("method", "GET"), case.get("accept"))
    if tally.check(reply.status in allowed, f"{name}: {reply.status} {reply.data[:300]!r}"):
        check_body(tally, name, reply, case)
    if "location" in case:
        url = urljoin(base + path_of(case), reply.headers.get("Location", ""))
        tally.check(urlsplit(url).path == case["location"], f"{name}: Location {reply.headers.get('Location')!r}")
    if "fsspecChildren" in case:
        children = fsspec_children(reply.data.decode(), base + path_of(case))
        tally.check(children == sorted(case["fsspecChildren"]), f"{name}: children {children}")
    if "withinMs" in case:
        tally.check(reply.seconds * 1000 <= case["withinMs"] * BUSY, f"{name}: {reply.seconds * 1000:.0f} ms")


def check_case(tally: Tally, base: str, case: dict) -> None:
    before = peak_memory_kib(base)
    try:
        if {"pipeline", "repeat"} & case.keys():
            check_repeated(tally, base, case)
        else:
            check_reply(tally, base, case)
    except (OSError, http.client.HTTPException, ValueError) as error:
        tally.check(False, f"{case['id']}: {error!r}")
    if "maxGrowthMiB" in case:
        check_growth(tally, base, case, before)


def main() -> None:
    end_before_it_hangs(500)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CASES
    archives = WORK / "cases"
    runpy.run_path(str(folder / "make.py"))["main"](archives)
    tally = Tally("cases")
    for case in json.loads((folder / "cases.json").read_text()):
        # A service of its own where memory or time is measured, so that no case pays for the one before.
        if {"maxGrowthMiB", "withinMs"} & case.keys():
            with running_service(archives / case["archive"], workers=1) as (base, pool):
                list_stores(pool)
                check_case(tally, base, case)
    with running_service(archives) as (base, _):
        for case in json.loads((folder / "cases.json").read_text()):
            if not {"maxGrowthMiB", "withinMs"} & case.keys():
                check_case(tally, base, case)
    tally.finish()


if __name__ == "__main__":
    main()
