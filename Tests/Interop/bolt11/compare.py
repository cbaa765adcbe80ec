#!/usr/bin/env python3
"""Compares what `purser invoice decode --json -` reads with what was written into invoices.

Usage: compare.py RECORDS.json PURSER. The records are those of make_vectors.py; this script needs
no package.
"""

import json
import subprocess
import sys

SAME = [
    "network", "amount_msat", "timestamp", "expiry_s", "payment_hash", "payment_secret",
    "description", "description_hash", "payee", "min_final_cltv", "features",
]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        records = json.load(file)
    invoices = "".join(record["invoice"] + "\n" for record in records)
    # One character changed in each invoice: all must be refused.
    spoiled = "".join(
        record["invoice"][:-1] + ("p" if record["invoice"][-1] == "q" else "q") + "\n"
        for record in records
    )
    read = decode(invoices, expected_code=0)
    assert len(read) == len(records), f"{len(read)} answers to {len(records)} invoices"
    for record, answer in zip(records, read):
        for key in SAME:
            assert answer[key] == record[key], (key, answer[key], record[key], record["invoice"])
    refused = decode(spoiled, expected_code=1)
    assert len(refused) == len(records) and all(list(answer) == ["error"] for answer in refused)
    print(f"bolt11: {len(records)} invoices of the Python library read alike, spoiled ones refused")


def decode(text, expected_code):
    result = subprocess.run(
        [sys.argv[2], "invoice", "decode", "--json", "-"],
        input=text.encode(), stdout=subprocess.PIPE, check=False,
    )
    assert result.returncode == expected_code, f"exit code {result.returncode}"
    return [json.loads(line) for line in result.stdout.decode().splitlines()]


if __name__ == "__main__":
    main()
