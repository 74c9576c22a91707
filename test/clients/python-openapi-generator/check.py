"""Reads the bundled sample through the client that openapi-generator makes for Python.

Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
"""

import json
import os
import sys
from array import array

from zipzarr_client import ApiClient, ApiException, ArraysApi, Configuration, NodesApi, StoresApi, ZarrApi
from zipzarr_client.models import ArrayFormat, NodeType, Problem, StoreState

NAME = "python-openapi-generator"
STORES = ["climate", "microscopy", "microscopy-v04.ome", "stations"]
URL, KEY = os.environ["ZIPZARR_URL"], os.environ["ZIPZARR_KEY"]
passed = failed = 0


def equal(what: str, expected, found) -> None:
    global passed, failed
    if expected == found:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what}: expected {expected!r}, found {found!r}")


def refusal(call, *arguments, **options) -> ApiException:
    """The generated client reports every status but 2xx as an ApiException."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        return error
    raise AssertionError("the call was answered")


def refused(what: str, status: int, code: str, error: ApiException) -> None:
    equal(f"the status of {what}", status, error.status)
    problem = error.data
    equal(f"the problem of {what}", (Problem, code), (type(problem), getattr(problem, "code", None)))


def page(stores: StoresApi, **options) -> tuple[list[str], str | None]:
    answer = stores.list_stores(**options)
    return [store.id for store in answer.stores], answer.next_cursor


def check_stores(client: ApiClient) -> None:
    stores = StoresApi(client)
    equal("the stores", (STORES, None), page(stores))
    followed, cursor = page(stores, limit=1)
    equal("a page of one store", STORES[:1], followed)
    while cursor and len(followed) <= len(STORES):
        ids, cursor = page(stores, limit=1, cursor=cursor)
        followed += ids
    equal("the stores page by page", STORES, followed)
    store = stores.get_store("climate")
    equal("a store", ("climate", StoreState.READY, 2), (store.id, store.state, store.zarr_format))

    closed = StoresApi(ApiClient(Configuration(host=URL)))
    refused("listing without a key", 401, "UNAUTHORIZED", refusal(closed.list_stores))
    equal("the key in the URL", (STORES, None), page(closed, api_key=KEY))


def check_metadata(client: ApiClient) -> None:
    nodes = NodesApi(client)
    metadata = nodes.get_metadata("climate", path="air_temperature")
    equal("the node's type", NodeType.ARRAY, metadata.node_type)
    equal("the shape", [60, 45, 90], metadata.shape)
    data_type = metadata.data_type
    equal("the data type", ("<f4", "float", 4, "little"), (data_type.name, data_type.kind, data_type.item_size, data_type.byte_order))
    equal("the dimension names", ["time", "lat", "lon"], metadata.dimension_names)
    equal("an attribute", "degC", metadata.attributes["units"])
    equal("the fill value", "NaN", metadata.fill_value)
    refused("metadata of no node", 404, "NODE_NOT_FOUND", refusal(nodes.get_metadata, "climate", path="nothing"))


def check_slices(client: ApiClient) -> None:
    arrays = ArraysApi(client)
    region = {"store_id": "climate", "path": "air_temperature", "slice": "0,0:2,0:3"}
    raw = arrays.get_slice_with_http_info(**region, format=ArrayFormat.RAW)
    numbers = array("f", raw.data)
    if sys.byteorder == "big":
        numbers.byteswap()
    rows = json.loads(arrays.get_slice(**region, format=ArrayFormat.JSON))
    equal("the numbers of raw bytes and of JSON", rows, [numbers[:3].tolist(), numbers[3:].tolist()])
    headers = {name.lower(): value for name, value in raw.headers.items()}  # names as sent, which may be of any case
    equal("the header Zarr-Shape", "2,3", headers["zarr-shape"])
    tag = headers["etag"]
    equal("a strong ETag", True, tag.startswith('"') and len(tag) > 2)
    unchanged = refusal(arrays.get_slice, **region, format=ArrayFormat.RAW, if_none_match=tag)
    equal("the slice that has not changed", 304, unchanged.status)


def check_stored_bytes(client: ApiClient) -> None:
    zarr = ZarrApi(client)
    equal("an attribute as stored", "degC", json.loads(zarr.get_value("climate", "air_temperature/.zattrs"))["units"])
    equal("a chunk's length", 41697, len(zarr.get_value("climate", "air_temperature/0.0.0")))
    refused("a key that is not stored", 404, "KEY_NOT_FOUND", refusal(zarr.get_value, "climate", "air_temperature/9.9.9"))
    start = zarr.get_archive_with_http_info("climate", range="bytes=0-3")
    equal("the first bytes of the archive", (206, b"PK\x03\x04"), (start.status_code, bytes(start.data)))


with ApiClient(Configuration(host=URL, access_token=KEY)) as authenticated:
    for part in (check_stores, check_metadata, check_slices, check_stored_bytes):
        try:
            part(authenticated)
        except Exception as error:  # counted as a failure, so that the other parts still run
            equal(f"{part.__name__} to its end", None, error)
print(f"{NAME}: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
