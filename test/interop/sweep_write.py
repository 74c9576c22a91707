"""Writes the sweep's arrays with zarr-python 3, in both formats: data type x codec x chunking x order x fill x sharding.

    sweep_write.py [--count N]   writes build/interop/sweep/{v3,v2}.zip and the expected values beside them
"""

import argparse
import shutil
import warnings
import zipfile

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

from sweep_cases import (FIXED, SHAPES, SWEEP, Record, dtype_of, random_blobs, random_chunks, random_values, random_words)

from pack import Packing, freeze_gzip_clock, pack  # from test/fixtures

INDEX = (BytesCodec(endian="little"), Crc32cCodec())
SHUFFLES = ("noshuffle", "shuffle", "bitshuffle")
CNAMES = ("blosclz", "lz4", "lz4hc", "zlib", "zstd")


def compressors_v3(rng, itemsize: int):
    """Bytes-to-bytes codecs, none to two of them."""
    blosc = BloscCodec(cname=str(rng.choice(CNAMES)), shuffle=str(rng.choice(SHUFFLES)), clevel=int(rng.integers(0, 10)), typesize=max(1, itemsize))
    one = [None, [ZstdCodec(level=int(rng.integers(0, 5)), checksum=bool(rng.integers(0, 2)))], [GzipCodec(level=int(rng.integers(0, 10)))],
           [blosc], [Crc32cCodec()], [ZstdCodec(), Crc32cCodec()], [blosc, GzipCodec(level=1)]]
    return one[rng.integers(0, len(one))]


def fill_of(rng, dtype):
    """The type's default three times of four, else a value of its own."""
    if rng.random() < 0.75 or dtype.names or dtype.kind in "VMm":
        return {}
    return {"fill_value": random_values(rng, dtype, (1,))[0]}


def layout_v3(rng, shape, itemsize, endian, can_shard):
    """Chunks, codecs and sharding of one array, and words that name the case."""
    chunks = random_chunks(rng, shape)
    serializer = BytesCodec(endian=endian)
    filters = [TransposeCodec(order=tuple(int(n) for n in rng.permutation(len(shape))))] if len(shape) > 1 and rng.random() < 0.4 else []
    packed = compressors_v3(rng, itemsize)
    options = {"filters": filters or None, "serializer": serializer, "compressors": packed}
    words = [endian, *(f"transpose {filters[0].order}" for _ in filters), *(type(c).__name__ for c in packed or ())]
    arrangement = rng.integers(0, 4) if can_shard and shape else 0
    if arrangement == 0:
        return {"chunks": chunks, **options}, words
    outer = tuple(n * int(rng.integers(1, 4)) for n in chunks)
    inner_codecs = (*filters, serializer, *(packed or ()))
    if arrangement == 3:  # shards within shards
        inner_codecs = (ShardingCodec(chunk_shape=chunks, codecs=inner_codecs, index_codecs=INDEX),)
        middle, outer = outer, tuple(n * 2 for n in outer)
        chunks = middle
    location = "start" if rng.random() < 0.4 else "end"
    shards = ShardingCodec(chunk_shape=chunks, codecs=inner_codecs, index_codecs=INDEX, index_location=location)
    outside = [GzipCodec(level=1)] if rng.random() < 0.2 else None
    return ({"chunks": outer, "filters": None, "serializer": shards, "compressors": outside},
            [*words, f"shards {'nested ' if arrangement == 3 else ''}{location}{' gzip outside' if outside else ''}"])


def key_encoding(rng):
    return [None, {"name": "default", "separator": "."}, {"name": "v2", "separator": "."}, {"name": "v2", "separator": "/"}][
        rng.choice([0, 0, 0, 1, 2, 3])]


