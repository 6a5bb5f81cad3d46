#!/usr/bin/env bash
# Interoperation with the real other programs, on a throw-away PostgreSQL. PEERS=short, CI's form,
# is the same: it takes seconds.
set -euo pipefail
cd "$(dirname "$0")/../.."
peers=tests/peers

for command in node npm sqitch age pgbouncer faketime swift-proxy-server icinga2 go prometheus promtool \
    chromium java xmllint cmark-gfm; do
    if ! command -v "$command" >/dev/null; then
        echo "$command is missing: .ci/deps peers installs it" >&2
        exit 3
    fi
done
installed=$peers/node_modules/.package-lock.json
if [[ ! -e $installed || $peers/package-lock.json -nt $installed ]]; then
    echo "installing: the peers' packages"
    npm ci --prefix "$peers" --no-audit --no-fund --loglevel=error
    touch "$installed"
fi

if tests/support/with_server.sh "${BUILD:-build}" \
    node --test --test-reporter=spec "$peers"/*.test.mjs; then
    echo "peers: all agree"
else
    echo "peers: found something"
    exit 1
fi
