#!/usr/bin/env bash
# run.sh BUILD: tries the release that make dist left in BUILD/dist.
set -euo pipefail
cd "$(dirname "$0")/../.."
DIST=$(realpath "$1/dist")
export DIST
exec tests/support/with_server.sh "$1" node --test --test-reporter=spec tests/dist/*.test.mjs
