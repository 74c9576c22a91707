#!/bin/bash
# Runs the Go program on openapi-generator's client against the service at ZIPZARR_URL with the read key ZIPZARR_KEY.
set -eu
cd "$(dirname "$0")/../../.."
exec build/clients/go-openapi-generator/check
