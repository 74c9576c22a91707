"""Writes hierarchies without consolidated metadata, nested three deep, as folders and as ZIP archives.

    nested_write.py FOLDER      FOLDER/{name}/ and FOLDER/{name}.zarr.zip; needs zarr 3, xarray and anndata
"""

import sys
import warnings
import zipfile
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import xarray as xr
import zarr


def write_groups(folder: Path, zarr_format: int) -> None:
    root = zarr.open_group(str(folder), mode="w", zarr_format=zarr_format, attributes={"title": "nested"})
    parent = root
    for depth, name in enumerate(("sub", "deep", "deeper")):
        parent = parent.create_group(name, attributes={"depth": depth})
        values = np.arange(12, dtype="int32").reshape(3, 4) + depth
        parent.create_array("x", data=values, chunks=(2, 2))
    root.create_group("empty")
    root.create_array("räksmörgås, 1", data=np.arange(3.0), chunks=(2,))


def write_tree(folder: Path, zarr_format: int) -> None:
    coordinates = {"y": [10.0, 20.0, 30.0], "x": [1, 2]}
    leaf = xr.Dataset({"t": (("y", "x"), np.arange(6.0).reshape(3, 2))}, coordinates)
    tree = xr.DataTree.from_dict({"/": leaf * 1, "/coarse": leaf * 2, "/coarse/mean": leaf * 3, "/coarse/mean/day": leaf * 4})
    tree.to_zarr(folder, zarr_format=zarr_format, consolidated=False)


def write_cells(folder: Path, zarr_format: int) -> None:
    rng = np.random.default_rng(7)
    data = ad.AnnData(
        X=rng.normal(size=(20, 5)).astype("float32"),
        obs=pd.DataFrame({"kind": pd.Categorical(["a", "b"] * 10)}, index=[f"cell{i}" for i in range(20)]),
        var=pd.DataFrame(index=[f"gene{i}" for i in range(5)]),
        obsm={"X_umap": rng.normal(size=(20, 2))},
        layers={"counts": rng.integers(0, 9, size=(20, 5))},
        uns={"nested": {"deep": {"numbers": np.arange(4)}}},
    )
    with ad.settings.override(zarr_write_format=zarr_format):
        ad.io.write_elem(zarr.open_group(str(folder), mode="w", zarr_format=zarr_format), "/", data)


def pack(folder: Path) -> None:
    with zipfile.ZipFile(folder.with_name(f"{folder.name}.zarr.zip"), "w") as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    for zarr_format in (2, 3):
        for kind, write in (("groups", write_groups), ("tree", write_tree), ("cells", write_cells)):
            target = folder / f"{kind}-v{zarr_format}"
            write(target, zarr_format)
            consolidated = [file for file in target.rglob(".zmetadata")]
            consolidated += [f for f in target.rglob("zarr.json") if "consolidated_metadata" in f.read_text() and '"consolidated_metadata": null' not in f.read_text()]
            if consolidated:
                raise SystemExit(f"{target.name} is consolidated: {consolidated}")
            pack(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
