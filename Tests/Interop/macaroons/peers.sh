# Sourced: installs the macaroon libraries that are not ours, and builds the peers around them.

macaroon_peers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
macaroon_packages=(gcc libc6-dev libmacaroons-dev golang-gopkg-macaroon.v2-dev python3-venv)

fail() {
  echo "$(basename "$0"): error: $1" >&2
  exit 1
}

is_installed() {
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

install_macaroon_packages() {
  local package missing=() sudo=()
  for package in "${macaroon_packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  echo "Installing Debian packages: ${missing[*]}"
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -q || fail "apt-get update failed, and ${missing[*]} is missing"
  for package in "${missing[@]}"; do
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "$package" ||
      fail "the Debian package $package cannot be installed"
  done
}

# make_macaroon_peers DIR: in DIR a virtual environment with pymacaroons (venv), and the programs
# peer_c and peer_go.
make_macaroon_peers() {
  local work=$1 requirement
  install_macaroon_packages
  echo "Making a virtual environment with" \
    "$(grep -v '^#' "$macaroon_peers/requirements.txt" | tr '\n' ' ')"
  python3 -m venv "$work/venv"
  grep -v '^#' "$macaroon_peers/requirements.txt" | while read -r requirement; do
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$requirement" ||
      fail "the PyPI package $requirement cannot be installed"
  done
  echo "Building the peers"
  gcc -std=gnu11 -O1 -Wall -Wextra -Werror "$macaroon_peers/peer_c.c" -lmacaroons \
    -o "$work/peer_c" || fail "the peer around libmacaroons does not compile"
  make_go_program "$work" peer_go "$macaroon_peers/peer_go.go"
}

# make_go_program DIR NAME FILE: in DIR the program NAME of one Go file, over the libraries of
# Debian, with the Go of make_macaroon_peers.
make_go_program() {
  local work=$1 name=$2 file=$3
  mkdir -p "$work/gopath/src/$name"
  cp "$file" "$work/gopath/src/$name/main.go"
  (cd "$work/gopath/src/$name" &&
    env GO111MODULE=off GOTOOLCHAIN=local GOPROXY=off GOFLAGS= GOCACHE="$work/gocache" \
      GOPATH="$work/gopath:/usr/share/gocode" "$work/venv/bin/go" build -o "$work/$name" .) ||
    fail "$(basename "$file") does not compile over gopkg.in/macaroon.v2"
}
