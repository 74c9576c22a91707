"""xarray opens the climate cubes by URL, with and without consolidated metadata, and decodes the same data set."""

import warnings

import numpy as np
import xarray as xr

from archives import DATA, UNPACKED
from service import Tally, end_before_it_hangs, running_service

CUBES = ("sample~climate", "archives~climate-v3")


def check_cube(tally, url, store) -> None:
    remote_url, folder = f"{url}/zarr/{store}", str(UNPACKED / store)
    with xr.open_zarr(folder, chunks=None) as local:
        local.load()
        ways = {
            "open_zarr": lambda: xr.open_zarr(remote_url, chunks=None),
            "open_zarr consolidated": lambda: xr.open_zarr(remote_url, chunks=None, consolidated=True),
            "open_zarr not consolidated": lambda: xr.open_zarr(remote_url, chunks=None, consolidated=False),
            "open_dataset": lambda: xr.open_dataset(remote_url, engine="zarr", chunks=None),
            "open_datatree": lambda: xr.open_datatree(remote_url, engine="zarr").to_dataset(),
        }
        for way, opened in ways.items():
            if way == "open_zarr consolidated" and store.endswith("v3"):
                continue  # v3 has no consolidated document of its own
            if way == "open_datatree" and not store.endswith("v3"):
                continue
            try:
                with opened() as remote:
                    remote.load()
                    tally.check(remote.identical(local), f"{store} {way}: the data sets differ")
                    check_numbers(tally, remote, local, f"{store} {way}")
            except Exception as error:
                tally.check(False, f"{store} {way}: {error!r}")


def check_numbers(tally, remote, local, where) -> None:
    for name in local.variables:
        same = np.array_equal(remote[name].values, local[name].values, equal_nan=local[name].dtype.kind == "f")
        tally.check(same, f"{where}: {name} differs")
    july = remote.air_temperature.sel(time="2020-01-01", lat=50, lon=10, method="nearest")
    tally.check(np.isfinite(float(july)), f"{where}: a point by label")
    tally.check(bool(remote.sea_surface_temperature.isnull().any()), f"{where}: land is missing in the sea")


def main() -> None:
    end_before_it_hangs(300)
    warnings.simplefilter("ignore")
    tally = Tally(f"xarray {xr.__version__}")
    with running_service(DATA) as (url, _):
        for store in CUBES:
            check_cube(tally, url, store)
    tally.finish()


if __name__ == "__main__":
    main()
