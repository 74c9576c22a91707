"""What one client finds in one hierarchy, as JSON: the same for a folder and for its URL when the service is right.

    nested_client.py WAY LOCATION [PATH...]

WAY: zarr3 zarr3-obstore zarr2 datatree anndata; LOCATION: a folder or a URL; PATHs of nodes, for a client that does not list.
"""

import hashlib
import json
import sys
import warnings


def array_facts(array) -> dict:
    data = array[...]
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": hashlib.sha256(repr(data.tolist()).encode()).hexdigest()}


def attributes_of(node) -> dict:
    return json.loads(json.dumps(dict(node.attrs), default=str))


def zarr3_facts(root) -> dict:
    import zarr

    members = dict(root.members(max_depth=None))
    facts = {"keys": sorted(root.keys()), "groups": sorted(root.group_keys()), "arrays": sorted(root.array_keys())}
    for path, node in members.items():
        shown = array_facts(node) if isinstance(node, zarr.Array) else {"keys": sorted(node.keys())}
        facts[path] = {**shown, "attributes": attributes_of(node)}
    return facts


def zarr3(location: str) -> dict:
    import zarr

    return zarr3_facts(zarr.open_group(location, mode="r", use_consolidated=False))


def zarr3_obstore(location: str, *paths: str) -> dict:
    """Reads known paths: obstore lists by WebDAV, which the service does not speak."""
    import zarr
    from obstore.store import from_url
    from zarr.storage import ObjectStore

    store = location
    if location.startswith("http"):
        store = ObjectStore(from_url(location, client_options={"allow_http": True}), read_only=True)
    root = zarr.open_group(store, mode="r", use_consolidated=False)
    found = {path: root[path] for path in paths}
    facts = {path: {**(array_facts(node) if isinstance(node, zarr.Array) else {}), "attributes": attributes_of(node)} for path, node in found.items()}
    return {"": attributes_of(root), **facts}


def zarr2(location: str) -> dict:
    import zarr

    store = zarr.storage.FSStore(location) if location.startswith("http") else zarr.storage.DirectoryStore(location)
    root = zarr.open_group(store, mode="r")
    facts = {"keys": sorted(root.keys())}

    def visit(path, node):
        shown = array_facts(node) if hasattr(node, "chunks") else {"keys": sorted(node.keys())}
        facts[path] = {**shown, "attributes": attributes_of(node)}

    root.visititems(visit)
    return facts


def datatree(location: str) -> dict:
    import xarray as xr

    with xr.open_datatree(location, engine="zarr", consolidated=False) as tree:
        return {path: tree[path].to_dataset().load().to_dict() for path in tree.groups}


def anndata(location: str) -> dict:
    import anndata as ad
    import zarr

    cells = ad.io.read_elem(zarr.open_group(location, mode="r", use_consolidated=False))
    return {
        "X": cells.X.tolist(), "obs": cells.obs.to_dict(), "var": list(cells.var_names),
        "obsm": {name: value.tolist() for name, value in cells.obsm.items()},
        "layers": {str(name): value.tolist() for name, value in cells.layers.items()}, "uns": str(cells.uns),
    }


WAYS = {"zarr3": zarr3, "zarr3-obstore": zarr3_obstore, "zarr2": zarr2, "datatree": datatree, "anndata": anndata}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    way, location, *paths = sys.argv[1:]
    print(json.dumps(WAYS[way](location, *paths), sort_keys=True, default=str))
