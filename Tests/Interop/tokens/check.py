"""Token stores that a Go program writes, imported into a daemon and exported again."""

import argparse
import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile

sys.path.insert(
    0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Integration"))

from daemon import Daemon  # noqa: E402  (the module is found by the line above)

# The daemon imports without asking these sellers anything; the last one is never paid.
DOMAINS = ["shop.example", "shop.example:8443", "127.0.0.1:8080", "my-shop.example"]
PENDING = "slow.example"


def policy():
    """A service for each domain."""
    lines = ["version: 1", "services:"]
    for number, domain in enumerate(DOMAINS):
        scheme = "http" if domain.startswith("127.") else "https"
        lines += [
            f"  s{number}:", f'    origins: ["{scheme}://{domain}"]',
            "    challenge_path: /", "    price_ceiling: 10sat", "    hash_binding: none",
            "    bare: allow",
        ]
    return "\n".join(lines) + "\n"


class Check:
    """One daemon and one store."""

    def __init__(self, store, purser, daemon, directory):
        self._store, self._purser = store, purser
        self._environment = {**os.environ, "PURSER_OPERATOR_SOCKET": daemon.operators}
        self._directory = directory

    def purser(self, *arguments):
        """What the program prints, which must succeed."""
        return subprocess.run(
            [self._purser, *arguments], env=self._environment, check=True,
            stdout=subprocess.PIPE, text=True).stdout

    def write(self, where, domain, version, preimage, amount, fee, moment, *caveats):
        subprocess.run(
            [self._store, "write", where, domain, str(version), preimage.hex(), str(amount),
             str(fee), str(moment), *caveats], check=True)

    def read(self, path):
        return subprocess.run(
            [self._store, "read", path], check=True, stdout=subprocess.PIPE, text=True).stdout

    def round(self, number):
        """A store with a token for each domain goes in and comes out."""
        source = os.path.join(self._directory, f"in{number}")
        target = os.path.join(self._directory, f"out{number}")
        expected = {}
        for index, domain in enumerate(DOMAINS):
            version = 1 + (number + index) % 2
            caveats = [f"services=s{index}:0", "x" * (number * 37 % 200 + 1)][:index % 3]
            preimage, amount = secrets.token_bytes(32), secrets.randbelow(10**9)
            self.write(source, domain, version, preimage, amount, number,
                       secrets.randbelow(2**62), *caveats)
            name = domain.replace(":", "_")
            expected[os.path.join(name, "l402.token")] = (preimage, amount, len(caveats))
        self.write(source, PENDING, 2, bytes(32), 0, 0, 1)
        entries = [
            json.loads(line)
            for line in self.purser("vault", "import", "--tokens", source).splitlines()]
        if len(entries) != len(DOMAINS):
            sys.exit(f"imported {entries}")
        self.purser("vault", "export", "--to", target, *[e["credential"] for e in entries])
        for path, (preimage, amount, caveats) in expected.items():
            with open(os.path.join(source, path), "rb") as before:
                with open(os.path.join(target, path), "rb") as after:
                    if before.read() != after.read():
                        sys.exit(f"round {number}: {path} came out otherwise than it went in")
            said = self.read(os.path.join(target, path))
            wanted = (
                f"hash={hashlib.sha256(preimage).hexdigest()} preimage={preimage.hex()} "
                f"amount={amount} fee={number} caveats={caveats} rest=0\n")
            if said != wanted:
                sys.exit(f"round {number}: {path} reads '{said}', not '{wanted}'")
        for entry in entries:
            self.purser("vault", "remove", entry["credential"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True, help="the Go program")
    parser.add_argument("--build", required=True, help="where the programs were built")
    parser.add_argument("--rounds", type=int, default=8)
    arguments = parser.parse_args()
    with Daemon(arguments.build, policy()) as daemon, tempfile.TemporaryDirectory() as directory:
        check = Check(
            arguments.store, os.path.join(arguments.build, "purser"), daemon, directory)
        for number in range(arguments.rounds):
            check.round(number)
    print(f"ok: {arguments.rounds * len(DOMAINS)} tokens of V1 and V2 came out byte for byte, "
          "and Go reads them")


if __name__ == "__main__":
    main()
