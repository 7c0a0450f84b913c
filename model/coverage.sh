#!/bin/sh
# coverage.sh [BUILD_FOLDER]: the model's tests with coverage counters; fails if less than 95 % of the branches of model/src are
# taken. Needs gcovr.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/coverage}
cmake --preset coverage -S "$root" -B "$build" >/dev/null
cmake --build "$build" --target wsconform-test-errors wsconform-test-completion wsconform-test-routines wsconform-test-data \
    wsconform-test-model
find "$build/model/CMakeFiles/wsconform.dir" -name '*.gcda' -exec rm -f {} +
ctest --test-dir "$build" -R '^model\.(errors|completion|routines|data|model)$' --output-on-failure
gcovr -r "$root" --filter "$root/model/src/" --branches --fail-under-branch 95 "$build/model/CMakeFiles/wsconform.dir"
