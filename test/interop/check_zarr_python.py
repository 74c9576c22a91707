"""zarr-python 3 opens every array by URL and reads what it reads from the unpacked folder."""

import warnings

import numpy as np
import zarr

from archives import DATA, UNPACKED, load
from service import Tally, end_before_it_hangs, running_service

import expected  # from test/fixtures


def read(location: str, path: str, zarr_format: int, selection=...):
    array = zarr.open_array(location, path=path.strip("/") or None, mode="r", zarr_format=zarr_format)
    return np.asarray(array[selection])


def read_or_error(*arguments):
    """(values, None) or (None, error): an array one side refuses must be refused on the other too."""
    try:
        return read(*arguments), None
    except Exception as error:  # zarr raises many kinds
        return None, error


def same(left, right) -> bool:
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    return expected.describe_array(left, 0) == expected.describe_array(right, 0)


def part_of(shape):
    """A selection that touches few inner chunks, so that a shard is read by ranges."""
    return tuple(slice(size // 3, size // 3 + 2) for size in shape) or ...


def check_array(tally, url, archive, path, facts) -> None:
    where, folder = f"{archive['store']} {path}", str(UNPACKED / archive["store"] / archive["root"])
    for selection in (..., part_of(facts["shape"])):
        local, refused = read_or_error(folder, path, facts["zarrFormat"], selection)
        remote, failed = read_or_error(f"{url}/zarr/{archive['store']}", path, facts["zarrFormat"], selection)
        if refused is not None:
            tally.note(f"reads refused by zarr-python itself: {type(refused).__name__}")
            tally.check(failed is not None, f"{where}: refused from a folder but read by URL")
            continue
        if tally.check(failed is None, f"{where}: {failed!r}"):
            tally.check(same(local, remote), f"{where} {selection}: values differ")
            if selection is ...:
                known = expected.describe_array(remote, 0)["sha256"]
                tally.check(known == facts["sha256"], f"{where}: not the expected hash")


def check_group(tally, url, archive) -> None:
    """The tree zarr-python sees through consolidated metadata is the tree of the archive."""
    try:
        local = zarr.open_group(str(UNPACKED / archive["store"] / archive["root"]), mode="r")
    except Exception:
        return  # no group at the root
    for consolidated in (False, None):
        try:
            remote = zarr.open_group(f"{url}/zarr/{archive['store']}", mode="r", use_consolidated=consolidated)
        except (ValueError, TypeError) as error:
            # One array whose metadata it does not take (|O with json2, a legacy fill value) and zarr-python refuses
            # the consolidated metadata of all.
            is_known = any(text in str(error) for text in ("No Zarr data type found", "Expected a base64-encoded string"))
            tally.note(f"group refused by zarr-python with consolidated metadata: {error}")
            tally.check(consolidated is None and is_known, f"{archive['store']}: {error!r}")
            continue
        tally.check(dict_text(remote.attrs) == dict_text(local.attrs), f"{archive['store']}: root attributes differ")


def dict_text(attributes) -> str:
    return repr(sorted(attributes.asdict().items()))


def main() -> None:
    end_before_it_hangs(900)
    warnings.simplefilter("ignore")
    tally = Tally(f"zarr-python {zarr.__version__}")
    with running_service(DATA) as (url, _):
        for archive in load():
            check_group(tally, url, archive)
            for path, facts in sampled(archive):
                check_array(tally, url, archive, path, facts)
    tally.finish()


def sampled(archive):
    """Every array, but of the 168 alike ones of the v2 corpus every third, and only from one archive of it."""
    arrays = list(archive["arrays"].items())
    if "zarr-python-v2" in archive["store"]:
        return arrays[::3] if archive["store"].endswith("fixture") else []
    return arrays


if __name__ == "__main__":
    main()
