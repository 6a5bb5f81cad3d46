#!/usr/bin/env bash
# A whole deployment on a private, throw-away PostgreSQL server and the sample application.
# FAIL=migration shows a migration that breaks half-way.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
build=${BUILD:-build}
place=$root/$build/demo
app=$root/tests/support/sample-app
fail=${FAIL:-}
case $fail in
    '' | migration) ;;
    *)
        echo "FAIL=$fail is not known; FAIL=migration is" >&2
        exit 2
        ;;
esac

say() { printf '\n== %s\n' "$*"; }

stop_app() {
    [[ -e $place/app.pid ]] || return 0
    kill "$(<"$place/app.pid")" 2>/dev/null || true
    rm -f "$place/app.pid"
}
clean_up() {
    stop_app
    "$build/tests/throwaway-cluster" stop "$place/cluster" >/dev/null 2>&1 || true
}
trap clean_up EXIT

cmake --build "$build" --target throwaway-cluster >/dev/null
clean_up
rm -rf "$place"
mkdir -p "$place"

say "A private PostgreSQL server and the sample application, version 1"
"$build/tests/throwaway-cluster" start "$place/cluster" >/dev/null
psql=$(pg_config --bindir 2>/dev/null || echo /usr/lib/postgresql/15/bin)/psql
[[ -x $psql ]] || psql=$(find /usr/lib/postgresql -path '*/bin/psql' | sort -V | tail -n 1)
"$psql" -qX "$("$build/tests/throwaway-cluster" url "$place/cluster" postgres)" -c 'create database shop'
DATABASE_URL=$("$build/tests/throwaway-cluster" url "$place/cluster" shop)
export DATABASE_URL
"$psql" -qX -v ON_ERROR_STOP=1 -f "$app/db/base.sql" -f "$app/db/seed.sql" "$DATABASE_URL" >/dev/null

export JWT_SECRET=a-secret-of-the-demo-only
tests/support/deploy_app.sh "$place" 1.0.0

cp -r "$app/migrations" "$place/migrations"
skip=()
if [[ $fail == migration ]]; then
    cp "$app"/migrations-broken/*.sql "$place/migrations/"
    # The rehearsal would find it before anything is applied; this shows what happens without it.
    skip=(--skip rehearse-plain)
fi

API_BASE=http://127.0.0.1:$(<"$place/port")
# Relative, as a pipeline would name them: places in records are then relative to the repository.
export API_BASE APP_DIR=tests/support/sample-app
export PLAIN_MIGRATIONS=$build/demo/migrations DEPLOY_COMMAND="tests/support/deploy_app.sh $place 2.0.0"
export SMOKE_USER=smoke@example.com SMOKE_PASSWORD=correct-horse-battery
export SLIPWAY_DIR=$place/slipway-out

say "The deployment: docs/examples/pipelines/sample-app.yaml"
code=0
"$build/bin/deploy-run" run docs/examples/pipelines/sample-app.yaml --yes "${skip[@]}" || code=$?

say "The report"
find "$SLIPWAY_DIR" -name 'report.*' -not -name '*.json' | sort | sed "s|^$root/||"
if [[ $fail == migration ]]; then
    if ((code == 1)); then
        echo "The migration failed as it should, and everything of it was rolled back."
        "$build/bin/migrate-apply" status --dir "$PLAIN_MIGRATIONS" --output "$SLIPWAY_DIR/after.json" || true
        exit 0
    fi
    echo "the broken migration did not fail as it should (exit $code)" >&2
    exit 1
fi
exit $code
