#!/bin/sh
# coverage.sh [BUILD_FOLDER]: runs the model's tests with coverage counters; fails if less than 98 % of the branches of model/src
# are taken. Needs gcovr.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/coverage}
tests='errors faults facts completion routines data corners model memory edges others'
cmake --preset coverage -S "$root" -B "$build" >/dev/null
# shellcheck disable=SC2046,SC2086
cmake --build "$build" --target $(printf 'wsconform-test-%s ' $tests)
find "$build/model/CMakeFiles/wsconform.dir" -name '*.gcda' -exec rm -f {} +
ctest --test-dir "$build" -R "^model\.($(echo "$tests" | tr ' ' '|'))\$" --output-on-failure
gcovr -r "$root" --filter "$root/model/src/" --branches --fail-under-branch 98 "$build/model/CMakeFiles/wsconform.dir"
