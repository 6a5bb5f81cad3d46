#!/usr/bin/env bash
# run.sh BUILD: all lints but clang-tidy; prints what each finds and ends with 1 where any found something.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
build=$1
bad=0

lint() { # lint NAME COMMAND…
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "lint $name: ok"
    else
        echo "lint $name: found something"
        echo "$output"
        bad=1
    fi
}

mapfile -t sources < <(git ls-files '*.cpp' '*.hpp')
mapfile -t scripts < <(git ls-files -z '*.sh' '.ci/*' | xargs -0 grep -lE '^#!.*\b(ba)?sh$')

lint format clang-format --dry-run -Werror "${sources[@]}"
lint rooms node tests/lint/rooms.mjs
lint shell shellcheck "${scripts[@]}"
lint documents node docs/generate.mjs "$build/bin" --check
lint actions node tests/lint/actions.mjs
lint links node tests/lint/links.mjs
exit $bad
