"""Writes archives that declare much more than they hold, or hide much in little. Standard library only.

One function an archive; `write_all` writes those that are not there yet. What to ask of them is in hostile.py.
"""

import bz2
import gzip
import json
import lzma
import struct
import zipfile
import zlib
from pathlib import Path

MIB = 1 << 20
GROUP = {"zarr_format": 3, "node_type": "group", "attributes": {}}
GROUP_V2 = {"zarr_format": 2}
LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}


def v2(shape, chunks, dtype="|u1", **members):
    return {"zarr_format": 2, "shape": list(shape), "chunks": list(chunks), "dtype": dtype, "fill_value": 0, "order": "C",
            "compressor": None, "filters": None, **members}


def v3(shape, chunks, data_type="uint8", codecs=None, **members):
    return {"zarr_format": 3, "node_type": "array", "shape": list(shape), "data_type": data_type,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": 0, "codecs": codecs or [LITTLE], "attributes": {}, **members}


def sharded(shape, shards, inner, **configuration):
    sharding = {"name": "sharding_indexed", "configuration": {
        "chunk_shape": list(inner), "codecs": [LITTLE], "index_codecs": [LITTLE], "index_location": "end", **configuration}}
    return v3(shape, shards, codecs=[sharding])


def put(archive, key, value):
    archive.writestr(key, value if isinstance(value, (bytes, str)) else json.dumps(value))


def write(path: Path, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for key, value in entries.items():
            put(archive, key, value)


def zstd_of_zeros(byte_length: int, with_size=True) -> bytes:
    """Blocks of one repeated byte: 4 bytes for every 128 KiB."""
    header = struct.pack("<IBBQ", 0xFD2FB528, 0xC0, 0x38, byte_length) if with_size else struct.pack("<IBB", 0xFD2FB528, 0, 0x38)
    blocks, left = [], byte_length
    while left > 0:
        size = min(left, 128 * 1024)
        left -= size
        blocks.append(struct.pack("<I", size << 3 | 1 << 1 | (left == 0))[:3] + b"\0")
    return header + b"".join(blocks)


def lz4_of_zeros(byte_length: int) -> bytes:
    """numcodecs' form: the length, then one literal, one match over nearly everything, five literals."""
    match = byte_length - 6 - 4
    return struct.pack("<I", byte_length) + b"\x1f\0" + b"\1\0" + b"\xff" * ((match - 15) // 255) + bytes([(match - 15) % 255]) + b"\x50" + bytes(5)


def compressed(path: Path, codec: dict, encoded: bytes, byte_length: int, **members):
    write(path, {".zarray": v2([byte_length], [byte_length], compressor=codec, **members), "0": encoded})


def folders_of(path: Path, count: int):
    write(path, {"zarr.json": GROUP, **{f"g{i}/zarr.json": GROUP for i in range(count)}})


def fields(count: int, depth: int = 0):
    data_type = {"name": "struct", "configuration": {"fields": [{"name": f"f{i}", "data_type": "uint8"} for i in range(count)]}}
    for _ in range(depth):
        data_type = {"name": "struct", "configuration": {"fields": [{"name": "f", "data_type": data_type}]}}
    return data_type


def nested_shards(depth: int):
    codecs = [LITTLE]
    for _ in range(depth):
        codecs = [{"name": "sharding_indexed", "configuration": {
            "chunk_shape": [1], "codecs": codecs, "index_codecs": [LITTLE], "index_location": "end"}}]
    return v3([1], [1], codecs=codecs)


def full_shard(count: int) -> bytes:
    """Inner chunks of one byte each."""
    return bytes(count) + b"".join(struct.pack("<QQ", offset, 1) for offset in range(count))


def strings(count: int) -> bytes:
    return gzip.compress(struct.pack("<I", count) + bytes(4 * count), 1)


ARCHIVES = {
    # Numbers that a document declares.
    "many-inner": lambda p: write(p, {"zarr.json": sharded([2**30], [2**30], [1]), "c/0": bytes(100_000)}),
    "many-inner-of-many": lambda p: write(p, {"zarr.json": sharded([2**40], [2**20], [1]), "c/0": bytes(100_000)}),
    "large-index": lambda p: write(p, {"zarr.json": sharded([2**24], [2**24], [1]), "c/0": b"\xff" * (2**28)}, zipfile.ZIP_DEFLATED),
    "fine-shard": lambda p: write(p, {"zarr.json": sharded([2**20], [2**20], [1]), "c/0": b"\xff" * (2**24)}, zipfile.ZIP_DEFLATED),
    "full-shard": lambda p: write(p, {"zarr.json": sharded([2**20], [2**20], [1]), "c/0": full_shard(2**20)}, zipfile.ZIP_DEFLATED),
    "deep-shards": lambda p: write(p, {"zarr.json": nested_shards(80), "c/0": bytes(4096)}),
    "many-chunks": lambda p: write(p, {"zarr.json": v3([10**9], [1]), "c/0": b"\1"}),
    "many-edges": lambda p: write(p, {"zarr.json": {**v3([2**50], [1]), "chunk_grid": {"name": "rectilinear", "configuration": {
        "kind": "inline", "chunk_shapes": [[[1, 2**49], [2, 2**48]]]}}}, "c/0": b"\1"}),
    "alternating-edges": lambda p: write(p, {"zarr.json": {**v3([150_000, 150_000], [1, 1]), "chunk_grid": {
        "name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": [[1, 2] * 50_000] * 2}}}}),
    "large-chunks": lambda p: write(p, {"zarr.json": v3([2**53 - 1], [2**53 - 1]), "c/0": bytes(1000)}),
    "many-dimensions": lambda p: write(p, {"zarr.json": v3([2**53 - 1] * 32, [1] * 32)}),
    "too-many-dimensions": lambda p: write(p, {"zarr.json": v3([1] * 100_000, [1] * 100_000)}),
    "many-codecs": lambda p: write(p, {"zarr.json": v3([1], [1], codecs=[LITTLE] + [{"name": "crc32c"}] * 100_000)}),
    "long-items": lambda p: write(p, {".zarray": v2([4], [2], "|S1000000000")}),
    "long-text-items": lambda p: write(p, {"zarr.json": v3([4], [2], {
        "name": "fixed_length_utf32", "configuration": {"length_bytes": 4 * 10**12}})}),
    "large-items": lambda p: write(p, {"zarr.json": {**v3([4], [2], "r134217728"), "fill_value": "AAAA"}}),
    "many-fields": lambda p: write(p, {"zarr.json": {**v3([4], [2], fields(200_000)), "fill_value": "AAAA"}}),
    "deep-fields": lambda p: write(p, {"zarr.json": {**v3([4], [2], fields(1, 60)), "fill_value": "AA=="}}),
    "wide-field": lambda p: write(p, {".zarray": {**v2([4], [2], [["f", ">i2", [2000, 2000]]]), "fill_value": None}, "0": bytes(16_000_000)}),
    "long-fill": lambda p: write(p, {"zarr.json": {**v3([2**30], [2**30]), "fill_value": 7}}),
    # Paths and documents.
    "deep": lambda p: write(p, {"/".join(["d"] * 500) + "/zarr.json": GROUP}),
    "deep-groups": lambda p: write(p, {"zarr.json": GROUP, **{"/".join(["d"] * i) + "/zarr.json": GROUP for i in range(1, 501)}}),
    "deep-v2": lambda p: write(p, {"/".join(["d"] * 500) + "/.zgroup": GROUP_V2}),
    "comb": lambda p: write(p, {"/".join(["d"] * i) + f"/x{j}/y/z": b"" for i in range(1, 400) for j in range(20)}),
    "many-groups": lambda p: folders_of(p, 100_000),
    "large-attributes": lambda p: write(p, {"zarr.json": GROUP, **{f"g{i}/zarr.json": json.dumps(
        {**GROUP, "attributes": {"text": "x" * (8 * MIB)}}) for i in range(60)}}, zipfile.ZIP_DEFLATED),
    "many-numbers": lambda p: write(p, {"zarr.json": GROUP, **{f"g{i}/zarr.json": json.dumps(
        {**GROUP, "attributes": {"list": [0] * (5 * MIB)}}) for i in range(4)}}, zipfile.ZIP_DEFLATED),
    "many-members": lambda p: write(p, {"zarr.json": json.dumps(
        {**GROUP, "attributes": {f"m{i}": i for i in range(800_000)}})}, zipfile.ZIP_DEFLATED),
    # Chunks that take long to decode.
    "lzma-256": lambda p: compressed(p, {"id": "lzma", "format": 1, "check": -1, "preset": 1, "filters": None}, lzma.compress(bytes(256 * MIB), preset=1), 256 * MIB),
    "zstd-1024": lambda p: compressed(p, {"id": "zstd", "level": 1}, zstd_of_zeros(1024 * MIB), 1024 * MIB),
    "zstd-256": lambda p: compressed(p, {"id": "zstd", "level": 1}, zstd_of_zeros(256 * MIB), 256 * MIB),
    "zstd-lies": lambda p: compressed(p, {"id": "zstd", "level": 1}, zstd_of_zeros(1024 * MIB), 16),
    "lz4-256": lambda p: compressed(p, {"id": "lz4"}, lz4_of_zeros(256 * MIB), 256 * MIB),
    "bz2-64": lambda p: compressed(p, {"id": "bz2", "level": 9}, bz2.compress(bytes(64 * MIB)), 64 * MIB),
    "gzip-256": lambda p: compressed(p, {"id": "gzip", "level": 1}, gzip.compress(bytes(256 * MIB), 1), 256 * MIB),
    "zlib-512": lambda p: compressed(p, {"id": "zlib", "level": 1}, zlib.compress(bytes(512 * MIB), 1), 512 * MIB),
    "swapped-128": lambda p: write(p, {".zarray": v2([4096, 8192], [4096, 8192], ">f4", order="F", compressor={"id": "zlib", "level": 1}),
                                       "0.0": zlib.compress(bytes(128 * MIB), 1)}),
    "bits-256": lambda p: write(p, {".zarray": v2([2**28], [2**28], "|b1", filters=[{"id": "packbits"}], compressor={"id": "zlib", "level": 1}),
                                    "0": zlib.compress(b"\0" + bytes(2**25), 1)}),
    "strings-4m": lambda p: write(p, {".zarray": {**v2([2**22], [2**22], "|O", filters=[{"id": "vlen-utf8"}], compressor={"id": "gzip", "level": 1}), "fill_value": ""},
                                      "0": strings(2**22)}),
    "json-16": lambda p: write(p, {".zarray": {**v2([5 * MIB], [5 * MIB], "|O", filters=[{"id": "json2", "encoding": "utf-8"}], compressor={"id": "gzip", "level": 1}), "fill_value": 0},
                                   "0": gzip.compress(json.dumps([0] * (5 * MIB) + ["|O", [5 * MIB]]).encode(), 1)}),
    "stored-512": lambda p: write(p, {".zarray": v2([512 * MIB], [512 * MIB]), "0": bytes(512 * MIB)}),
    "shard-in-gzip": lambda p: write(p, {"zarr.json": v3([2**20], [2**20], codecs=[
        {"name": "sharding_indexed", "configuration": {"chunk_shape": [1], "codecs": [LITTLE], "index_codecs": [LITTLE], "index_location": "end"}},
        {"name": "gzip", "configuration": {"level": 1}}]), "c/0": gzip.compress(b"\xff" * 2**24, 1)}),
    "small-items": lambda p: write(p, {".zarray": v2([40_000, 40_000], [40_000, 40_000], compressor={"id": "zlib", "level": 1}) | {"chunks": [4000, 4000]},
                                       "0.0": zlib.compress(bytes(16_000_000), 1)}),
}


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in ARCHIVES.items():
        path = folder / f"{name}.zip"
        if path.exists():
            continue
        part = path.with_suffix(".part")
        make(part)
        part.rename(path)
