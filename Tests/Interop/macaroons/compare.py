"""Compares `purser macaroon` with the peers on random input, or writes the peers' vectors.

run.sh makes the peers and calls this; PROTOCOL.md says how they are spoken to.
"""

import argparse
import base64
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field

FORMATS = ["v1", "v2", "v2json"]


def to_word(value):
    return value.hex() or "-"


def from_word(word):
    return b"" if word == "-" else bytes.fromhex(word)


@dataclass
class Case:
    """What a macaroon is made of; a caveat is a condition or (location, key, id)."""

    key: bytes
    identifier: bytes
    location: bytes
    caveats: list = field(default_factory=list)

    def words(self):
        return [to_word(self.key), to_word(self.identifier), to_word(self.location)]

    @property
    def conditions(self):
        return [caveat for caveat in self.caveats if isinstance(caveat, bytes)]


def caveat_word(caveat):
    if isinstance(caveat, bytes):
        return to_word(caveat)
    return "t:" + ":".join(to_word(part) for part in caveat)


class Peer:
    """One library behind the line protocol."""

    def __init__(self, name, arguments, formats):
        self.name = name
        self.formats = formats
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise SystemExit(f"compare.py: the peer {self.name} died of: {' '.join(words)}")
        return answer

    def token(self, *words):
        answer = self.ask(*words)
        if answer[0] != "ok":
            raise SystemExit(f"compare.py: the peer {self.name} refused: {' '.join(words)}")
        return from_word(answer[1])

    def mint(self, form, case):
        return self.token("mint", form, *case.words(), *map(caveat_word, case.caveats))

    def attenuate(self, form, token, caveats):
        return self.token("attenuate", form, to_word(token), *map(caveat_word, caveats))

    def verifies(self, form, key, token, conditions):
        words = ["verify", form, to_word(key), to_word(token), *map(to_word, conditions)]
        return self.ask(*words) == ["ok"]

    def takes(self, form, case):
        """Whether the library can do this case at all; its known gaps are listed here."""
        if form not in self.formats:
            return False
        if self.name == "gopkg.in/macaroon.v2":
            # V1 identifiers and conditions must be text.
            return form != "v1" or all(map(is_text, [case.identifier, *case.conditions]))
        if self.name == "libmacaroons":
            # It leaves out empty caveats, and does not read back an empty identifier.
            return all(case.conditions) and bool(case.identifier)
        if not all(map(is_text, case.conditions)):
            return False
        if form == "v1":
            # It counts characters where it should count bytes.
            return case.identifier.isascii() and case.location.isascii()
        # Its JSON leaves out empty caveats, and then cannot verify them.
        return form != "v2json" or all(case.conditions)


def is_text(value):
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


