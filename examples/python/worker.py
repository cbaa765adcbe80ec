#!/usr/bin/env python3
"""An orchestrator hands a worker a narrower token, and the worker spends within it.

    export PURSER_TOKEN=$(purser grant create --name team --spend 500sat --ttl 1h --json | …)
    python3 worker.py
"""

import os
import sys

import purser


def work(token: str) -> None:
    """What a worker does: look, set aside, spend, and stop where its budget ends."""
    with purser.Client(token=token) as client:
        if not client.quote(20_000)["passes"]:
            print("the budget does not reach for one more request")
            return
        hold = client.reserve(20_000)
        # The work goes here; say what it really cost.
        ended = client.settle(hold["hold"], 12_500)
        print(f"spent {ended['settled_msat']} msat, gave back {ended['released_msat']} msat")


def main() -> int:
    token = os.environ.get("PURSER_TOKEN")
    if not token:
        print("set PURSER_TOKEN to a grant token", file=sys.stderr)
        return 64
    # No daemon is asked for this: the token itself is narrowed.
    child = purser.narrow(token, purser.limits(name="worker", spend_msat=40_000, depth=0))
    try:
        work(child)
    except purser.Refused as refusal:
        print(f"refused, {refusal.reason}: {refusal}", file=sys.stderr)
        return 3
    except purser.PurserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
