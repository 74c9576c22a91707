#!/bin/bash
# Generates the Python client with openapi-python-client, in a virtual environment of its own (Python 3.11 or newer).
# Another interpreter than python3: PYTHON=python3.13.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/python-openapi-python-client
[ -x "$OUT/venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$OUT/venv"
"$OUT/venv/bin/python" -m pip install -q -r test/clients/python-openapi-python-client/requirements.txt
# The generator finds ruff on the path; a warning means an operation or a schema that it leaves out.
PATH=$PWD/$OUT/venv/bin:$PATH openapi-python-client generate --path openapi.yaml --output-path "$OUT/client" --overwrite --fail-on-warning
