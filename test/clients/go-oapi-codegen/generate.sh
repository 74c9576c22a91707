#!/bin/bash
# Generates the Go client with oapi-codegen and builds the program that uses it (Go 1.24 or newer).
set -eu
cd "$(dirname "$0")/../../.."
OUT=$PWD/build/clients/go-oapi-codegen
rm -rf "$OUT"
mkdir -p "$OUT/api"
GOBIN=$OUT/bin go install github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.5.1
"$OUT/bin/oapi-codegen" -package zipzarr -generate types,client -o "$OUT/api/client.go" openapi.yaml
cp test/clients/go-oapi-codegen/main.go "$OUT"
cd "$OUT"
go mod init zipzarr
go get github.com/oapi-codegen/runtime@v1.1.2
go build -o check .