class Purser:
    """The program under test."""

    def __init__(self, program):
        self.program = program

    def run(self, *arguments, stdin=""):
        return subprocess.run(
            [self.program, "macaroon", *arguments], input=stdin, capture_output=True, text=True,
            check=False)

    def token(self, form, *arguments, stdin=""):
        done = self.run(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise SystemExit(f"compare.py: purser {arguments}: {done.stderr}")
        text = done.stdout.strip()
        if form == "v2json":
            return text.encode()
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def mint(self, form, case):
        return self.token(
            form, "mint", "--format", form, "--root-key", case.key.hex(), "--identifier",
            case.identifier.hex(), f"--location={case.location.decode()}",
            *caveat_options(case.caveats))

    def attenuate(self, form, token, caveats):
        return self.token(
            form, "attenuate", *caveat_options(caveats), "-", stdin=spell(form, token))

    def verdicts(self, key, lines, conditions):
        done = self.run(
            "verify", "--root-key", key.hex(), *caveat_options(conditions), "-",
            stdin="".join(line + "\n" for line in lines))
        verdicts = done.stdout.splitlines()
        all_ok = all(verdict == "ok" for verdict in verdicts)
        if len(verdicts) != len(lines) or (done.returncode == 0) != all_ok:
            raise SystemExit(f"compare.py: {len(lines)} lines gave {done}")
        return verdicts


def caveat_options(caveats):
    return [f"--caveat={caveat.decode()}" for caveat in caveats]


def spell(form, token):
    return token.decode() if form == "v2json" else base64.urlsafe_b64encode(token).decode()


def spellings(form, token):
    """Every way to write a token that purser must read."""
    url = base64.urlsafe_b64encode(token).decode()
    standard = base64.b64encode(token).decode()
    ways = [url, url.rstrip("="), standard, standard.rstrip("="), token.hex(), token.hex().upper()]
    return ways + ([token.decode()] if form == "v2json" else [])


def varint(number):
    output = bytearray()
    while number > 0x7F:
        output.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(output) + bytes([number])


def segments(form, case, signature):
    """The pieces of a token of first-party caveats, and what each is."""
    if form == "v1":
        def packet(kind, name, value):
            head = b"%04x%s " % (len(name) + len(value) + 6, name)
            return [("structure", head), (kind, value), ("structure", b"\n")]

        pieces = packet("location", b"location", case.location)
        pieces += packet("content", b"identifier", case.identifier)
        for condition in case.conditions:
            pieces += packet("content", b"cid", condition)
        return pieces + packet("content", b"signature", signature)

    def tagged(kind, tag, value):
        return [("structure", bytes([tag]) + varint(len(value))), (kind, value)]

    pieces = [("structure", b"\x02")]
    if case.location:
        pieces += tagged("location", 1, case.location)
    pieces += tagged("content", 2, case.identifier) + [("structure", b"\0")]
    for condition in case.conditions:
        pieces += tagged("content", 2, condition) + [("structure", b"\0")]
    return pieces + [("structure", b"\0")] + tagged("content", 6, signature)


def flipped(token, pieces, kinds, source):
    """The token with one bit changed in a piece of one of these kinds."""
    offsets = []
    start = 0
    for kind, piece in pieces:
        if kind in kinds:
            offsets += range(start, start + len(piece))
        start += len(piece)
    changed = bytearray(token)
    changed[source.choice(offsets)] ^= 1 << source.randrange(8)
    return bytes(changed)


def json_fields(token):
    """What a V2 JSON says, whichever way it is spelled."""

    def value(members, name):
        if name + "64" in members:
            text = members[name + "64"]
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return members.get(name, "").encode()

    members = json.loads(token)
    caveats = [tuple(value(c, name) for name in "ivl") for c in members.get("c", [])]
    return [value(members, name) for name in "ils"] + caveats


def same_token(peer, form, case, ours, theirs):
    if form == "v2json":
        return json_fields(ours) == json_fields(theirs)
    if form == "v2" and peer.name == "pymacaroons" and not case.location:
        # It writes an empty location where the others write none.
        return theirs == b"\x02\x01\x00" + ours[1:]
    return ours == theirs


def random_text(source, longest):
    length = source.choice([source.randrange(1, 12), source.randrange(1, longest)])
    alphabet = source.choice([
        "abcdefghijklmnopqrstuvwxyz0123456789 =_,.:/", "aé日𝄞\"\\<>&\u2028\t\n\x7f ", "{}[]-=+"])
    return "".join(source.choice(alphabet) for _ in range(length)).encode()


def random_case(source):
    location = source.choice([b"", b"purser", b"https://example.org/a", random_text(source, 200)])
    identifier = source.choice([
        source.randbytes(66), source.randbytes(source.randrange(1, 300)), random_text(source, 80)])
    caveats = [random_text(source, 300) for _ in range(source.randrange(7))]
    if source.randrange(20) == 0:
        caveats.append(b"")
    return Case(source.randbytes(source.choice([1, 16, 32, 32, 64, 65, 100])), identifier, location,
                caveats)


def compare_format(purser, peers, form, case, source, check):
    ours = purser.mint(form, case)
    cut = source.randrange(len(case.caveats) + 1)
    shorter = Case(case.key, case.identifier, case.location, case.caveats[:cut])
    rest = case.caveats[cut:]
    start = purser.mint(form, shorter)
    if rest:
        check(purser.attenuate(form, start, rest) == ours, "purser appends what it mints")
    accepted = spellings(form, ours)
    damaged = []
    pieces = None
    if form != "v2json":
        signature = ours[-32:] if form == "v2" else ours[-33:-1]
        pieces = segments(form, case, signature)
        check(b"".join(piece for _, piece in pieces) == ours, "the layout is the documented one")
        damaged = [spell(form, flipped(ours, pieces, ["structure", "content"], source))
                   for _ in range(8)]
        damaged += [spell(form, ours[:source.randrange(len(ours))]), spell(form, ours + b"\n")]
    wrong_key = bytes([case.key[0] ^ 1]) + case.key[1:]
    for peer in peers:
        if not peer.takes(form, case):
            continue
        theirs = peer.mint(form, case)
        check(same_token(peer, form, case, ours, theirs), f"{peer.name} mints the same")
        accepted.append(spell(form, theirs))
        if rest:
            longer = peer.attenuate(form, start, rest)
            check(same_token(peer, form, case, ours, longer), f"{peer.name} appends the same")
            mixed = purser.attenuate(form, peer.mint(form, shorter), rest)
            check(mixed == ours, f"purser appends to what {peer.name} minted")
        check(peer.verifies(form, case.key, ours, case.conditions), f"{peer.name} verifies ours")
        check(not peer.verifies(form, wrong_key, ours, case.conditions),
              f"{peer.name} refuses another key")
        if case.conditions:
            missing = [c for c in case.conditions if c != case.conditions[-1]]
            check(not peer.verifies(form, case.key, ours, missing),
                  f"{peer.name} refuses a caveat that is not accepted")
        if pieces:
            for _ in range(4):
                changed = flipped(ours, pieces, ["content"], source)
                check(not peer.verifies(form, case.key, changed, case.conditions),
                      f"{peer.name} refuses a changed bit")
                damaged.append(spell(form, changed))
    return accepted, damaged, wrong_key


def compare_case(purser, peers, case, source, check):
    accepted, damaged = [], []
    for form in FORMATS:
        more_accepted, more_damaged, wrong_key = compare_format(
            purser, peers, form, case, source, check)
        accepted += more_accepted
        damaged += more_damaged
    verdicts = purser.verdicts(case.key, accepted + damaged, case.conditions)
    check(set(verdicts[:len(accepted)]) == {"ok"}, "purser verifies every spelling and peer")
    check(all(verdict.startswith("refused: ") for verdict in verdicts[len(accepted):]),
          "purser refuses every changed token")
    verdicts = purser.verdicts(wrong_key, accepted, case.conditions)
    check("ok" not in verdicts, "purser refuses another key")
    if case.conditions:
        missing = [c for c in case.conditions if c != case.conditions[-1]]
        verdicts = purser.verdicts(case.key, accepted, missing)
        check("ok" not in verdicts, "purser refuses a caveat that is not accepted")


def compare_third_party(purser, peers, case, source, check):
    """Third parties' caveats are preserved, appended after, and refused when verified."""
    third = (b"https://third.example", source.randbytes(32), random_text(source, 60))
    case = Case(case.key, case.identifier, b"purser", [c for c in case.caveats if c])
    case.caveats.insert(source.randrange(len(case.caveats) + 1), third)
    for peer in peers:
        for form in FORMATS:
            if not peer.takes(form, case):
                continue
            token = peer.mint(form, case)
            extra = [random_text(source, 40)]
            ours = purser.attenuate(form, token, extra)
            theirs = peer.attenuate(form, token, extra)
            check(same_token(peer, form, case, ours, theirs),
                  f"{peer.name} and purser append alike after a third party")
            verdicts = purser.verdicts(
                case.key, [spell(form, token), spell(form, ours)], case.conditions + extra)
            check(all("third party" in verdict for verdict in verdicts),
                  "purser refuses a third party's caveat")


def compare(purser, peers, count, seed):
    checks = 0
    for index in range(count):
        source = random.Random(f"{seed}/{index}")
        case = random_case(source)

        def check(holds, what):
            nonlocal checks
            checks += 1
            if not holds:
                raise SystemExit(f"compare.py: case {index} of seed {seed}: not so: {what}\n{case}")

        compare_case(purser, peers, case, source, check)
        if index % 4 == 0:
            compare_third_party(purser, peers, case, source, check)
    print(f"{count} cases, {checks} checks: purser agrees with "
          + ", ".join(peer.name for peer in peers))


def vector_cases(source):
    third = (b"https://third.example/", source.randbytes(24), b"third party's id")
    yield "no caveats", Case(source.randbytes(32), b"keyid", b"http://example.org/")
    yield "one caveat", Case(b"this is the key", b"keyid", b"http://example.org/", [b"account = 1"])
    yield "five caveats", Case(
        source.randbytes(32), b"five", b"purser", [b"n = %d" % n for n in range(5)])
    yield "empty location", Case(source.randbytes(32), b"keyid", b"", [b"a = 1"])
    yield "binary identifier", Case(
        source.randbytes(32), source.randbytes(66), b"loop", [b"services=weather:0"])
    yield "text that JSON escapes", Case(
        source.randbytes(32), b'a"b\\c', b"x", ['é日𝄞"\\<>&\u2028\t\n'.encode()])
    yield "binary caveat", Case(source.randbytes(32), b"keyid", b"x", [source.randbytes(40)])
    yield "long caveat", Case(source.randbytes(32), b"long", b"x", [b"y" * 300])
    yield "long root key", Case(source.randbytes(100), b"keyid", b"x", [b"a = 1"])
    yield "third party", Case(source.randbytes(32), b"keyid", b"x", [third])
    yield "third party between", Case(
        source.randbytes(32), b"keyid", b"x", [b"before = 1", third, b"after = 2"])


def write_vectors(peers, folder, seed):
    reader = peers[1]
    for peer in peers:
        cases = []
        for name, case in vector_cases(random.Random(seed)):
            for form in FORMATS:
                if not peer.takes(form, case):
                    continue
                token = peer.mint(form, case)
                # One library reads everybody's fields; it is none of ours.
                shown = reader.ask("show", form, to_word(token))[1:]
                caveats = []
                for word in shown[3:]:
                    parts = word.split(":")
                    caveat = {"condition": from_word(parts[-3] if len(parts) > 1 else word).hex()}
                    if len(parts) > 1:
                        caveat["verification_id"] = parts[2]
                        caveat["location"] = from_word(parts[3]).hex()
                    caveats.append(caveat)
                cases.append({
                    "name": name, "format": form, "root_key": case.key.hex(),
                    "token": token.decode() if form == "v2json" else token.hex(),
                    "location": case.location.hex(), "identifier": case.identifier.hex(),
                    "signature": shown[2], "caveats": caveats,
                })
        path = os.path.join(folder, peer.name.replace("/", "-") + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"peer": peer.name, "seed": seed, "cases": cases}, file, indent=1)
            file.write("\n")
        print(f"{path}: {len(cases)} cases")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", required=True, help="where run.sh built the peers")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--write-vectors", metavar="FOLDER")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    here = os.path.dirname(os.path.abspath(__file__))
    peers = [
        Peer("pymacaroons", [sys.executable, os.path.join(here, "peer_python.py")], FORMATS),
        Peer("gopkg.in/macaroon.v2", [os.path.join(options.peers, "peer_go")], FORMATS),
        Peer("libmacaroons", [os.path.join(options.peers, "peer_c")], ["v1"]),
    ]
    if options.write_vectors:
        return write_vectors(peers, options.write_vectors, options.seed)
    program = os.environ.get("PURSER_BIN")
    if not program:
        raise SystemExit("compare.py: PURSER_BIN must name the built purser program")
    return compare(Purser(program), peers, options.cases, options.seed)


if __name__ == "__main__":
    sys.exit(main())
