"""Reads every array of the sweep back through the slice route, whole and in part, and compares with its writer's values."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

from check_values import flat, is_variable
from service import Tally, end_before_it_hangs, running_service
from sweep_cases import SWEEP

THREADS = 6


def read(pool, store, path, facts, text=None):
    """The status, and the hash of the values in the writer's own terms."""
    kind = "json" if is_variable(facts) else "raw"
    fields = {"path": path, "format": kind, **({"slice": text} if text is not None else {})}
    reply = pool.request("GET", f"/v1/stores/{store}/slice", fields=fields)
    data = reply.data
    if reply.status == 200 and kind == "json":
        data = json.dumps(flat(json.loads(data)), ensure_ascii=False, separators=(",", ":")).encode()
    return reply, hashlib.sha256(data).hexdigest()


def compare(pool, store, path, facts):
    """What differs, in words; one entry per check."""
    found = []
    for part in (facts, *([facts["part"]] if "part" in facts else [])):
        reply, digest = read(pool, store, path, part, part.get("slice"))
        where = f"{store} {path} [{part.get('slice', '')}] ({facts['case']})"
        if reply.status != 200:
            found.append(f"{where}: {reply.status} {reply.data[:300]!r}")
        elif reply.headers.get("zarr-shape") is None or digest != part["sha256"]:
            found.append(f"{where}: values differ, shape {reply.headers.get('zarr-shape')}, expected {part['shape']}")
        else:
            found.append("")
    return found


def main() -> None:
    end_before_it_hangs(900)
    tally, arrays = Tally("sweep"), 0
    with running_service(SWEEP, connections=THREADS) as (_, pool), ThreadPoolExecutor(THREADS) as threads:
        for facts_file in sorted(SWEEP.glob("*.json")):
            expected = json.loads(facts_file.read_text())
            arrays += len(expected)
            store = facts_file.stem
            for differences in threads.map(lambda item: compare(pool, store, *item), expected.items()):
                for difference in differences:
                    tally.check(difference == "", difference)
    print(f"  {arrays} arrays")
    tally.check(arrays >= 2000, f"the sweep has at least 2,000 arrays, not {arrays}")
    tally.finish()


if __name__ == "__main__":
    main()
