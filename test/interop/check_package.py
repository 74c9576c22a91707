"""The two commands of the README: `npm start` serves the sample, and the packed package runs from elsewhere."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import urllib3

from service import REPOSITORY, Tally, end_before_it_hangs, free_port, list_stores

SAMPLE = {"climate", "microscopy", "microscopy-v04.ome", "stations"}


def served_within(port: int, seconds: float):
    """The sample's store ids once all are ready, or what was last seen when the time is up."""
    pool, ids, deadline = urllib3.HTTPConnectionPool("127.0.0.1", port, retries=False, timeout=5), set(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            ids = {store["id"] for store in list_stores(pool) if store["state"] == "ready"}
            if ids >= SAMPLE:
                break
        except urllib3.exceptions.HTTPError:
            pass  # not listening yet
        time.sleep(0.1)
    return ids


def check_serving(tally, name, command, folder) -> None:
    port, began = free_port(), time.monotonic()
    process = subprocess.Popen([*command, "--port", str(port)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        ids = served_within(port, 60)
        tally.check(ids == SAMPLE, f"{name}: serves {sorted(ids)}")
        print(f"  {name}: the sample is served after {time.monotonic() - began:.1f} s")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            tally.check(False, f"{name}: did not stop")


def check_packed(tally) -> None:
    with tempfile.TemporaryDirectory() as work:
        packed = subprocess.run(["npm", "pack", "--json", "--pack-destination", work], cwd=REPOSITORY, check=True, capture_output=True, text=True)
        listing = json.loads(packed.stdout)
        facts = listing[0] if isinstance(listing, list) else next(iter(listing.values()))
        tally.check(facts["unpackedSize"] < 8_000_000, f"the package is small: {facts['unpackedSize']} bytes")
        stray = [file["path"] for file in facts["files"] if file["path"].startswith(("build/test", ".ci", "test/corpus"))]
        tally.check(stray == [], f"the package holds only what runs: {stray[:5]}")
        (Path(work) / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--omit=dev", str(Path(work) / facts["filename"])], cwd=work, check=True, capture_output=True)
        check_serving(tally, "the installed package", ["node_modules/.bin/zipzarr", "serve"], work)


def main() -> None:
    end_before_it_hangs(280)
    tally = Tally("package")
    check_serving(tally, "npm start", ["npm", "start", "--"], REPOSITORY)
    check_packed(tally)
    tally.finish()


if __name__ == "__main__":
    main()
