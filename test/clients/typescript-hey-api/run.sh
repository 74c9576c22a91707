#!/bin/bash
# Runs the TypeScript program against the service at ZIPZARR_URL with the read key ZIPZARR_KEY.
set -eu
cd "$(dirname "$0")/../../.."
exec node build/clients/typescript-hey-api/out/test/clients/typescript-hey-api/check.js
