"""The peer around pymacaroons; PROTOCOL.md says what it reads and writes."""

import sys

from pymacaroons import Macaroon, Verifier
from pymacaroons.serializers import BinarySerializer, JsonSerializer


def from_hex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def to_hex(value):
    return value.hex() or "-"


def parse(form, token):
    if form == "v2json":
        return JsonSerializer().deserialize(token.decode())
    return BinarySerializer().deserialize_raw(token)


def write(form, macaroon):
    if form == "v2json":
        return JsonSerializer().serialize(macaroon).encode()
    return BinarySerializer().serialize_raw(macaroon)


def append(macaroon, words):
    for word in words:
        if word.startswith("t:"):
            location, key, identifier = map(from_hex, word[2:].split(":"))
            macaroon.add_third_party_caveat(location, key, identifier)
        else:
            macaroon.add_first_party_caveat(from_hex(word))
    return macaroon


def answer(words):
    command, form = words[0], words[1]
    if command == "mint":
        key, identifier, location = map(from_hex, words[2:5])
        version = 1 if form == "v1" else 2
        macaroon = Macaroon(location=location, identifier=identifier, key=key, version=version)
        return "ok " + to_hex(write(form, append(macaroon, words[5:])))
    if command == "attenuate":
        macaroon = append(parse(form, from_hex(words[2])), words[3:])
        return "ok " + to_hex(write(form, macaroon))
    if command == "verify":
        verifier = Verifier()
        for word in words[4:]:
            verifier.satisfy_exact(from_hex(word))
        verifier.verify(parse(form, from_hex(words[3])), from_hex(words[2]), [])
        return "ok"
    macaroon = parse(form, from_hex(words[2]))
    caveats = []
    for caveat in macaroon.caveats:
        condition = to_hex(caveat.caveat_id_bytes)
        if caveat.verification_key_id is None:
            caveats.append(condition)
        else:
            location = (caveat.location or "").encode()
            caveats.append(f"t:{condition}:{to_hex(caveat.verification_key_id)}:{to_hex(location)}")
    location = (macaroon.location or "").encode()
    signature = bytes.fromhex(macaroon.signature)
    head = [to_hex(location), to_hex(macaroon.identifier_bytes), to_hex(signature)]
    return " ".join(["ok"] + head + caveats)


for line in sys.stdin:
    words = line.split()
    try:
        print(answer(words), flush=True)
    except Exception:  # Each library error has a class of its own, and some are plain ones.
        print("refused" if words[0] == "verify" else "error", flush=True)
