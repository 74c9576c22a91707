#!/bin/bash
# Generates the Rust client and builds the program that uses it; nothing is written beside the sources.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/rust-openapi-generator
rm -rf "$OUT/client" "$OUT/check"
test/clients/openapi-generator.sh -g rust --library reqwest -o "$OUT/client" >/dev/null
mkdir "$OUT/check"
cp -r test/clients/rust-openapi-generator/Cargo.toml test/clients/rust-openapi-generator/src "$OUT/check"
cargo build -q --manifest-path "$OUT/check/Cargo.toml" --target-dir "$OUT/target"
