#!/usr/bin/env bash
# clang_tidy.sh BUILD FILE…: clang-tidy over the files, as many at a time as there are processors.
# A file that was found clean is not looked at again until it, a header of it or the rules change.
set -uo pipefail
build=$1/tidy
shift
cache=$build/clean
# GCC's precompiled headers are nothing to clang, which would read them as text in each file.
cmake -S . -B "$build" -G Ninja -DSLIPWAY_PCH=OFF -DSLIPWAY_UNITY=OFF >/dev/null || exit 1
mkdir -p "$cache"
rules=$(sha256sum .clang-tidy | cut -c1-16)

check() {
    local build=$1 cache=$2 rules=$3 file=$4 key
    key=$(g++ -std=c++20 -Icommon -I"$(dirname "$file")" -MM "$file" 2>/dev/null | tr -d '\\\n' | cut -d: -f2- |
        xargs -r cat | sha256sum | cut -c1-32)
    [[ -e $cache/$rules-$key ]] && return 0
    clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option --warnings-as-errors='*' "$file" 2>/dev/null && touch "$cache/$rules-$key"
}
export -f check
printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -c 'check "$@"' _ "$build" "$cache" "$rules" {}
