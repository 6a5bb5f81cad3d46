#!/usr/bin/env bash
# A whole deployment on a private, throw-away PostgreSQL server and the sample application. FAIL
# shows one that goes wrong:
#   migration  a migration breaks half-way: the exact place, everything of it rolled back
#   smoke      the new version is bad: application and database are brought back by themselves
#   backup     the backup cannot be made: nothing is touched
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
build=${BUILD:-build}
place=$root/$build/demo
app=$root/tests/support/sample-app
fail=${FAIL:-}
case $fail in
    '' | migration | smoke | backup) ;;
    *)
        echo "FAIL=$fail is not known; FAIL=migration, smoke and backup are" >&2
        exit 2
        ;;
esac

say() { printf '\n== %s\n' "$*"; }

holder=
clean_up() {
    [[ -z $holder ]] || kill "$holder" 2>/dev/null || true
    if [[ -e $place/app.pid ]]; then
        kill "$(<"$place/app.pid")" 2>/dev/null || true
    fi
    "$build/tests/throwaway-cluster" stop "$place/cluster" >/dev/null 2>&1 || true
}
trap clean_up EXIT

cmake --build "$build" --target throwaway-cluster >/dev/null
clean_up
rm -rf "$place"
mkdir -p "$place"

say "A private PostgreSQL server and the sample application, version 1"
"$build/tests/throwaway-cluster" start "$place/cluster" >/dev/null
bin=$(find /usr/lib/postgresql -path '*/bin/psql' -printf '%h\n' | sort -V | tail -n 1)
"$bin/psql" -qX "$("$build/tests/throwaway-cluster" url "$place/cluster" postgres)" -c 'create database shop'
DATABASE_URL=$("$build/tests/throwaway-cluster" url "$place/cluster" shop)
export DATABASE_URL
"$bin/psql" -qX -v ON_ERROR_STOP=1 -f "$app/db/base.sql" -f "$app/db/seed.sql" "$DATABASE_URL" >/dev/null

# All content but our own log of what was done, in an order of its own: what a rollback has to bring back.
content() { "$bin/pg_dump" --no-owner --exclude-schema=slipway "$DATABASE_URL" | grep -v '^\\\(un\)\?restrict ' | LC_ALL=C sort | sha256sum; }
version() { curl -fsS "$API_BASE/api/health" | sed 's/.*"version":"\([^"]*\)".*/\1/'; }

export JWT_SECRET=a-secret-of-the-demo-only
tests/support/deploy_app.sh "$place" 1.0.0
API_BASE=http://127.0.0.1:$(<"$place/port")

cp -r "$app/migrations" "$place/migrations"
skip=()
deploy="tests/support/deploy_app.sh $place 2.0.0"
case $fail in
    migration)
        cp "$app"/migrations-broken/*.sql "$place/migrations/"
        # The rehearsal would find it before anything is applied; this shows what happens without it.
        skip=(--skip rehearse-plain)
        ;;
    smoke)
        # A release in which deleting a link answers well and deletes nothing.
        deploy="$deploy links_delete_noop"
        ;;
    backup)
        # Somebody's forgotten session.
        "$bin/psql" -qX -c 'begin; lock table users in access exclusive mode; select pg_sleep(600)' \
            "$DATABASE_URL" >/dev/null 2>&1 &
        holder=$!
        ;;
esac

# Relative, as a pipeline would name them: places in records are then relative to the repository.
export API_BASE APP_DIR=tests/support/sample-app
export PLAIN_MIGRATIONS=$build/demo/migrations DEPLOY_COMMAND=$deploy
export ROLLBACK_COMMAND="tests/support/deploy_app.sh $place 1.0.0"
export SMOKE_USER=smoke@example.com SMOKE_PASSWORD=correct-horse-battery
export SLIPWAY_DIR=$place/slipway-out
export BASELINE_FOR=${BASELINE_FOR:-10s} WATCH_FOR=${WATCH_FOR:-1m} WATCH_EVERY=${WATCH_EVERY:-1s}
export BACKUP_LOCK_WAIT=${BACKUP_LOCK_WAIT:-5s}
before=$([[ $fail == backup ]] || content)

say "The deployment: docs/examples/pipelines/sample-app.yaml"
code=0
"$build/bin/deploy-run" run docs/examples/pipelines/sample-app.yaml --yes "${skip[@]}" || code=$?

say "The report"
find "$SLIPWAY_DIR" -name 'report.*' -not -name '*.json' | sort | sed "s|^$root/||"

# Says whether what should hold does, and remembers where it does not.
bad=0
hold() { # hold WHAT COMMAND…
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then
        echo "ok: $what"
    else
        echo "NOT SO: $what" >&2
        bad=1
    fi
}
case $fail in
    '')
        hold "the deployment went through" test "$code" = 0
        hold "version 2 answers" test "$(version)" = 2.0.0
        ;;
    migration)
        say "The migration failed as it should"
        hold "exit code 1, as the migration's" test "$code" = 1
        "$build/bin/migrate-apply" status --dir "$PLAIN_MIGRATIONS" --output "$SLIPWAY_DIR/after.json" || true
        hold "version 1 answers as before" test "$(version)" = 1.0.0
        ;;
    smoke)
        say "The new version failed its smoke test and was rolled back"
        hold "exit code 1, as the smoke test's" test "$code" = 1
        hold "version 1 answers again" test "$(version)" = 1.0.0
        hold "the database is as it was before" test "$(content)" = "$before"
        hold "health is green" "$build/bin/health-check" "$API_BASE/api/health" --output "$SLIPWAY_DIR/after.json"
        ;;
    backup)
        say "The backup could not be made"
        hold "exit code 4: a person decides" test "$code" = 4
        kill "$holder" && holder=
        hold "version 1 answers as before" test "$(version)" = 1.0.0
        "$build/bin/migrate-apply" status --dir "$PLAIN_MIGRATIONS" --output "$SLIPWAY_DIR/after.json" || true
        ;;
esac
exit $bad
