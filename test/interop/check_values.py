"""Every array with a known hash reads right through /v1/.../slice, and every key through /zarr equals the ZIP entry."""

import hashlib
import io
import json
import zipfile
from urllib.parse import quote

import numpy as np

from archives import DATA, load
from service import Tally, end_before_it_hangs, list_stores, running_service

import expected  # from test/fixtures


def flat(value) -> list:
    return [item for part in value for item in flat(part)] if isinstance(value, list) else [value]


def is_variable(facts) -> bool:
    return facts["enc"] == "json"


def check_slice(tally, pool, store, path, facts) -> None:
    where = f"{store} {path}"
    kind = "json" if is_variable(facts) else "raw"
    reply = pool.request("GET", f"/v1/stores/{store}/slice", fields={"path": path, "format": kind})
    if not tally.check(reply.status == 200, f"{where}: slice answers {reply.status} {reply.data[:300]!r}"):
        return
    if is_variable(facts):
        values = json.loads(reply.data)
        items = values if facts["dtype"] == "object" and len(facts["shape"]) == 1 else flat(values)
        data = json.dumps(items, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        data = reply.data
    tally.check(hashlib.sha256(data).hexdigest() == facts["sha256"], f"{where}: values differ ({reply.data[:80]!r})")
    if not is_variable(facts):
        check_npy(tally, pool, store, path, facts)


def check_npy(tally, pool, store, path, facts) -> None:
    reply = pool.request("GET", f"/v1/stores/{store}/slice", fields={"path": path, "format": "npy"})
    if not tally.check(reply.status == 200, f"{store} {path}: npy answers {reply.status} {reply.data[:200]!r}"):
        return
    values = np.load(io.BytesIO(reply.data), allow_pickle=False)
    same = list(values.shape) == facts["shape"] and hashlib.sha256(expected.little_endian(values)).hexdigest() == facts["sha256"]
    tally.check(same, f"{store} {path}: npy differs: {values.shape} {values.dtype}")


def check_keys(tally, pool, archive) -> None:
    store, prefix = archive["store"], f"{archive['root']}/" if archive["root"] else ""
    with zipfile.ZipFile(DATA / archive["archive"]) as source:
        keys = [name for name in source.NameToInfo if not name.endswith("/") and name.startswith(prefix)]
        for name in keys:
            data = source.read(name)
            reply = pool.request("GET", f"/zarr/{store}/{quote(name[len(prefix):])}")
            tally.check(reply.status == 200 and reply.data == data, f"{store} key {name}: {reply.status}, {len(reply.data)} of {len(data)} bytes")
        for name in keys[:: max(1, len(keys) // 20)]:
            check_ranges(tally, pool, f"/zarr/{store}/{quote(name[len(prefix):])}", source.read(name))


def check_ranges(tally, pool, url, data) -> None:
    size = len(data)
    head = pool.request("HEAD", url)
    tally.check(head.status == 200 and int(head.headers["content-length"]) == size, f"HEAD {url}: {head.status}")
    cases = {"bytes=0-0": data[:1], "bytes=-22": data[-22:], f"bytes={size // 2}-": data[size // 2 :], "bytes=1-999999999": data[1:]}
    for wanted, part in cases.items():
        if not part:
            continue
        reply = pool.request("GET", url, headers={"Range": wanted})
        tally.check(reply.status == 206 and reply.data == part, f"{url} {wanted}: {reply.status}, {len(reply.data)} of {len(part)} bytes")
        start = size - len(part) if wanted != "bytes=0-0" else 0
        total = f"bytes {start}-{start + len(part) - 1}/{size}"
        tally.check(reply.headers.get("content-range") == total, f"{url} {wanted}: Content-Range {reply.headers.get('content-range')}, not {total}")
    beyond = pool.request("GET", url, headers={"Range": f"bytes={size}-"})
    tally.check(beyond.status == 416 and beyond.headers.get("content-range") == f"bytes */{size}", f"{url} beyond the end: {beyond.status}")
    again = pool.request("GET", url, headers={"If-None-Match": head.headers.get("etag", '"none"')})
    tally.check(again.status == 304 and again.data == b"", f"{url} If-None-Match: {again.status}")


def main() -> None:
    end_before_it_hangs(900)
    tally, archives = Tally("values"), load()
    with running_service(DATA) as (_, pool):
        served = {store["id"] for store in list_stores(pool)}
        for archive in archives:
            tally.check(archive["store"] in served, f"{archive['archive']} is served as {archive['store']}")
            for path, facts in archive["arrays"].items():
                check_slice(tally, pool, archive["store"], path, facts)
            check_keys(tally, pool, archive)
    tally.finish()


if __name__ == "__main__":
    main()
