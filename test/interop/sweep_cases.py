"""What the sweep's two writers share: seeded shapes, values and the record of what was written.

Imports nothing newer than NumPy, so that it also runs beside zarr-python 2.18.
"""

import json
import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
SWEEP = REPOSITORY / "build" / "interop" / "sweep"
sys.path.insert(0, str(REPOSITORY / "test" / "fixtures"))
from expected import describe_array  # noqa: E402

NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
FIXED = (*NUMBERS, "S5", "U4", "V3", "M8[s]", "M8[25us]", "M8[D]", "m8[ns]", "m8[h]", "struct")
STRUCT = [("a", "i4"), ("b", "f8"), ("c", "S3"), ("d", "u1")]
WORDS = ["", "a", "bcd", "Grüße", "日本", "🦊", "tab\t", 'quote"', "longer text than most of the others"]
SHAPES = ((), (1,), (7,), (40,), (5, 6), (13, 11), (1, 9), (4, 5, 6), (3, 7, 2), (2, 3, 4, 5))


def dtype_of(name: str, byte_order: str = "<") -> np.dtype:
    if name == "struct":
        return np.dtype([(field, np.dtype(code).newbyteorder(byte_order)) for field, code in STRUCT])
    return np.dtype(name).newbyteorder(byte_order)


def random_values(rng, dtype: np.dtype, shape) -> np.ndarray:
    """Random values of any fixed-size type, special values and repeats among them."""
    count = int(np.prod(shape, dtype=int))
    if dtype.names:
        values = np.zeros(count, dtype)
        for name in dtype.names:
            values[name] = random_values(rng, dtype[name], (count,))
        return values.reshape(shape)
    kind, size = dtype.kind, dtype.itemsize
    if kind == "b":
        values = rng.random(count) < 0.5
    elif kind in "iu":
        info = np.iinfo(dtype)
        values = rng.integers(info.min, info.max, count, dtype=dtype.newbyteorder("="), endpoint=True)
        values = np.where(rng.random(count) < 0.5, values, np.arange(count).astype(values.dtype))
    elif kind in "fc":
        real = np.where(rng.random(count) < 0.1, rng.choice([np.nan, np.inf, -np.inf, -0.0], count), rng.normal(0, 100, count))
        values = real if kind == "f" else real + 1j * rng.normal(0, 100, count)
    elif kind in "mM":
        ticks = rng.integers(-(10**6), 10**6, count)
        ticks[rng.random(count) < 0.1] = np.iinfo("i8").min
        return ticks.astype("i8").astype(dtype.newbyteorder("<").str).astype(dtype).reshape(shape)
    elif kind == "U":
        values = np.array([WORDS[i][: size // 4] for i in rng.integers(0, len(WORDS), count)], dtype=dtype)
    else:
        values = np.array([bytes(rng.integers(1, 256, rng.integers(0, size + 1)).astype("u1")) for _ in range(count)], dtype=f"S{size}")
        if kind == "V":
            values = np.frombuffer(np.ascontiguousarray(values).tobytes(), dtype=dtype) if count else np.zeros(0, dtype)
    return np.asarray(values).astype(dtype).reshape(shape)


def random_words(rng, shape) -> np.ndarray:
    values = np.empty(int(np.prod(shape, dtype=int)), dtype=object)
    values[:] = [WORDS[i] for i in rng.integers(0, len(WORDS), values.size)]
    return values.reshape(shape)


def random_blobs(rng, shape) -> np.ndarray:
    values = np.empty(int(np.prod(shape, dtype=int)), dtype=object)
    values[:] = [bytes(rng.integers(0, 256, rng.integers(0, 9)).astype("u1")) for _ in range(values.size)]
    return values.reshape(shape)


def random_chunks(rng, shape):
    """A chunk shape: sometimes one chunk, sometimes larger than the array, mostly with a ragged edge."""
    return tuple(int(rng.integers(1, max(2, int(size * 1.3)))) for size in shape)


def random_part(rng, shape):
    """A basic selection as slice text and as NumPy's."""
    parts = []
    for size in shape:
        start, stop = sorted(int(v) for v in rng.integers(0, size + 1, 2))
        step = int(rng.choice([1, 1, 1, 2, 3]))
        parts.append((start, stop, step))
    text = ",".join(f"{a}:{b}:{c}" for a, b, c in parts)
    return text, tuple(slice(a, b, c) for a, b, c in parts)


class Record:
    """Collects, per archive and path, what the writer itself reads back."""

    def __init__(self, rng) -> None:
        self.rng, self.arrays = rng, {}

    def add(self, path: str, array, case: str, zarr_format: int) -> None:
        # A 0-d array reads as a scalar, and text scalars forget the length of their type.
        values = np.asarray(array[...], dtype=array.dtype if array.ndim == 0 and array.dtype.kind in "SU" else None)
        facts = {**describe_array(values, zarr_format), "case": case}
        if values.ndim:
            text, selection = random_part(self.rng, values.shape)
            facts["part"] = {"slice": text, **describe_array(values[selection], zarr_format)}
        self.arrays[f"/{path}"] = facts

    def save(self, name: str) -> None:
        (SWEEP / f"{name}.json").write_text(json.dumps(self.arrays))
