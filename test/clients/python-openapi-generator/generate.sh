#!/bin/bash
# Generates the Python client with openapi-generator, and a virtual environment with the packages it needs.
# Another interpreter than python3: PYTHON=python3.13.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/python-openapi-generator
rm -rf "$OUT/client"
test/clients/openapi-generator.sh -g python --package-name zipzarr_client -o "$OUT/client" >/dev/null
[ -x "$OUT/venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$OUT/venv"
"$OUT/venv/bin/python" -m pip install -q -r test/clients/python-openapi-generator/requirements.txt
