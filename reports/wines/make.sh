#!/bin/bash
# Makes this folder and ../baselines anew: installs the Wines that are not there yet, runs all cases on them, keeps the report.
# As root, on a Debian, with nothing else to do. ./reports/wines/make.sh DIR... makes it of runs that are in these folders already:
# the report of the first, the baselines of all.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

suites=(bullseye bookworm trixie trixie/i386)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
targets=()
for suite in "${suites[@]}"; do targets+=(--target "${suite/\//-}"); done

outs=("$@") took=
if (($# == 0)); then
    ./wsconform wine install --targets "$work/targets.toml" "${suites[@]}"
    for run in 1 2 3; do # the first also makes the Wine prefixes; some Wines deviate now so, now otherwise
        begin=$SECONDS
        ./wsconform run --targets "$work/targets.toml" "${targets[@]}" --out "$work/$run" || (($? == 1)) # 1: there are deviations
        outs+=("$work/$run") took="A run takes $((SECONDS - begin)) s on $(nproc) processors. "
    done
fi

rm -rf reports/wines/*/ reports/wines/*.{html,md,json} reports/baselines
mkdir -p reports/baselines
./wsconform report "${outs[0]}" --compact --out reports/wines
rows=
for suite in "${suites[@]}"; do
    name=${suite/\//-}
    read -r identity version arch cases < <(/usr/bin/python3 - "${outs[0]}/$name/results.json" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1], encoding="utf-8"))
target = doc["target"]
print(f"{target['kind']}-{target['version']}-{target['arch']}", target["version"], target["arch"], len(doc["cases"]))
PY
    )
    for out in "${outs[@]}"; do
        ./wsconform baseline update "reports/baselines/$identity.txt" "$out" --target "$name" --as "$identity" --add
    done
    known=$(grep -vc '^#' "reports/baselines/$identity.txt" || true)
    rows+="| [$name]($name) | $version | $arch | $cases | [$known](../baselines/$identity.txt) |"$'\n'
done

cat >reports/wines/README.md <<END
# Four Wines

What wsconform said on $(date -u +%Y-%m-%d) of the Wines of Debian's suites, each in a chroot: [index.html](index.html) with the matrix,
[summary.md](summary.md), and for each Wine its results and trace, compressed.

| target | Wine | arch | cases | known deviations |
| --- | --- | --- | ---: | --- |
$rows
Made by \`reports/wines/make.sh\`, that is by

\`\`\`text
./wsconform wine install ${suites[*]}
./wsconform run ${targets[*]} --out OUT
./wsconform report OUT --compact --out reports/wines
./wsconform baseline update reports/baselines/NAME.txt OUT --target TARGET --as NAME --add     # each, of several runs
\`\`\`

on Linux $(uname -r | cut -d . -f 1,2), $(. /etc/os-release && echo "$PRETTY_NAME"), profile documented. ${took}What has changed since, on one of them: \`./wsconform report --diff reports/wines/bullseye reports/out\` after a run of \`--target bullseye\`.
END
du -sh reports/wines reports/baselines
