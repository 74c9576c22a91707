"""Seeded selections over several arrays, through the slice route, against NumPy: at least 20,000, none may differ.

    selection_fuzz.py [--count N] [--seed S]
"""

import argparse
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import zarr
from zarr.codecs import BytesCodec, TransposeCodec

import archives  # noqa: F401  puts test/fixtures on the path
from service import WORK, Tally, end_before_it_hangs, running_service

from pack import pack  # from test/fixtures

FOLDER = WORK / "fuzz"
THREADS = 8


def write_arrays():
    """A few arrays of 0 to 4 dimensions in one archive, and their values."""
    import shutil

    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "data").mkdir(parents=True)
    group = zarr.open_group(str(FOLDER / "made"), mode="w")
    rng = np.random.default_rng(1)
    recipes = {
        "scalar": ((), {"chunks": ()}, "f8"),
        "line": ((103,), {"chunks": (10,)}, "i4"),
        "line_sharded": ((211,), {"chunks": (7,), "shards": (35,)}, "u2"),
        "plane": ((37, 53), {"chunks": (8, 9)}, "i2"),
        "plane_sharded": ((64, 48), {"chunks": (5, 6), "shards": (20, 18)}, "f4"),
        "plane_transposed": ((33, 21), {"chunks": (7, 10), "filters": [TransposeCodec(order=(1, 0))]}, "u1"),
        "volume": ((12, 19, 23), {"chunks": (5, 6, 7)}, "f8"),
        "volume_big_endian": ((9, 8, 17), {"chunks": (4, 8, 5), "serializer": BytesCodec(endian="big")}, "i8"),
        "four": ((5, 6, 7, 8), {"chunks": (2, 3, 4, 5)}, "c16"),
        "four_sharded": ((6, 5, 9, 7), {"chunks": (2, 2, 3, 4), "shards": (4, 4, 6, 8)}, "i1"),
        "empty": ((0, 5), {"chunks": (1, 5)}, "f4"),
        "one_chunk": ((9, 9), {"chunks": (40, 40)}, "u4"),
    }
    values = {}
    for name, (shape, options, dtype) in recipes.items():
        array = group.create_array(name, shape=shape, dtype=dtype, **options)
        data = np.frombuffer(rng.bytes(max(1, int(np.prod(shape, dtype=int))) * np.dtype(dtype).itemsize), dtype=dtype)
        values[name] = data[: int(np.prod(shape, dtype=int))].reshape(shape)
        with np.errstate(invalid="ignore"):  # random bits make signalling NaNs
            array[...] = values[name]
    pack(FOLDER / "made", FOLDER / "data" / "fuzz.zip")
    return values


def random_bound(rng, size: int):
    """A bound inside, at the edges, beyond them or left out."""
    choice = rng.random()
    if choice < 0.25:
        return None
    reach = size + 4 if choice < 0.85 else 10 * size + 20
    return int(rng.integers(-reach, reach + 1))


def random_axis(rng, size: int):
    """One dimension's part: its text, NumPy's index, and whether it is out of range."""
    choice = rng.random()
    if choice < 0.2:
        index = int(rng.integers(-size - 1, size + 1)) if rng.random() < 0.06 else int(rng.integers(-size, size)) if size else 0
        return str(index), index, not -size <= index < size
    if choice < 0.35 and size:
        chosen = [int(i) for i in rng.integers(-size, size, rng.integers(1, 7))]
        return f"[{','.join(map(str, chosen))}]", chosen, False
    start, stop = random_bound(rng, size), random_bound(rng, size)
    step = int(rng.choice([1, 1, 2, 3, 7, -1, -1, -2, -5, 1000])) if rng.random() < 0.6 else None
    text = f"{'' if start is None else start}:{'' if stop is None else stop}" + ("" if step is None else f":{step}")
    return text, slice(start, stop, step), False


def random_selection(rng, shape):
    """Slice text, one NumPy index per dimension, and whether it must be refused."""
    axes = [random_axis(rng, size) for size in shape]
    texts, indexes = [a[0] for a in axes], [a[1] for a in axes]
    refused = any(a[2] for a in axes)
    shortening = rng.random()
    if shortening < 0.15 and shape:  # the rest in full
        keep = int(rng.integers(0, len(shape)))
        refused = any(a[2] for a in axes[:keep])
        return ",".join(texts[:keep]), indexes[:keep] + [slice(None)] * (len(shape) - keep), refused
    if shortening < 0.3:  # an ellipsis somewhere, for none or some dimensions
        first = int(rng.integers(0, len(shape) + 1))
        last = int(rng.integers(first, len(shape) + 1))
        refused = any(a[2] for a in axes[:first] + axes[last:])
        return (",".join([*texts[:first], "...", *texts[last:]]), [*indexes[:first], *[slice(None)] * (last - first), *indexes[last:]], refused)
    return ",".join(texts), indexes, refused


def select(values: np.ndarray, indexes) -> np.ndarray:
    """Orthogonal indexing: each dimension by itself, integers dropped at the end."""
    result, dropped = values, []
    for axis, index in enumerate(indexes):
        if isinstance(index, int):
            index = [index]
            dropped.append(axis)
        result = result[(slice(None),) * axis + (index,)]
    return result.squeeze(tuple(dropped)) if dropped else result


def compare(pool, values, case) -> str:
    name, text, indexes, refused = case
    reply = pool.request("GET", "/v1/stores/fuzz/slice", fields={"path": f"/{name}", "slice": text, "format": "raw"})
    where = f"{name}{list(values[name].shape)} [{text}]"
    if refused:
        return "" if reply.status == 400 and reply.json()["code"] == "INVALID_SELECTION" else f"{where}: {reply.status}, must be refused"
    if reply.status != 200:
        return f"{where}: {reply.status} {reply.data[:300]!r}"
    wanted = select(values[name], indexes)
    shape = ",".join(map(str, wanted.shape))
    if reply.headers.get("zarr-shape", "?").strip("[]").replace(" ", "") != shape:
        return f"{where}: Zarr-Shape {reply.headers.get('zarr-shape')!r}, NumPy says {shape!r}"
    return "" if reply.data == np.ascontiguousarray(wanted).tobytes() else f"{where}: bytes differ"


def cases(values, count: int, seed: int):
    rng = np.random.default_rng(seed)
    names = list(values)
    for number in range(count):
        name = names[number % len(names)]
        yield name, *random_selection(rng, values[name].shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=21000)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    end_before_it_hangs(900)
    tally, values = Tally("selection fuzz"), write_arrays()
    with running_service(FOLDER / "data", connections=THREADS) as (_, pool), ThreadPoolExecutor(THREADS) as threads:
        todo = list(cases(values, options.count, options.seed))
        for difference in threads.map(lambda case: compare(pool, values, case), todo):
            tally.check(difference == "", difference)
    tally.finish()


if __name__ == "__main__":
    main()
