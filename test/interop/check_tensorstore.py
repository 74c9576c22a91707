"""TensorStore opens every array through its http kvstore and reads what it reads from the unpacked folder."""

from importlib.metadata import version

import numpy as np
import tensorstore as ts

from archives import DATA, UNPACKED, load
from check_zarr_python import part_of, sampled
from service import Tally, end_before_it_hangs, running_service

import expected  # from test/fixtures


def read(kvstore: dict, zarr_format: int, part=None):
    driver = "zarr3" if zarr_format == 3 else "zarr"
    array = ts.open({"driver": driver, "kvstore": kvstore}, open=True, read=True).result()
    chosen = array[part] if part is not None else array
    return np.asarray(chosen.read().result())


def read_or_error(*arguments):
    try:
        return read(*arguments), None
    except (ValueError, NotImplementedError, TypeError) as error:  # what TensorStore raises for its absl statuses
        return None, error


def check_array(tally, url, archive, path, facts) -> None:
    where, folder = f"{archive['store']} {path}", UNPACKED / archive["store"] / archive["root"]
    below = f"{path.strip('/')}/".lstrip("/")
    stores = (
        {"driver": "file", "path": f"{folder}/{below}"},
        {"driver": "http", "base_url": f"{url}/zarr/{archive['store']}/", "path": below},
    )
    for part in (None, part_of(facts["shape"]) if facts["shape"] else None):
        (local, refused), (remote, failed) = [read_or_error(store, facts["zarrFormat"], part) for store in stores]
        if refused is not None:
            tally.note("reads refused by TensorStore itself")
            tally.check(failed is not None, f"{where}: refused from a folder but read by URL")
            continue
        if tally.check(failed is None, f"{where}: {failed!r}"):
            tally.check(same(local, remote), f"{where} {part}: values differ")
            if part is None and is_plain(facts):
                known = expected.describe_array(remote, 0)["sha256"]
                tally.check(known == facts["sha256"], f"{where}: not the expected hash")


def is_plain(facts) -> bool:
    """Records and opaque items have another shape in TensorStore: there only URL and folder are compared."""
    return facts["enc"] == "bytes-le-c" and "[(" not in facts["dtype"] and "V" not in facts["dtype"]


def same(left, right) -> bool:
    return left.shape == right.shape and left.dtype == right.dtype and left.tobytes() == right.tobytes()


def main() -> None:
    end_before_it_hangs(600)
    tally = Tally(f"TensorStore {version('tensorstore')}")
    with running_service(DATA) as (url, _):
        for archive in load():
            for path, facts in sampled(archive):
                check_array(tally, url, archive, path, facts)
    tally.finish()


if __name__ == "__main__":
    main()
