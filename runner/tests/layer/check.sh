# check.sh EXECUTOR JUDGE CASES: some of the cases on the layer odd; every verdict there must be as it was. A sanitizer that
# finds something ends a worker, which is a crash.
set -eu
cd "$3"
said=$("$1" --root . --jobs 2 errors/notsock.case errors/shutdown.case success/zero-length.case success/blocking.case \
    threads/several-sockets.case memory/places.case | "$2" check || true)
printf '%s\n' "$said" | grep '^crash\|^hang' && exit 1
printf '%s\n' "$said" | tail -n 1 | grep ' conforms'
