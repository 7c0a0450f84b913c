#!/bin/sh
# coverage.sh [BUILD_FOLDER]: runs the tests in C of the model and of the judge with coverage counters; fails if less than 98 % of
# the branches of model/src are taken. Needs gcovr.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/coverage}
cmake --preset coverage -S "$root" -B "$build" >/dev/null
cmake --build "$build"
find "$build" -name '*.gcda' -exec rm -f {} +
ctest --test-dir "$build" -R '^(model|judge)\.' -E '^judge\.tree\.' --no-tests=error --output-on-failure
gcovr -r "$root" --filter "$root/model/src/" --exclude-unreachable-branches --branches --fail-under-branch 98 "$build"
