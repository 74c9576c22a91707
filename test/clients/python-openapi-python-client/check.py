"""Reads the bundled sample through the client that openapi-python-client generates from openapi.yaml.

Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
"""

import json
import os
import sys
from array import array

from zipzarr_client import AuthenticatedClient, Client
from zipzarr_client.api.arrays import get_slice
from zipzarr_client.api.nodes import get_metadata
from zipzarr_client.api.stores import get_store, list_stores
from zipzarr_client.api.zarr import get_archive, get_value
from zipzarr_client.models import ArrayFormat, Metadata, NodeType, Problem, ProblemCode, Store, StoreList, StoreState
from zipzarr_client.types import File

NAME = "python-openapi-python-client"
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


def parsed(kind, answer):
    """The parsed answer, which is of the expected generated class; a problem ends this part with its text."""
    if not isinstance(answer, kind):
        raise TypeError(f"expected {kind.__name__}, found {answer!r}")
    return answer


def refused(what: str, status: int, code: ProblemCode, response) -> None:
    equal(f"the status of {what}", status, response.status_code)
    equal(f"the problem of {what}", code, parsed(Problem, response.parsed).code)


def page(client, **options) -> tuple[list[str], str | None]:
    answer = parsed(StoreList, list_stores.sync(client=client, **options))
    return [store.id for store in answer.stores], answer.next_cursor or None


def check_stores(client) -> None:
    equal("the stores", (STORES, None), page(client))
    followed, cursor = page(client, limit=1)
    equal("a page of one store", STORES[:1], followed)
    while cursor and len(followed) <= len(STORES):
        ids, cursor = page(client, limit=1, cursor=cursor)
        followed += ids
    equal("the stores page by page", STORES, followed)
    store = parsed(Store, get_store.sync("climate", client=client))
    equal("a store", ("climate", StoreState.READY, 2), (store.id, store.state, store.zarr_format))

    closed = Client(base_url=URL)
    refused("listing without a key", 401, ProblemCode.UNAUTHORIZED, list_stores.sync_detailed(client=closed))
    equal("the key in the URL", (STORES, None), page(closed, api_key=KEY))


def check_metadata(client) -> None:
    metadata = parsed(Metadata, get_metadata.sync("climate", client=client, path="air_temperature"))
    equal("the node's type", NodeType.ARRAY, metadata.node_type)
    equal("the shape", [60, 45, 90], metadata.shape)
    data_type = metadata.data_type
    equal("the data type", ("<f4", "float", 4, "little"), (data_type.name, data_type.kind, data_type.item_size, data_type.byte_order))
    equal("the dimension names", ["time", "lat", "lon"], metadata.dimension_names)
    equal("an attribute", "degC", metadata.attributes["units"])
    equal("the fill value", "NaN", metadata.fill_value)
    nothing = get_metadata.sync_detailed("climate", client=client, path="nothing")
    refused("metadata of no node", 404, ProblemCode.NODE_NOT_FOUND, nothing)


def check_slices(client) -> None:
    def read(array_format: ArrayFormat, **options):
        return get_slice.sync_detailed(
            "climate", client=client, path="air_temperature", slice_="0,0:2,0:3", format_=array_format, **options)

    raw = read(ArrayFormat.RAW)
    numbers = array("f", parsed(File, raw.parsed).payload.read())
    if sys.byteorder == "big":
        numbers.byteswap()
    rows = json.load(parsed(File, read(ArrayFormat.JSON).parsed).payload)
    equal("the numbers of raw bytes and of JSON", rows, [numbers[:3].tolist(), numbers[3:].tolist()])
    equal("the header Zarr-Shape", "2,3", raw.headers["Zarr-Shape"])
    tag = raw.headers["ETag"]
    equal("a strong ETag", True, tag.startswith('"') and len(tag) > 2)
    unchanged = read(ArrayFormat.RAW, if_none_match=tag)
    equal("the slice that has not changed", (304, None), (unchanged.status_code, unchanged.parsed))


def check_stored_bytes(client) -> None:
    attributes = parsed(File, get_value.sync("climate", "air_temperature/.zattrs", client=client))
    equal("an attribute as stored", "degC", json.load(attributes.payload)["units"])
    chunk = parsed(File, get_value.sync("climate", "air_temperature/0.0.0", client=client))
    equal("a chunk's length", 41697, len(chunk.payload.read()))
    missing = get_value.sync_detailed("climate", "air_temperature/9.9.9", client=client)
    refused("a key that is not stored", 404, ProblemCode.KEY_NOT_FOUND, missing)
    start = get_archive.sync_detailed("climate", client=client, range_="bytes=0-3")
    equal("the first bytes of the archive", (206, b"PK\x03\x04"), (start.status_code, parsed(File, start.parsed).payload.read()))


with AuthenticatedClient(base_url=URL, token=KEY) as authenticated:
    for part in (check_stores, check_metadata, check_slices, check_stored_bytes):
        try:
            part(authenticated)
        except Exception as error:  # counted as a failure, so that the other parts still run
            equal(f"{part.__name__} to its end", None, error)
print(f"{NAME}: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
