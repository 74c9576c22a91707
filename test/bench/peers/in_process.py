"""Times the native libraries inside one process and prints one JSON line: {name: seconds}, medians.

Usage: in_process.py ARCHIVES codecs|assemble|slice REPEATS
"""

import json
import os
import statistics
import sys
import time
import zlib

import numpy as np


def median_time(work, repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def chunk_of(side: int = 512) -> np.ndarray:
    rng = np.random.default_rng(7)
    x = np.linspace(0, 8 * np.pi, side, dtype="f4")
    field = np.sin(x)[:, None] * np.cos(x)[None, :] * 20 + 280
    return (field + rng.normal(0, 0.05, field.shape)).astype("f4")


def codecs(folder: str, repeats: int) -> dict[str, float]:
    """Decodes one 1 MiB chunk with each native codec; writes the encoded chunk beside the archives."""
    from numcodecs import GZip, LZ4, Blosc, Zlib, Zstd, blosc

    blosc.use_threads = False
    blosc.set_nthreads(1)
    raw = chunk_of()
    made = {
        "blosc-lz4-shuffle": Blosc("lz4", 5, Blosc.SHUFFLE),
        "blosc-lz4-bitshuffle": Blosc("lz4", 5, Blosc.BITSHUFFLE),
        "blosc-zstd-shuffle": Blosc("zstd", 5, Blosc.SHUFFLE),
        "blosc-zlib-shuffle": Blosc("zlib", 5, Blosc.SHUFFLE),
        "zstd": Zstd(3),
        "zlib": Zlib(5),
        "gzip": GZip(5),
        "lz4": LZ4(),
    }
    answer = {}
    for name, codec in made.items():
        encoded = bytes(codec.encode(raw))
        with open(f"{folder}/codec-{name}.bin", "wb") as file:
            file.write(encoded)
        out = np.empty_like(raw)
        if name == "zlib":
            answer[name] = median_time(lambda e=encoded: zlib.decompress(e, bufsize=raw.nbytes), repeats)
        elif name == "gzip":
            answer[name] = median_time(lambda e=encoded: zlib.decompress(e, wbits=31, bufsize=raw.nbytes), repeats)
        else:
            answer[name] = median_time(lambda c=codec, e=encoded, o=out: c.decode(e, o), repeats)
    with open(f"{folder}/codec-raw.bin", "wb") as file:
        file.write(raw.tobytes())
    return answer


SELECTIONS = {
    "one chunk": (slice(0, 512), slice(0, 512)),
    "crossing 4 chunks": (slice(256, 768), slice(256, 768)),
    "::2, ::2": (slice(None, None, 2), slice(None, None, 2)),
    "rows ::2": (slice(None, None, 2), slice(None)),
    "column": (slice(None), slice(5, 6)),
    "everything": (slice(None), slice(None)),
}


def assemble(_: str, repeats: int) -> dict[str, float]:
    """NumPy copying from decoded 1 MiB chunks of a 16 MiB (64 MiB for "everything") array into a new array."""
    answer = {}
    for name, selection in SELECTIONS.items():
        side = 4096 if name == "everything" else 2048
        chunks = {(i, j): chunk_of() for i in range(side // 512) for j in range(side // 512)}

        def work(selection=selection, side=side, chunks=chunks):
            starts = [part.indices(side) for part in selection]
            shape = [len(range(*start)) for start in starts]
            out = np.empty(shape, "f4")
            for (i, j), chunk in chunks.items():
                source, target = [], []
                for place, (start, stop, step) in zip((i, j), starts, strict=True):
                    low, high = place * 512, place * 512 + 512
                    first = max(start, low + (start - low) % step) if start < low else start
                    end = min(stop, high)
                    if first >= end:
                        break
                    source.append(slice(first - low, end - low, step))
                    target.append(slice((first - start) // step, (end - 1 - start) // step + 1))
                else:
                    out[tuple(target)] = chunk[tuple(source)]
            return out

        answer[name] = median_time(work, repeats)
    return answer


def slice64(folder: str, repeats: int) -> dict[str, float]:
    """Reads the 64 MiB array of the 1 MiB-chunk archive, opened once, with zarr-python 3 and TensorStore."""
    import tensorstore
    import zarr

    path = os.path.abspath(f"{folder}/archives/blosc1m.zarr.zip")
    array = zarr.open_group(zarr.storage.ZipStore(path, mode="r"), mode="r")["field"]
    reader = tensorstore.open(
        {"driver": "zarr", "kvstore": {"driver": "zip", "base": f"file://{path}", "path": "field/"}}
    ).result()
    return {
        "zarr-python 3": median_time(lambda: array[:], repeats),
        "TensorStore": median_time(lambda: reader.read().result(), repeats),
    }


WORK = {"codecs": codecs, "assemble": assemble, "slice": slice64}
print(json.dumps(WORK[sys.argv[2]](sys.argv[1], int(sys.argv[3]))))
