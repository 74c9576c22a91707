#!/bin/bash
# Runs the Rust program against the service at ZIPZARR_URL with the read key ZIPZARR_KEY.
set -eu
cd "$(dirname "$0")/../../.."
exec build/clients/rust-openapi-generator/target/debug/check
