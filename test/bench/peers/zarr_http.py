"""zarr-python's own HTTP server over its ZipStore. BENCH_ARCHIVES names the folder of archives."""

import os

from zarr.storage import ZipStore
from zarr_http_server import store_app

app = store_app(ZipStore(os.path.join(os.environ["BENCH_ARCHIVES"], "raw.zarr.zip"), mode="r"))
