#!/usr/bin/env bash
# with_server.sh BUILD COMMAND…: runs the command with SERVER_URL, a throw-away PostgreSQL that ends
# with it, and BIN, the built tools.
set -euo pipefail
build=$(realpath "$1")
shift
cluster=$build/tests/throwaway-cluster
[[ -x $cluster ]] || cmake --build "$build" --target throwaway-cluster
place=$(mktemp -d)
# Where root runs this, the server runs as another user, who must reach its folder.
chmod 711 "$place"
trap '"$cluster" stop "$place/cluster" >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
"$cluster" start "$place/cluster" >/dev/null
code=0
SERVER_URL=$("$cluster" url "$place/cluster" postgres) BIN=$build/bin "$@" || code=$?
exit "$code"
