#!/usr/bin/env bash
# Parsers of foreign input under libFuzzer and the address sanitizer, FUZZ_SECONDS (20) each. What
# was learnt stays in build/fuzz/<target>/corpus, an input that breaks one in build/fuzz/<target>.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=${BUILD:-build}/fuzz
seconds=${FUZZ_SECONDS:-20}

for package in clang-14 libclang-rt-14-dev; do
    if ! dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
        echo "missing: apt-get install $package" >&2
        exit 3
    fi
done

build_target() { # build_target NAME SOURCE… [-lLIBRARY…]: build/fuzz/NAME/fuzz
    local name=$1
    local program=$place/$name/fuzz
    shift
    mkdir -p "$place/$name/corpus"
    # Each takes a while to compile: only where something is newer.
    [[ ! -e $program || -n $(find common "tests/fuzz/$name.cpp" -newer "$program" -print -quit) ]] || return 0
    clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
        -DFMT_HEADER_ONLY -Icommon "tests/fuzz/$name.cpp" "$@" -o "$program"
}

# Files that are there to be read: the fuzzer goes on from them.
seed() { # seed NAME FILE…
    local name=$1 file
    shift
    for file in "$@"; do
        cp "$file" "$place/$name/corpus/$(sha1sum <"$file" | cut -d ' ' -f 1)"
    done
}

words() { # words NAME TEXT…
    local name=$1 word
    shift
    for word in "$@"; do
        printf '%s' "$word" >"$place/$name/corpus/$(printf '%s' "$word" | sha1sum | cut -d ' ' -f 1)"
    done
}

found=0
fuzz() { # fuzz NAME
    local log=$place/$1/log before after
    before=$(find "$place/$1" -maxdepth 1 -name '*-*' | wc -l)
    "$place/$1/fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$place/$1/" "$place/$1/corpus" >"$log" 2>&1 || true
    after=$(find "$place/$1" -maxdepth 1 -name '*-*' | wc -l)
    if grep -q '^Done ' "$log" && ((after == before)); then
        printf '%-8s %10s inputs, nothing found\n' "$1" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    else
        found=1
        printf '%-8s found something:\n' "$1"
        grep -E '^SUMMARY|runtime error|Test unit written|deadly signal|ERROR' "$log" | sed 's/^/  /'
        echo "  all of it: $log"
    fi
}

sql=(common/sql/{lexer,split,classify,place}.cpp)
error=common/error/error.cpp
text=(common/text/{utf8,join}.cpp)
time=(common/time/{duration,rfc3339}.cpp)
build_target sql "${sql[@]}" "$error" "${text[@]}"
build_target json common/json/value.cpp "$error" "${text[@]}"
build_target text "${text[@]}" "${time[@]}"
build_target record common/record/{read,record}.cpp common/json/value.cpp common/hash/digest.cpp \
    common/fs/{file,temp_folder,unique_fd}.cpp common/ci/environment.cpp \
    "$error" "${text[@]}" "${time[@]}" -lcrypto

mapfile -t scripts < <(git ls-files 'tests/support/sample-app/*.sql')
mapfile -t documents < <(git ls-files 'docs/schema/*.json')
seed sql "${scripts[@]}"
seed json "${documents[@]}"
words sql 'copy t from stdin;'$'\n''1'$'\n''\.'$'\n' "do \$x\$ begin ; end \$x\$;" "select E'a\\'b', U&'x';" \
    'create function f() returns int begin atomic select 1; end;' '\echo x' '/* a /* b */ */ select 1'
words json '{"a": [1, 2.5e3, null, "\u00e9\ud83d\ude00"]}' '[[[]]]'
words text 1h30m 250ms 1.5h 7d 2026-01-31T10:00:00.123Z 2026-01-31T10:00:00+02:00 'ä€😀'
words record '{"schema": "slipway/record/1", "tool": "t", "version": "1", "run": {"id": "r", "attempt": 1}, "command": "c", "status": "passed", "exit_code": 0, "dry_run": false, "summary": "s", "started_at": "2026-01-31T10:00:00.000Z", "finished_at": "2026-01-31T10:00:00.000Z", "duration_ms": 1, "checks": [{"id": "a", "title": "A", "status": "passed", "severity": "major", "message": "", "expected": null, "actual": null, "hint": ""}], "metrics": [], "artifacts": [], "inputs": [], "error": null, "data": {}}'

for name in sql json text record; do
    fuzz "$name"
done
exit $found
