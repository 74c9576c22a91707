"""Runs the zarrita client (test/interop/zarrita-client.ts) against the service."""

import subprocess
import sys

from archives import DATA, load
from service import REPOSITORY, WORK, running_service


def main() -> None:
    load()
    client = REPOSITORY / "build/test/interop/zarrita-client.js"
    with running_service(DATA) as (url, _):
        done = subprocess.run(["node", str(client), url, str(WORK)], stdin=subprocess.DEVNULL, timeout=600)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
