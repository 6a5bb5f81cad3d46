#!/usr/bin/env bash
# run_tests.sh BUILD [CTEST-ARGUMENT…]: runs the tests and counts their cases, not the programs
# that hold them. The last line reads like "412 passed, 0 failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
build=$1
shift
rm -f "$build"/tests/junit/*.xml "$build/tests/ctest.xml"
# They mostly wait: for a server, a deadline, a lock.
ctest --test-dir "$build" -j "$((2 * $(nproc)))" --output-on-failure --output-junit "$PWD/$build/tests/ctest.xml" "$@"
ctest_code=$?
node tests/support/count_tests.mjs "$build/tests"
count_code=$?
exit $((ctest_code ? ctest_code : count_code))
