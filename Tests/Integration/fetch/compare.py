"""`purser fetch` and l402-requests at the same paywall, both paying from the same LNbits wallet."""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from l402_requests import AsyncL402Client, L402Client
from l402_requests.wallets import WalletBase

ROUNDS = 5
PRICE_MSAT = 5000


class LNbitsWallet(WalletBase):
    """Pays from an LNbits wallet, which the library has no adapter for."""

    def __init__(self, url, key):
        self._url = url
        self._headers = {"X-Api-Key": key}

    async def pay_invoice(self, bolt11):
        async with httpx.AsyncClient(headers=self._headers, timeout=30) as client:
            paid = await client.post(
                f"{self._url}/api/v1/payments", json={"out": True, "bolt11": bolt11})
            paid.raise_for_status()
            found = await client.get(f"{self._url}/api/v1/payments/{paid.json()['payment_hash']}")
            found.raise_for_status()
            return found.json()["preimage"]


class World:
    """A daemon and a paywall, each with a wallet of the LNbits; use it with ``with``."""

    def __init__(self, build, lnbits):
        self.build = Path(build)
        self.lnbits = Path(lnbits)
        self._directory = tempfile.TemporaryDirectory(prefix="purser-fetch-", dir="/tmp")
        self.home = Path(self._directory.name)
        self._processes = []
        self.url = (self.lnbits / "url").read_text().strip()

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            process.wait(timeout=30)
        self._directory.cleanup()

    def _spawn(self, name, *arguments):
        log = open(self.home / f"{name}.log", "wb")
        self._processes.append(
            subprocess.Popen(
                [self.build / name, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def _start(self):
        port_file = self.home / "port"
        self._spawn(
            "paywall", "--port", "0", "--port-file", port_file, "--root-key-file",
            self.home / "paywall.key", "--access-log", self.home / "access.jsonl", "--lnbits-url",
            self.url, "--lnbits-key-file", self.lnbits / "seller-invoice.key")
        self.origin = f"http://127.0.0.1:{wait(lambda: read(port_file), 'the paywall')}"
        self.purser(
            "init", "--dir", self.home / "purser", "--wallet", "lnbits", "--network", "bitcoin",
            "--lnbits-url", self.url, "--lnbits-admin-key-file", self.lnbits / "buyer-admin.key")
        # Each grant buys for itself, so that each new one makes a first request.
        (self.home / "purser" / "policy.yaml").write_text(f"""version: 1
services:
  news:
    origins: ["{self.origin}"]
    challenge_path: /news/latest
    price_ceiling: 20sat
    roots: per_grant
""")
        self._spawn("purserd", "--config", self.home / "purser" / "config.yaml")
        wait(lambda: self.run("status").returncode == 0, "purserd")

    @property
    def environment(self):
        run = self.home / "purser" / "run"
        return {
            "PATH": os.environ["PATH"], "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
            "PURSER_SOCKET": str(run / "agents" / "purser.sock"),
            "PURSER_OPERATOR_SOCKET": str(run / "operators" / "operator.sock"),
        }

    def run(self, *arguments, token=None):
        environment = self.environment | ({"PURSER_TOKEN": token} if token else {})
        return subprocess.run(
            [self.build / "purser", *map(str, arguments)], env=environment, capture_output=True,
            stdin=subprocess.DEVNULL, check=False)

    def purser(self, *arguments, token=None):
        done = self.run(*arguments, token=token)
        if done.returncode != 0:
            raise SystemExit(f"purser {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def grant(self):
        return json.loads(
            self.purser("grant", "create", "--spend", "1000sat", "--ttl", "1h", "--json"))["token"]

    def balance(self):
        return json.loads(self.purser("wallet", "info", "--json"))["balance_msat"]

    def wallet(self):
        return LNbitsWallet(self.url, (self.lnbits / "buyer-admin.key").read_text().strip())


def read(path):
    return path.read_text().strip() if path.exists() else None


def wait(ask, what):
    for _ in range(600):
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise SystemExit(f"{what} does not answer")


def timed(body):
    begin = time.perf_counter()
    value = body()
    return time.perf_counter() - begin, value


def check(holds, what):
    if not holds:
        raise SystemExit(f"compare.py: {what}")


def first_requests(world, url):
    """The seconds of a first request, which pays: ours, and the library's."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        token = world.grant()
        before = world.balance()
        seconds, output = timed(lambda: world.purser("fetch", "--json", url, token=token))
        report = json.loads(output)
        check(report["status"] == 200 and report["paid_msat"] == PRICE_MSAT, f"paid {report}")
        check(before - world.balance() == PRICE_MSAT, "the wallet paid something else")
        ours.append(seconds)
        client = L402Client(wallet=world.wallet())
        seconds, response = timed(lambda: client.get(url))
        check(response.status_code == 200, f"l402-requests got {response.status_code}")
        check(response.text == report["body"], "another body than l402-requests got")
        theirs.append(seconds)
    return statistics.median(ours), statistics.median(theirs)


def cached_ours(world, url, count):
    """The seconds for each request: of one command with all URLs, and of a command for each."""
    token = world.grant()
    body = world.purser("fetch", url, token=token)
    before = world.balance()
    together, output = timed(lambda: world.purser("fetch", *[url] * count, token=token))
    check(output == body * count, "not every answer is the content")
    apart = []
    for _ in range(count):
        seconds, output = timed(lambda: world.purser("fetch", url, token=token))
        check(output == body, "not every answer is the content")
        apart.append(seconds)
    check(world.balance() == before, "a cached credential was paid for")
    return together / count, statistics.median(apart)


def cached_theirs(world, url, count):
    """The same of the library in one process: its plain client, and its asynchronous one."""
    client = L402Client(wallet=world.wallet())
    client.get(url)
    plain, answers = timed(lambda: [client.get(url).status_code for _ in range(count)])
    check(set(answers) == {200}, "l402-requests was refused")

    async def together():
        async with AsyncL402Client(wallet=world.wallet()) as client:
            await client.get(url)
            begin = time.perf_counter()
            for _ in range(count):
                check((await client.get(url)).status_code == 200, "l402-requests was refused")
            return time.perf_counter() - begin

    return plain / count, asyncio.run(together()) / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--lnbits", required=True)
    parser.add_argument("--requests", type=int, default=20)
    options = parser.parse_args()
    with World(options.build, options.lnbits) as world:
        url = f"{world.origin}/news/latest"
        first = first_requests(world, url)
        together, apart = cached_ours(world, url, options.requests)
        plain, asynchronous = cached_theirs(world, url, options.requests)
        world.purser("ledger", "verify")
        world.purser("audit", "verify")
    rows = [
        ("a paid first request", first[0], first[1]),
        ("cached, one command with all URLs; AsyncL402Client", together, asynchronous),
        ("cached, one command with all URLs; L402Client", together, plain),
        ("cached, a command for each URL; L402Client in one process", apart, plain),
    ]
    print(f"{'ms for each request':60} {'purser':>9} {'l402-req.':>9} {'ratio':>6}")
    for name, ours, theirs in rows:
        print(f"{name:60} {ours * 1e3:9.2f} {theirs * 1e3:9.2f} {ours / theirs:6.2f}")
    print("ok: both were given the same, for the same money")


if __name__ == "__main__":
    sys.exit(main())
