# Sourced by the scripts of the peers.

# install_packages NAME…: installs the Debian packages that are missing.
install_packages() {
  local missing=() sudo=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  {
    "${sudo[@]}" apt-get update -q &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
  } >&2 || {
    echo "error: these Debian packages cannot be installed: ${missing[*]}" >&2
    exit 1
  }
}
