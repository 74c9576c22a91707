"""Real clients list and read nested hierarchies without consolidated metadata by URL exactly as from disk.

Every way of nested_client.py, with and without a slash at the end of the URL; prints the requests that each took.
"""

import json
import shutil
import subprocess
import sys

from service import REPOSITORY, WORK, Tally, end_before_it_hangs, running_service

HERE, NESTED = REPOSITORY / "test/interop", WORK / "nested"
CLIENT_TIMEOUT_S = 120
# A service for each client, so that its requests are counted: started and stopped as fast as can be.
OPTIONS = ("--access-log", "--spare-workers", "0", "--lame-duck", "0s")
# (name, environment below build/, way, stores)
CLIENTS = (
    ("zarr-python 3.4", ".venv", "zarr3", ("groups", "tree", "cells")),
    ("zarr-python 3.1", ".venv-zarr31", "zarr3", ("groups", "tree", "cells")),
    ("zarr-python 3.4 over obstore", ".venv", "zarr3-obstore", ("groups", "tree", "cells")),
    ("zarr-python 2.18 FSStore", ".venv-zarr2", "zarr2", ("groups", "tree")),
    ("xarray open_datatree", ".venv", "datatree", ("tree",)),
    ("anndata read_elem", ".venv", "anndata", ("cells",)),
)


def paths_of(store: str) -> list[str]:
    """Every node below the root, by the documents on disk."""
    documents = (file for name in (".zarray", ".zgroup", "zarr.json") for file in (NESTED / store).rglob(name))
    return sorted({file.parent.relative_to(NESTED / store).as_posix() for file in documents} - {"."})


def what_it_finds(environment: str, way: str, location: str, store: str) -> dict:
    paths = paths_of(store) if way == "zarr3-obstore" else []
    command = [REPOSITORY / "build" / environment / "bin/python", HERE / "nested_client.py", way, location, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CLIENT_TIMEOUT_S)
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1][:300]}
    return json.loads(done.stdout)


def first_difference(found, expected, where="") -> str:
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return f"{where}: {str(found)[:120]} instead of {str(expected)[:120]}"
    if found.keys() != expected.keys():
        return f"{where}: {sorted(found)} instead of {sorted(expected)}"
    return next(first_difference(found[k], expected[k], f"{where}/{k}") for k in expected if found[k] != expected[k])


def requests_in(log_file) -> int:
    lines = [line for line in log_file.read_text().splitlines() if line.startswith("{")]
    return sum("/zarr/" in (json.loads(line).get("url") or "") for line in lines)


def check_store(tally: Tally, client: tuple, store: str) -> None:
    name, environment, way, _ = client
    expected = what_it_finds(environment, way, str(NESTED / store), store)
    if not tally.check("failed" not in expected and bool(expected), f"{name}, {store} on disk: {expected.get('failed')}"):
        return
    for ending in ("", "/"):
        log_file = WORK / "nested.log"
        log_file.unlink(missing_ok=True)
        with running_service(NESTED / f"{store}.zarr.zip", workers=1, options=OPTIONS, log_file=log_file) as (url, _):
            found = what_it_finds(environment, way, f"{url}/zarr/{store}{ending}", store)
        where = f"{name}, {store}{ending}"
        tally.check(found == expected, f"{where}: {found.get('failed') or found != expected and first_difference(found, expected)}")
        print(f"  {where}: {requests_in(log_file)} requests", flush=True)


def main() -> None:
    end_before_it_hangs(900)
    shutil.rmtree(NESTED, ignore_errors=True)
    NESTED.mkdir(parents=True)
    subprocess.run([sys.executable, HERE / "nested_write.py", NESTED], check=True)
    tally = Tally("nested hierarchies, not consolidated")
    for client in CLIENTS:
        for kind in client[3]:
            for zarr_format in (2, 3):
                if client[2] != "zarr2" or zarr_format == 2:
                    check_store(tally, client, f"{kind}-v{zarr_format}")
    tally.finish()


if __name__ == "__main__":
    main()
