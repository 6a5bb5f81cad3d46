#!/usr/bin/env bash
# run.sh [NAME]: measures, and judges nothing: split, migrate, links or start; without a name all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath -m "${BUILD:-build}")
bin=$build/bin
benches=(split migrate links start)

bench_split() {
    cmake --build "$build" --target bench_sql_split >/dev/null
    "$build/tests/bench_sql_split"
}

bench_start() {
    node tests/bench/measure.mjs "$bin"
}

# A server of its own in $place, to be stopped at the end; sets `psql` and `server`.
start_cluster() {
    cluster=$build/tests/throwaway-cluster
    [[ -x $cluster ]] || cmake --build "$build" --target throwaway-cluster >/dev/null
    # The one in the PATH is Debian's wrapper in Perl, four times as slow to start.
    psql=$(find /usr/lib/postgresql -path '*/bin/psql' | sort -V | tail -n 1)
    place=$(mktemp -d)
    # Where root runs this, the server runs as another user, who must reach its folder.
    chmod 711 "$place"
    trap '"$cluster" stop "$place/cluster" >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
    "$cluster" start "$place/cluster" --tcp >/dev/null
    server=$("$cluster" url "$place/cluster" postgres)
}

bench_migrate() {
    start_cluster
    cmake --build "$build" --target bench_delay_proxy >/dev/null
    node tests/bench/migrate.mjs "$bin" "$psql" "$server" "$place/work" \
        "$build/tests/bench_delay_proxy"
}

bench_links() {
    local app=tests/support/sample-app
    start_cluster
    # So that a checkpoint in the middle does not meet one contender more than another.
    "$psql" -qX "$server" -c "alter system set max_wal_size = '16GB'" -c 'select pg_reload_conf()' >/dev/null
    node tests/bench/links.mjs "$bin" "$psql" "$server" "$app/prisma/migrations" "$PWD/$app"
}

case ${1:-all} in
    all) echo "benches: ${benches[*]}" ;;
    split | migrate | links | start) benches=("$1") ;;
    *)
        echo "no bench $1; there are: ${benches[*]}" >&2
        exit 2
        ;;
esac
for bench in "${benches[@]}"; do
    printf '\n== %s\n' "$bench"
    ("bench_$bench")
done
