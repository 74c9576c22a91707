"""The smallest honest peer: FastAPI over zarr-python 2's ZipStore. BENCH_ARCHIVES names the folder.

Two spellings of each route, because which one is faster depends on the work: `async def` runs on the event
loop, `def` in a thread pool.
"""

import os

import zarr
from fastapi import FastAPI, Response

app = FastAPI()
stores = {
    name: zarr.ZipStore(os.path.join(os.environ["BENCH_ARCHIVES"], f"{name}.zarr.zip"), mode="r")
    for name in ("raw", "blosc256k", "blosc1m")
}
arrays = {name: zarr.open_group(store, mode="r") for name, store in stores.items()}


def chosen(name: str, path: str, selection: str) -> bytes:
    parts = tuple(
        slice(*(int(number) if number else None for number in part.split(":"))) for part in selection.split(",")
    )
    return arrays[name][path][parts].tobytes()


@app.get("/async/key/{name}/{key:path}")
async def key_async(name: str, key: str) -> Response:
    return Response(stores[name][key], media_type="application/octet-stream")


@app.get("/sync/key/{name}/{key:path}")
def key_sync(name: str, key: str) -> Response:
    return Response(stores[name][key], media_type="application/octet-stream")


@app.get("/async/slice/{name}")
async def slice_async(name: str, path: str, slice: str) -> Response:
    return Response(chosen(name, path, slice), media_type="application/octet-stream")


@app.get("/sync/slice/{name}")
def slice_sync(name: str, path: str, slice: str) -> Response:
    return Response(chosen(name, path, slice), media_type="application/octet-stream")
