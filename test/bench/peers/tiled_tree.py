"""Tiled's Zarr face over the 64 KiB chunks, held in memory (kinder to it than reading them from a ZIP)."""

import os

import numpy as np
from tiled.adapters.array import ArrayAdapter
from tiled.adapters.mapping import MapAdapter

folder = os.path.join(os.environ["BENCH_ARCHIVES"], "..", "unpacked", "64k")
data = np.stack([np.fromfile(os.path.join(folder, f"{i}.0"), "f4") for i in range(512)])
tree = MapAdapter({"raw64k": ArrayAdapter.from_array(data, chunks=((1,) * 512, (16384,)))})
