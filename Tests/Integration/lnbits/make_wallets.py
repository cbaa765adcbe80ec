"""Sets a fresh LNbits up: its first user, and the two wallets that start.sh promises."""

import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

FUNDS_SAT = 1_000_000


def call(method, url, body=None, headers=None):
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def install(url):
    """Until this is done every path answers 307. Returns the first user's bearer token."""
    password = secrets.token_urlsafe(24)
    body = {"username": "purser", "password": password, "password_repeat": password}
    deadline = time.monotonic() + 120
    while True:
        try:
            return call("PUT", f"{url}/api/v1/auth/first_install", body)["access_token"]
        except urllib.error.HTTPError as error:
            sys.exit(f"integration: LNbits refused its first user: {error.code} {error.read()}")
        except OSError:
            if time.monotonic() > deadline:
                sys.exit("integration: LNbits did not start within two minutes")
            time.sleep(0.3)


def write_key(path, key):
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as stream:
        stream.write(key + "\n")


def main():
    directory = Path(sys.argv[1])
    url = (directory / "url").read_text().strip()
    bearer = {"Authorization": f"Bearer {install(url)}"}
    for name in ("buyer", "seller"):
        wallet = call("POST", f"{url}/api/v1/account", {"name": name})
        write_key(directory / f"{name}-admin.key", wallet["adminkey"])
        write_key(directory / f"{name}-invoice.key", wallet["inkey"])
        if name == "buyer":
            funds = {"id": wallet["id"], "amount": FUNDS_SAT}
            call("PUT", f"{url}/users/api/v1/balance", funds, bearer)


main()
