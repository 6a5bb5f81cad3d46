#!/usr/bin/env bash
# Interoperation with the real other programs, on a throw-away PostgreSQL. PEERS=short, CI's form,
# is the same: it takes seconds.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath -m "${BUILD:-build}")
peers=tests/peers
cluster=$build/tests/throwaway-cluster

for command in node npm; do
    if ! command -v "$command" >/dev/null; then
        echo "$command is missing: make deps installs it" >&2
        exit 3
    fi
done
installed=$peers/node_modules/.package-lock.json
if [[ ! -e $installed || $peers/package-lock.json -nt $installed ]]; then
    echo "installing: the peers' packages"
    npm ci --prefix "$peers" --no-audit --no-fund --loglevel=error
    touch "$installed"
fi
[[ -x $cluster ]] || cmake --build "$build" --target throwaway-cluster

place=$(mktemp -d)
# Where root runs this, the server runs as another user, who must reach its folder.
chmod 711 "$place"
trap '"$cluster" stop "$place/cluster" >/dev/null 2>&1 || true; rm -rf "$place"' EXIT

"$cluster" start "$place/cluster" >/dev/null
code=0
PEERS_URL=$("$cluster" url "$place/cluster" postgres) BIN=$build/bin \
    node --test --test-reporter=spec "$peers"/*.test.mjs || code=$?
if ((code)); then
    echo "peers: found something"
else
    echo "peers: all agree"
fi
exit $code
