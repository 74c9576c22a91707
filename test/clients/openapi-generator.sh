#!/bin/bash
# Runs openapi-generator on the project's document; the jar comes from Maven Central, once.
set -eu
cd "$(dirname "$0")/../.."
VERSION=7.16.0
JAR=build/clients/openapi-generator-cli-$VERSION.jar
[ -f "$JAR" ] || mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=org.openapitools:openapi-generator-cli:$VERSION -DoutputDirectory=build/clients
java -jar "$JAR" generate -i openapi.yaml "$@"
