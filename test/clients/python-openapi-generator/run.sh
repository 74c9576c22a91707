#!/bin/bash
# Runs the Python program against the service at ZIPZARR_URL with the read key ZIPZARR_KEY.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/python-openapi-generator
PYTHONPATH=$OUT/client exec "$OUT/venv/bin/python" test/clients/python-openapi-generator/check.py
