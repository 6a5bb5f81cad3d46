#!/usr/bin/env bash
# run.sh [NAME]: measures, and judges nothing; without a name all of the benches.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath -m "${BUILD:-build}")
bin=$build/bin
benches=(split migrate backup restore links smoke monitor preflight deploy report start)

bench_split() {
    cmake --build "$build" --target bench_sql_split >/dev/null
    "$build/tests/bench_sql_split"
}

bench_start() {
    node tests/bench/measure.mjs "$bin"
}

# All checks on the demo's database, and what the standard deployment of the demo takes without the
# time of watching.
bench_preflight() {
    start_server
    node tests/bench/preflight.mjs "$bin" "$(client_programs)/psql" "$server" "$place"
}

bench_deploy() {
    BASELINE_FOR=2s WATCH_FOR=2s WATCH_EVERY=200ms BUILD=${BUILD:-build} tests/support/demo.sh >/dev/null
    node tests/bench/deploy.mjs "$build/demo/slipway-out/deploy-run-run.json"
}

# A server for one bench: sets `cluster`, `place` and `server`, and goes with the shell.
start_server() {
    cluster=$build/tests/throwaway-cluster
    [[ -x $cluster ]] || cmake --build "$build" --target throwaway-cluster >/dev/null
    place=$(mktemp -d)
    # Where root runs this, the server runs as another user, who must reach its folder.
    chmod 711 "$place"
    trap '"$cluster" stop "$place/cluster" >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
    "$cluster" start "$place/cluster" --tcp >/dev/null
    server=$("$cluster" url "$place/cluster" postgres)
}

# The one in the PATH is Debian's wrapper in Perl, four times as slow to start.
client_programs() {
    dirname "$(find /usr/lib/postgresql -path '*/bin/psql' | sort -V | tail -n 1)"
}

bench_migrate() {
    start_server
    cmake --build "$build" --target bench_delay_proxy >/dev/null
    node tests/bench/migrate.mjs "$bin" "$(client_programs)/psql" "$server" "$place/work" \
        "$build/tests/bench_delay_proxy"
}

bench_restore() {
    start_server
    [[ -d tests/support/sample-app/node_modules ]] || npm --prefix tests/support/sample-app ci >/dev/null
    node tests/bench/restore.mjs "$bin" "$(client_programs)/psql" "$server" "$place/work"
}

bench_backup() {
    start_server
    mkdir "$place/work"
    node tests/bench/backup.mjs "$bin" "$(client_programs)" "$server" \
        "$(head -n 1 "$place"/cluster/pg/data/postmaster.pid)" "$place/work"
}

bench_links() {
    local app=tests/support/sample-app
    local psql
    psql=$(client_programs)/psql
    start_server
    # So that a checkpoint in the middle does not meet one contender more than another.
    "$psql" -qX "$server" -c "alter system set max_wal_size = '16GB'" -c 'select pg_reload_conf()' >/dev/null
    node tests/bench/links.mjs "$bin" "$psql" "$server" "$app/prisma/migrations" "$PWD/$app"
}

# What the comparison with a baseline finds, and what a watch costs.
bench_monitor() {
    cmake --build "$build" --target bench_monitor_simulation >/dev/null
    "$build/tests/bench_monitor_simulation"
    start_server
    node tests/bench/monitor.mjs "$bin" "$(client_programs)/psql" "$server" "$place/work"
}

bench_smoke() {
    local nginx
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    if [[ ! -x $nginx ]]; then
        echo "nginx is missing: apt-get install nginx-light" >&2
        return 3
    fi
    cmake --build "$build" --target bench_curl_loop bench_rusage >/dev/null
    place=$(mktemp -d)
    # Where root runs this, nginx runs as another user, who must reach its folder.
    chmod 711 "$place"
    trap 'rm -rf "$place"' EXIT
    node tests/bench/smoke.mjs \
        "$bin" "$build/tests/bench_curl_loop" "$build/tests/bench_rusage" "$nginx" "$place"
}

bench_report() {
    cmake --build "$build" --target bench_rusage >/dev/null
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    node tests/bench/report.mjs "$bin" "$build/tests/bench_rusage" "$place"
}

case ${1:-all} in
    all) echo "benches: ${benches[*]}" ;;
    *)
        if [[ " ${benches[*]} " != *" $1 "* ]]; then
            echo "no bench $1; there are: ${benches[*]}" >&2
            exit 2
        fi
        benches=("$1")
        ;;
esac
for bench in "${benches[@]}"; do
    printf '\n== %s\n' "$bench"
    ("bench_$bench")
done
