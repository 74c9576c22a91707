#!/bin/bash
# Generates the Java client, builds it with Maven (JDK 11 or newer) and compiles the program that uses it.
# When Maven already holds the plugins and libraries: MAVEN_ARGS=-o.
set -eu
cd "$(dirname "$0")/../../.."
OUT=build/clients/java-openapi-generator
rm -rf "$OUT"
test/clients/openapi-generator.sh -g java --library native -o "$OUT/client" >/dev/null
# The generated pom.xml also puts the libraries it needs into target/lib.
mvn -q -B ${MAVEN_ARGS:-} -f "$OUT/client/pom.xml" package -Dmaven.test.skip=true -Dmaven.javadoc.skip=true -Dmaven.source.skip=true
javac -Xlint:deprecation -cp "$OUT/client/target/*:$OUT/client/target/lib/*" -d "$OUT/classes" test/clients/java-openapi-generator/Check.java
