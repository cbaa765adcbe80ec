#!/usr/bin/env python3
"""Writes invoices made by the Python library `bolt11`, with what they say, as JSON on stdout.

Tests/L402Tests/Vectors/bolt11-python.json was made by

    python3 -m venv venv && venv/bin/pip install -r Tests/Interop/bolt11/requirements.txt
    venv/bin/python Tests/Interop/bolt11/make_vectors.py --seed 11 --count 64 \
        > Tests/L402Tests/Vectors/bolt11-python.json

The fields stand in the order in which Purser writes them. Both sign with the nonce of RFC 6979, so
that Purser must write the very same text from the same draft.
"""

import argparse
import json
import random

from bitstring import Bits
from bolt11.decode import decode
from bolt11.encode import encode
from bolt11.models.fallback import Fallback
from bolt11.models.features import Features
from bolt11.models.routehint import Route, RouteHint
from bolt11.models.tags import Tag, TagChar, Tags
from bolt11.types import Bolt11, MilliSatoshi
from coincurve import PrivateKey

NETWORKS = ["bc", "tb", "tbs", "bcrt"]
# One for each multiplier: none, milli, micro, nano, pico.
UNITS = [100_000_000_000, 100_000_000, 100_000, 100, 1]
# One bitcoin less than there can be: the library writes multiples of 1,000 bitcoin too small.
LARGEST = 2_099_999_900_000_000_000
FEATURES = [
    [],
    [8, 14],
    [8, 14, 16],
    [9, 15, 17],
    [8, 14, 17, 25],
    [8, 14, 48],
    [8, 14, 16, 36, 49],
    [9, 14, 99],
    [8, 14, 149, 1001],
]
DESCRIPTIONS = ["coffee beans", "ナンセンス 1杯", "naïve – \u202eevil\u202c \x1b[31m", "x" * 639]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def random_draft(rng, index):
    amount = None
    if index % 7 == 5:
        amount = rng.choice([1, LARGEST, 10, 99, 123_456_789_012])
    elif index % 7 != 6:
        amount = rng.randrange(1, 1_000_000) * UNITS[index % 5]
        if amount % (1_000 * UNITS[0]) == 0:
            amount += UNITS[0]
    draft = {
        "network": NETWORKS[index % 4],
        "amount_msat": amount,
        "timestamp": rng.choice([rng.randrange(2**35), 1_700_000_000, 0, 2**35 - 1]),
        "payment_hash": rng.randbytes(32).hex(),
        "payment_secret": rng.randbytes(32).hex(),
        "description": None,
        "description_hash": None,
        "metadata": rng.choice([None, None, rng.randbytes(rng.randrange(1, 64)).hex()]),
        "payee_is_explicit": rng.random() < 0.4,
        "expiry_s": rng.choice([3600, 1, 60, 86_400, 2**32, rng.randrange(1, 2**40)]),
        "min_final_cltv": rng.choice([18, 1, 9, 40, 144, rng.randrange(1, 2**20)]),
        "fallbacks": [],
        "route_hints": [],
        "features": FEATURES[index % len(FEATURES)],
        "private_key": rng.randrange(1, ORDER).to_bytes(32, "big").hex(),
    }
    if rng.random() < 0.3:
        draft["description_hash"] = rng.randbytes(32).hex()
    else:
        draft["description"] = rng.choice(DESCRIPTIONS)
    if rng.random() < 0.4:
        for version, length in rng.sample([(0, 20), (0, 32), (1, 32), (17, 20), (18, 20)], 2):
            draft["fallbacks"].append({"version": version, "program": rng.randbytes(length).hex()})
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        # The library does not read the last hop of a hint whose bits fill its words exactly.
        hops = rng.choice([1, 2, 3, 4, 6, 12])
        draft["route_hints"].append([random_hop(rng) for _ in range(hops)])
    return draft


def random_hop(rng):
    return {
        "public_key": PrivateKey(rng.randrange(1, ORDER).to_bytes(32, "big"))
        .public_key.format()
        .hex(),
        # As strings and below 2^63: the library reads them as signed.
        "short_channel_id": str(rng.randrange(2**63)),
        "fee_base_msat": rng.randrange(2**31),
        "fee_proportional_millionths": rng.randrange(2**31),
        "cltv_expiry_delta": rng.randrange(2**15),
    }


def feature_bits(features):
    width = (max(features) // 5 + 1) * 5
    return Bits(uint=sum(1 << bit for bit in features), length=width)


def tags_of(draft, payee):
    yield TagChar.payment_hash, draft["payment_hash"]
    yield TagChar.payment_secret, draft["payment_secret"]
    if draft["description"] is not None:
        yield TagChar.description, draft["description"]
    else:
        yield TagChar.description_hash, draft["description_hash"]
    if draft["metadata"] is not None:
        yield TagChar.metadata, draft["metadata"]
    if draft["payee_is_explicit"]:
        yield TagChar.payee, payee
    if draft["expiry_s"] != 3600:
        yield TagChar.expire_time, draft["expiry_s"]
    yield TagChar.min_final_cltv_expiry, draft["min_final_cltv"]
    for fallback in draft["fallbacks"]:
        bits = Bits(uint=fallback["version"], length=5) + Bits(hex=fallback["program"])
        yield TagChar.fallback, Fallback(data=bits, currency=draft["network"])
    for hops in draft["route_hints"]:
        yield TagChar.route_hint, RouteHint(routes=[route_of(hop) for hop in hops])
    if draft["features"]:
        yield TagChar.features, Features(feature_bits(draft["features"]), {})


def route_of(hop):
    channel = int(hop["short_channel_id"])
    return Route(
        public_key=hop["public_key"],
        short_channel_id=f"{channel >> 40}x{channel >> 16 & 0xFFFFFF}x{channel & 0xFFFF}",
        base_fee=hop["fee_base_msat"],
        ppm_fee=hop["fee_proportional_millionths"],
        cltv_expiry_delta=hop["cltv_expiry_delta"],
    )


def record(rng, index):
    draft = random_draft(rng, index)
    payee = PrivateKey.from_hex(draft["private_key"]).public_key.format().hex()
    amount = draft["amount_msat"]
    invoice = Bolt11(
        currency=draft["network"],
        date=draft["timestamp"],
        tags=Tags([Tag(char, data) for char, data in tags_of(draft, payee)]),
        amount_msat=None if amount is None else MilliSatoshi(amount),
    )
    text = encode(invoice, draft["private_key"], keep_payee=draft["payee_is_explicit"])
    read = decode(text)
    assert read.payee == payee and read.payment_hash == draft["payment_hash"], text
    return {**draft, "payee": payee, "invoice": text}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=64)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    records = [record(rng, index) for index in range(arguments.count)]
    print(json.dumps(records, indent=1, ensure_ascii=True))


if __name__ == "__main__":
    main()
