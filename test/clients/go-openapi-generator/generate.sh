#!/bin/bash
# Generates the Go client with openapi-generator and builds the program that uses it (Go 1.23 or newer).
set -eu
cd "$(dirname "$0")/../../.."
OUT=$PWD/build/clients/go-openapi-generator
rm -rf "$OUT"
test/clients/openapi-generator.sh -g go -p packageName=zipzarr,withGoMod=false -o "$OUT/api" >/dev/null
cp test/clients/go-openapi-generator/main.go "$OUT"
cd "$OUT"
go mod init zipzarr
go build -o check .
