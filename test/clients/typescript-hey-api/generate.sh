#!/bin/bash
# Generates the TypeScript client with @hey-api/openapi-ts, of the version that .ci/tools pins, and compiles the
# program that uses it. The generated code does not compile with exactOptionalPropertyTypes: tsconfig.json has it off.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/typescript-hey-api
rm -rf "$OUT"
[ -x .ci/tools/node_modules/.bin/openapi-ts ] || npm ci --prefix .ci/tools --ignore-scripts --no-audit --no-fund
.ci/tools/node_modules/.bin/openapi-ts -i openapi.yaml -o "$OUT/client" --silent --no-log-file
npx tsc -p test/clients/typescript-hey-api
