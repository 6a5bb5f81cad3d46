#!/usr/bin/env bash
# run.sh [NAME]: measures, and judges nothing: split, migrate, smoke or start; without a name all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath -m "${BUILD:-build}")
bin=$build/bin
benches=(split migrate smoke start)

bench_split() {
    cmake --build "$build" --target bench_sql_split >/dev/null
    "$build/tests/bench_sql_split"
}

bench_start() {
    node tests/bench/measure.mjs "$bin"
}

bench_migrate() {
    local psql
    cluster=$build/tests/throwaway-cluster
    [[ -x $cluster ]] || cmake --build "$build" --target throwaway-cluster >/dev/null
    # The one in the PATH is Debian's wrapper in Perl, four times as slow to start.
    psql=$(find /usr/lib/postgresql -path '*/bin/psql' | sort -V | tail -n 1)
    place=$(mktemp -d)
    # Where root runs this, the server runs as another user, who must reach its folder.
    chmod 711 "$place"
    trap '"$cluster" stop "$place/cluster" >/dev/null 2>&1 || true; rm -rf "$place"' EXIT
    "$cluster" start "$place/cluster" --tcp >/dev/null
    cmake --build "$build" --target bench_delay_proxy >/dev/null
    node tests/bench/migrate.mjs "$bin" "$psql" \
        "$("$cluster" url "$place/cluster" postgres)" "$place/work" "$build/tests/bench_delay_proxy"
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

case ${1:-all} in
    all) echo "benches: ${benches[*]}" ;;
    split | migrate | smoke | start) benches=("$1") ;;
    *)
        echo "no bench $1; there are: ${benches[*]}" >&2
        exit 2
        ;;
esac
for bench in "${benches[@]}"; do
    printf '\n== %s\n' "$bench"
    ("bench_$bench")
done
