"""Writes the benchmark's archives (seeded, never committed). Usage: data.py FOLDER

Everything is Zarr v2 so that every peer can read it. Shapes are in items of float32.
"""

import sys
import zipfile
from pathlib import Path

import numpy as np
import zarr
from numcodecs import Blosc

RAW = {"8k": (2000, 2048), "64k": (512, 16384), "1m": (64, 262144)}


def smooth_field(side: int, seed: int) -> np.ndarray:
    """A smooth two-dimensional wave with a little noise: compresses about two-fold, as climate data does."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 8 * np.pi, side, dtype="f4")
    field = np.sin(x)[:, None] * np.cos(x)[None, :] * 20 + 280
    return (field + rng.normal(0, 0.05, field.shape)).astype("f4")


def write_raw(folder: Path) -> None:
    target = folder / "archives" / "raw.zarr.zip"
    rng = np.random.default_rng(1)
    with zarr.ZipStore(str(target), mode="w", compression=0) as store:
        root = zarr.group(store)
        for name, (count, items) in RAW.items():
            data = rng.random((count, items), dtype="f4")
            root.create_dataset(name, data=data, chunks=(1, items), compressor=None)
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder / "unpacked")


def write_deflated(folder: Path) -> None:
    """Values of 64 KiB that deflate to about half, compressed by the archive itself."""
    rng = np.random.default_rng(4)
    with zarr.ZipStore(str(folder / "archives" / "deflated.zarr.zip"), mode="w", compression=zipfile.ZIP_DEFLATED) as store:
        data = rng.integers(0, 16, (512, 65536), dtype="u1")
        zarr.group(store).create_dataset("64k", data=data, chunks=(1, 65536), compressor=None)


def write_blosc(folder: Path, name: str, chunk: int) -> None:
    target = folder / "archives" / f"{name}.zarr.zip"
    compressor = Blosc(cname="lz4", clevel=5, shuffle=Blosc.SHUFFLE)
    with zarr.ZipStore(str(target), mode="w", compression=0) as store:
        root = zarr.group(store)
        root.create_dataset(
            "field", data=smooth_field(4096, 2), chunks=(chunk, chunk), compressor=compressor, fill_value=0
        )


def write_huge(folder: Path) -> None:
    """4 GiB of float32 in 4,096 chunks of 1 MiB, each the same compressed chunk."""
    target = folder / "archives" / "huge.zarr.zip"
    compressor = Blosc(cname="lz4", clevel=5, shuffle=Blosc.SHUFFLE)
    block = smooth_field(512, 3)
    with zarr.ZipStore(str(target), mode="w", compression=0) as store:
        root = zarr.group(store)
        array = root.create_dataset(
            "field", shape=(32768, 32768), dtype="f4", chunks=(512, 512), compressor=compressor, fill_value=0
        )
        encoded = bytes(compressor.encode(block))
        for i in range(64):
            for j in range(64):
                store[f"{array.path}/{i}.{j}"] = encoded


def main() -> None:
    folder = Path(sys.argv[1])
    (folder / "archives").mkdir(parents=True, exist_ok=True)
    write_raw(folder)
    write_deflated(folder)
    write_blosc(folder, "blosc256k", 256)
    write_blosc(folder, "blosc1m", 512)
    write_huge(folder)


main()