def fill_partly(rng, array, values) -> None:
    """Writes everything, or only a corner: the rest is the fill value."""
    if rng.random() < 0.25 and values.ndim and min(values.shape) > 1:
        part = tuple(slice(0, (n + 1) // 2) for n in values.shape)
        array[part] = values[part]
    else:
        array[...] = values


def write_fixed_v3(rng, group, path, name):
    shape = SHAPES[rng.integers(0, len(SHAPES))]
    dtype = dtype_of(name)
    endian = "big" if rng.random() < 0.3 and name != "struct" else "little"
    layout, words = layout_v3(rng, shape, dtype.itemsize, endian, can_shard=True)
    array = group.create_array(path, shape=shape, dtype=dtype, chunk_key_encoding=key_encoding(rng), **fill_of(rng, dtype), **layout)
    fill_partly(rng, array, random_values(rng, dtype, shape))
    return array, f"{name} {shape} {layout['chunks']} {' '.join(words)}"


def write_variable_v3(rng, group, path, name):
    shape = SHAPES[rng.integers(1, len(SHAPES))]
    chunks = random_chunks(rng, shape)
    options = {"chunks": chunks}
    if rng.random() < 0.4:
        options["shards"] = tuple(n * int(rng.integers(1, 4)) for n in chunks)
    compressors = [None, [ZstdCodec(level=1)], [GzipCodec(level=1)]][rng.integers(0, 3)]
    array = group.create_array(path, shape=shape, dtype=str if name == "string" else "variable_length_bytes", compressors=compressors, **options)
    fill_partly(rng, array, random_words(rng, shape) if name == "string" else random_blobs(rng, shape))
    return array, f"{name} {shape} {options} {compressors}"


def write_v2(rng, group, path, name):
    shape = SHAPES[rng.integers(0, len(SHAPES))]
    chunks, dtype = random_chunks(rng, shape), dtype_of(name, "<>"[rng.integers(0, 2)])
    blosc = numcodecs.Blosc(str(rng.choice(CNAMES)), int(rng.integers(0, 10)), int(rng.integers(0, 3)))
    compressor = [None, numcodecs.Zstd(2), numcodecs.GZip(3), numcodecs.Zlib(3), numcodecs.BZ2(2), numcodecs.LZ4(), blosc, blosc][rng.integers(0, 8)]
    order, separator = "CF"[rng.integers(0, 2)], "./"[rng.integers(0, 2)]
    array = group.create_array(path, shape=shape, dtype=dtype, chunks=chunks, compressors=compressor, order=order,
                               chunk_key_encoding={"name": "v2", "separator": separator}, **fill_of(rng, dtype))
    fill_partly(rng, array, random_values(rng, dtype, shape))
    return array, f"{name} {shape} {chunks} {order} {separator} {compressor}"


def write_archive(name, zarr_format, count, packing, writers) -> int:
    rng = np.random.default_rng([20261122, zarr_format])
    folder, record = SWEEP / name, Record(rng)
    group = zarr.open_group(str(folder), mode="w", zarr_format=zarr_format)
    for number in range(count):
        data_type, write = writers[number % len(writers)]
        path = f"{data_type.replace('[', '_').rstrip(']')}/{number}"
        array, case = write(rng, group, path, data_type)
        record.add(path, array, case, zarr_format)
    record.save(name)
    pack(folder, SWEEP / f"{name}.zip", packing)
    shutil.rmtree(folder)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="arrays per archive")
    count = parser.parse_args().count
    warnings.simplefilter("ignore")
    freeze_gzip_clock()
    zarr.config.set({"async.concurrency": 1})
    SWEEP.mkdir(parents=True, exist_ok=True)
    fixed = [(name, write_fixed_v3) for name in FIXED]
    variable = [(name, write_variable_v3) for name in ("string", "bytes")]
    done = write_archive("v3", 3, count, Packing(), [*fixed, *fixed, *variable])
    done += write_archive("v2", 2, count // 2, Packing(zipfile.ZIP_DEFLATED), [(name, write_v2) for name in FIXED])
    print(f"{done} arrays written by zarr-python {zarr.__version__}")


if __name__ == "__main__":
    main()
