#!/bin/bash
# Runs the Java program against the service at ZIPZARR_URL with the read key ZIPZARR_KEY.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/java-openapi-generator
exec java -cp "$OUT/classes:$OUT/client/target/*:$OUT/client/target/lib/*" Check
