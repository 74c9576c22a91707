"""Writes the sweep's arrays with zarr-python 2.18: every compressor and filter of numcodecs, both orders, all fills.

    sweep_write_zarr2.py [--count N]   leaves build/interop/sweep/zarr2.zip and the expected values beside it
"""

import argparse
import shutil
import warnings
import zipfile

import numcodecs
import numpy as np
import zarr

from sweep_cases import FIXED, SHAPES, SWEEP, Record, dtype_of, random_blobs, random_chunks, random_values, random_words

from pack import Packing, freeze_gzip_clock, pack  # from test/fixtures


def compressor(rng):
    cname = str(rng.choice(numcodecs.blosc.list_compressors()))
    blosc = numcodecs.Blosc(cname, int(rng.integers(0, 10)), int(rng.integers(-1, 3)))
    choices = [None, numcodecs.Zlib(2), numcodecs.GZip(2), numcodecs.BZ2(2), numcodecs.LZMA(preset=1), numcodecs.LZ4(),
               numcodecs.Zstd(2, checksum=bool(rng.integers(0, 2))), blosc, blosc, blosc]
    return choices[rng.integers(0, len(choices))]


def filters(rng, dtype):
    """Filters that suit the type: checksums and shuffle for all, the numeric ones for numbers."""
    checksums = [numcodecs.CRC32(), numcodecs.Adler32(), numcodecs.Fletcher32(), numcodecs.JenkinsLookup3(),
                 numcodecs.CRC32(location="end"), numcodecs.Adler32(location="end")]
    choices = [[], [], [numcodecs.Shuffle(max(1, dtype.itemsize))], [checksums[rng.integers(0, len(checksums))]], [numcodecs.Base64()]]
    plain = dtype.newbyteorder("<")
    if dtype.kind in "iu":
        choices += [[numcodecs.Delta(plain.str)], [numcodecs.Delta(plain.str), numcodecs.Shuffle(dtype.itemsize), numcodecs.CRC32()]]
    if dtype.kind == "f":
        choices += [[numcodecs.Quantize(2, plain.str)]]
        if dtype.itemsize < 8:
            choices += [[numcodecs.AsType("<f8", plain.str)]]
        if dtype.itemsize > 2:
            choices += [[numcodecs.BitRound(7)]]
    if dtype.kind == "b":
        choices += [[numcodecs.PackBits()], [numcodecs.PackBits()]]
    return choices[rng.integers(0, len(choices))]


def fill(rng, dtype):
    choice = rng.integers(0, 3)
    if choice == 0:
        return {"fill_value": None}
    if choice == 1 or dtype.kind in "VMm" or dtype.names:
        return {}
    return {"fill_value": random_values(rng, dtype, (1,))[0]}


def write_fixed(rng, group, path, name):
    shape = SHAPES[rng.integers(0, len(SHAPES))]
    dtype, chunks = dtype_of(name, "<>"[rng.integers(0, 2)]), random_chunks(rng, shape)
    chosen, packed = filters(rng, dtype), compressor(rng)
    if chosen and chosen[0].codec_id in ("delta", "quantize", "astype", "bitround"):
        dtype = dtype.newbyteorder("<")
    options = {"order": "CF"[rng.integers(0, 2)], "dimension_separator": "./"[rng.integers(0, 2)], **fill(rng, dtype)}
    array = group.create_dataset(path, shape=shape, chunks=chunks or True, dtype=dtype, filters=chosen or None, compressor=packed, **options)
    values = random_values(rng, dtype, shape)
    if dtype.kind == "f" and chosen and chosen[0].codec_id in ("quantize", "bitround"):
        values = np.nan_to_num(values, nan=1, posinf=2, neginf=3)
    if array.fill_value is not None and rng.random() < 0.25 and values.ndim and min(shape) > 1:
        values_part = tuple(slice(0, (n + 1) // 2) for n in shape)
        array[values_part] = values[values_part]
    else:
        array[...] = values
    return array, f"{dtype} {shape} {chunks} {options} {chosen} {packed}"


def write_object(rng, group, path, name):
    shape = SHAPES[rng.integers(1, len(SHAPES))]
    codec = {"vlen-utf8": numcodecs.VLenUTF8(), "vlen-bytes": numcodecs.VLenBytes(), "json2": numcodecs.JSON(), "msgpack2": numcodecs.MsgPack()}[name]
    chunks, packed = random_chunks(rng, shape), compressor(rng)
    array = group.create_dataset(path, shape=shape, chunks=chunks, dtype=object, object_codec=codec, compressor=packed)
    array[...] = random_blobs(rng, shape) if name == "vlen-bytes" else random_words(rng, shape)
    return array, f"{name} {shape} {chunks} {packed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=900)
    count = parser.parse_args().count
    warnings.simplefilter("ignore")
    freeze_gzip_clock()
    SWEEP.mkdir(parents=True, exist_ok=True)
    rng, folder = np.random.default_rng(20261123), SWEEP / "zarr2"
    record, group = Record(rng), zarr.open_group(zarr.DirectoryStore(str(folder)), mode="w")
    writers = [*((name, write_fixed) for name in (*FIXED, *FIXED)),
               *((name, write_object) for name in ("vlen-utf8", "vlen-bytes", "json2", "msgpack2"))]
    for number in range(count):
        name, write = writers[number % len(writers)]
        path = f"{name.replace('[', '_').rstrip(']')}/{number}"
        array, case = write(rng, group, path, name)
        record.add(path, array, case, 2)
    zarr.consolidate_metadata(group.store)
    record.save("zarr2")
    pack(folder, SWEEP / "zarr2.zip", Packing(zipfile.ZIP_STORED, top_folder="swept.zarr"))
    shutil.rmtree(folder)
    print(f"{count} arrays written by zarr-python {zarr.__version__}")


if __name__ == "__main__":
    main()
