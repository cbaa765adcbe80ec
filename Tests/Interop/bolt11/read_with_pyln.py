#!/usr/bin/env python3
"""Reads invoices with Core Lightning's Python library, pyln-proto, and compares the fields.

Usage: read_with_pyln.py RECORDS.json. Purser writes the committed records to the letter (tests of
the Swift package), so that what is read here is what Purser writes.
"""

import json
import sys
from decimal import Decimal

from pyln.proto.invoice import Invoice


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        # It calls a function that its own dependency no longer has when there is an `n` field.
        records = [record for record in json.load(file) if not record["payee_is_explicit"]]
    assert records
    for record in records:
        invoice = Invoice.decode(record["invoice"])
        tags = dict(invoice.tags)
        amount = None if invoice.amount is None else int(invoice.amount * Decimal(10) ** 11)
        read = {
            "network": invoice.currency,
            "amount_msat": amount,
            "timestamp": invoice.date,
            "payment_hash": invoice.paymenthash.hex(),
            "description": tags.get("d"),
            "description_hash": tags["h"].hex() if "h" in tags else None,
            "expiry_s": tags.get("x", 3600),
            "min_final_cltv": invoice.min_final_cltv_expiry,
            "payee": invoice.pubkey.format().hex(),
        }
        for key, value in read.items():
            assert value == record[key], (key, value, record[key], record["invoice"])
    print(f"bolt11: {len(records)} invoices as Purser writes them read alike by pyln-proto")


if __name__ == "__main__":
    main()
