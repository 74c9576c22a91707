"""The archives of the interop checks in one folder, their arrays with the expected hashes, and the same unpacked.

    archives.py     prepares build/interop/{data,unpacked} and arrays.json

Comes from test/fixtures and test/corpus; the corpus' folders are also zipped, stored and deflated.
"""

import json
import shutil
import sys
import unicodedata
import zipfile
from pathlib import Path

from service import REPOSITORY, WORK

sys.path.insert(0, str(REPOSITORY / "test" / "fixtures"))
from pack import Packing, pack  # noqa: E402

FIXTURES, CORPUS = REPOSITORY / "test/fixtures", REPOSITORY / "test/corpus"
DATA, UNPACKED, ARRAYS = WORK / "data", WORK / "unpacked", WORK / "arrays.json"
CORPUS_FOLDERS = {  # folder in the expected hashes -> archives of it in the corpus
    "zarrita.js/v2/data.zarr": ("zarrita.js/v2/data.zipped_from_within.zarr.zip", "zarrita.js/v2/data.zipped_from_parent.zarr.zip"),
    "zarrita.js/v3/data.zarr": ("zarrita.js/v3/data.zipped_from_within.zarr.zip", "zarrita.js/v3/data.zipped_from_parent.zarr.zip",
                                "zarrita.js/v3/data.uncompressed.zarr.zip"),
    "zarr-python-v2/fixture": ("zarr-python-v2/fixture.zip",),
}
METHODS = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}


def store_id(archive: str) -> str:
    """The id the service derives, computed here again so that a change of the rule is noticed."""
    name = archive
    for ending in (".zip", ".ozx"):
        name = name.removesuffix(ending)
    text = unicodedata.normalize("NFC", name.removesuffix(".zarr").replace("/", "~"))
    return "".join(c if unicodedata.category(c)[0] in "LMN" or c in "._~-" else "_" for c in text)


def unpack(archive: Path, target: Path) -> Path:
    """Unpacks like zarr-python reads (the last entry of a name wins); the folder of the store's root."""
    with zipfile.ZipFile(archive) as source:
        entries = {name: name for name in source.namelist() if not name.endswith("/")}
        for name in entries:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(source.read(name))
    return target


def describe(archive: str, root: str, arrays: dict) -> dict:
    unpacked = UNPACKED / store_id(archive)
    unpack(DATA / archive, unpacked)
    return {"store": store_id(archive), "archive": archive, "root": root, "arrays": arrays}


def fixture_archives():
    for name, facts in json.loads((FIXTURES / "expected.json").read_text()).items():
        target = DATA / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FIXTURES / name, target)
        yield describe(name, facts["root"], facts["arrays"])


def corpus_expected():
    expected = {}
    for source in ("zarrita.js", "zarr-python-v2"):
        expected |= json.loads((CORPUS / "expected" / f"{source}.json").read_text())
    return expected


def held_by(archive: Path, root: str, path: str) -> bool:
    with zipfile.ZipFile(archive) as source:
        prefix = "/".join(p for p in (root, path.strip("/")) if p)
        return any(f"{prefix}/{document}" in source.NameToInfo for document in (".zarray", "zarr.json"))


def corpus_archives():
    expected = corpus_expected()
    for folder, archives in CORPUS_FOLDERS.items():
        arrays = {
            path.removeprefix(folder): {**facts, "zarrFormat": facts["zarr_format"]}
            for path, facts in expected.items()
            if path.startswith(f"{folder}/") and "sha256" in facts
        }
        for archive in (*archives, *(f"{folder}.{kind}.zip" for kind in METHODS)):
            target = DATA / archive
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_or_pack(folder, archive, target)
            root = "data.zarr" if "from_parent" in archive else ""
            held = {path: facts for path, facts in arrays.items() if held_by(target, root, path)}
            yield describe(archive, root, held)


def copy_or_pack(folder: str, archive: str, target: Path) -> None:
    if (CORPUS / archive).exists():
        shutil.copyfile(CORPUS / archive, target)
        return
    source = CORPUS / folder
    if not source.is_dir():  # zarr-python-v2 comes zipped only
        source = UNPACKED / store_id(f"{folder}.zip")
    method = METHODS[archive.split(".")[-2]]
    pack(source, target, Packing(method))


def prepare():
    for folder in (DATA, UNPACKED):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    archives = [*fixture_archives(), *corpus_archives()]
    ARRAYS.write_text(json.dumps(archives))
    return archives


def load():
    """The prepared archives; prepared now when they are not there."""
    return json.loads(ARRAYS.read_text()) if ARRAYS.exists() else prepare()


if __name__ == "__main__":
    found = prepare()
    print(f"{len(found)} archives, {sum(len(a['arrays']) for a in found)} arrays")
