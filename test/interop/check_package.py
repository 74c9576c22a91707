"""What a newcomer types: `npm install` without a warning, `npm start` with the sample, and the packed package from elsewhere."""

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
        ids = served_within(port, 120)
        tally.check(ids == SAMPLE, f"{name}: serves {sorted(ids)}")
        print(f"  {name}: the sample is served after {time.monotonic() - began:.1f} s")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            tally.check(False, f"{name}: did not stop")


def run(command, folder, **options):
    """Its whole output; a command that fails ends the check."""
    result = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        raise SystemExit(f"{command}: exit code {result.returncode}\n{result.stdout}")
    return result.stdout


def clone(folder: Path) -> Path:
    run(["git", "clone", "-q", "--no-hardlinks", str(REPOSITORY), str(folder)], REPOSITORY)
    return folder


def check_install(tally, work: Path) -> None:
    """npm install in a clean clone warns of nothing and changes nothing."""
    folder = clone(work / "install")
    said = run(["npm", "install"], folder)
    tally.check("warn" not in said.lower(), f"npm install warns of nothing: {said.strip()}")
    changed = run(["git", "status", "--porcelain"], folder)
    tally.check(changed == "", f"npm install changes nothing: {changed.strip()}")


def check_packed(tally, work: Path) -> None:
    """npm pack in a clean clone, without anything installed, makes a package that runs."""
    folder = clone(work / "pack")
    packed = subprocess.run(["npm", "pack", "--json", "--pack-destination", str(work)], cwd=folder, check=True, capture_output=True, text=True)
    listing = json.loads(packed.stdout)
    facts = listing[0] if isinstance(listing, list) else next(iter(listing.values()))
    # With Swagger UI's files, which used to come in a package of their own.
    tally.check(facts["size"] < 4_000_000, f"the package is small: {facts['size']} bytes")
    tally.check(facts["unpackedSize"] < 10_000_000, f"and unpacked: {facts['unpackedSize']} bytes")
    stray = [file["path"] for file in facts["files"] if file["path"].startswith(("build/test", ".ci", "test/corpus"))]
    tally.check(stray == [], f"the package holds only what runs: {stray[:5]}")
    prefix = work / "prefix"
    said = run(["npm", "install", "--global", "--prefix", str(prefix), str(work / facts["filename"])], work)
    tally.check("warn" not in said.lower(), f"installing the package warns of nothing: {said.strip()}")
    zipzarr = str(prefix / "bin" / "zipzarr")
    check_serving(tally, "zipzarr", [zipzarr], work)
    check_serving(tally, "zipzarr FOLDER", [zipzarr, str(REPOSITORY / "test/fixtures/sample")], work)


def main() -> None:
    end_before_it_hangs(880)
    tally = Tally("package")
    with tempfile.TemporaryDirectory() as work:
        check_serving(tally, "npm start", ["npm", "start", "--"], REPOSITORY)
        check_install(tally, Path(work))
        check_packed(tally, Path(work))
    tally.finish()


if __name__ == "__main__":
    main()
