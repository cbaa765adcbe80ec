"""Ten levels below a grant, delegated offline by libraries that are not ours, used on a daemon.

run.sh makes the peers and calls this. What it prints is a record of what was seen; anything that is
not as it has to be ends it with an error.
"""

import argparse
import base64
import hashlib
import os
import secrets
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "..", "..", "Interop", "macaroons")
sys.path[:0] = [os.path.join(HERE, ".."), PEERS]

from compare import FORMATS, Peer  # noqa: E402  (these modules are found by the line above)
from daemon import Daemon  # noqa: E402
from purser import Client, Refused  # noqa: E402

LEVELS = 10
REVOKED = 4
# The level whose limit is the tightest, and the one three levels below it that runs into it.
TIGHT, BELOW_TIGHT = 7, 10
TIGHT_MSAT = 60_000

POLICY = """version: 1
services:
  maps:
    origins: [http://127.0.0.1:9]
    challenge_path: /
    price_ceiling: 10sat
  news:
    origins: [http://127.0.0.1:9]
    challenge_path: /
    price_ceiling: 10sat
"""


def caveats_of(level, now):
    """What a level of the chain states beside its grant and its name; all ten differ."""
    return {
        1: ["spend_msat=900000"],
        2: ["services=maps,news", "payment_msat=80000"],
        3: ["spend_msat=800000/1h"],
        4: [f"valid_until={now + 1800}"],
        5: ["methods=spend.*,grant.get,token.inspect", "spend_msat=700000"],
        6: ["services=maps", "calls=1000/1m"],
        7: [f"spend_msat={TIGHT_MSAT}"],
        8: ["depth=2", "maps_capabilities=tiles"],
        9: ["approve_above_msat=50000", "spend_msat=500000/day@Europe/Paris"],
        # More than level 7 leaves: a limit further up holds all the same.
        10: [f"peer=uid={os.getuid()}", "spend_msat=500000"],
    }[level]


def check(holds, what):
    if not holds:
        raise SystemExit(f"chains.py: not so: {what}")


class Library:
    """A macaroon library behind the protocol of the peers; it never meets the daemon."""

    def __init__(self, name, arguments):
        self._peer = Peer(name, arguments, FORMATS)
        self.name = name

    def narrow(self, token, name, caveats):
        """A token one level below ``token``, and the node that the daemon must see in it."""
        raw = base64.urlsafe_b64decode(token.removeprefix("purser1_") + "==")
        opened = self._peer.attenuate("v2", raw, [b"grant=" + secrets.token_hex(16).encode()])
        # The node follows from the signature right after the grant caveat.
        signature = bytes.fromhex(self._peer.ask("show", "v2", opened.hex())[3])
        node = hashlib.sha256(b"purser/node" + signature).hexdigest()[:32]
        texts = [f"name={name}", *caveats]
        whole = self._peer.attenuate("v2", opened, [text.encode() for text in texts])
        return "purser1_" + base64.urlsafe_b64encode(whole).rstrip(b"=").decode(), node


class Level:
    """One level: its token, its node, and what has to stand on its counter."""

    def __init__(self, daemon, name, token, node, above=None):
        self.name, self.token, self.node, self.above = name, token, node, above
        self.own = 0
        self.below = 0
        self._daemon = daemon

    def call(self, method, params=None):
        with Client(self._daemon.agents, self.token) as client:
            return client.call(method, params)

    def charge(self, amount):
        """Spends with this level's own token, and counts it here and at every level above."""
        with Client(self._daemon.agents, self.token) as client:
            client.charge(amount)
        self.own += amount
        level = self.above
        while level is not None:
            level.below += amount
            level = level.above

    def refusal(self, method, params=None):
        """The error of a call that has to be refused."""
        try:
            self.call(method, params)
        except Refused as refused:
            return refused
        raise SystemExit(f"chains.py: not so: {self.name} is refused {method}")

    def charge_is_refused_for(self, amount):
        return self.refusal("spend.charge", {"amount_msat": amount})


def check_books(operator, levels):
    """Every counter of the daemon is what was spent at its level and below it, to the msat."""
    shown = {grant["node"]: grant for grant in operator.call("grant.tree", {"all": True})["grants"]}
    for level in levels:
        if level.node not in shown:
            check(level.own + level.below == 0, f"{level.name} has no row before its first use")
            continue
        grant = shown[level.node]
        check(grant["settled_msat"] == level.own + level.below,
              f"{level.name} has {level.own + level.below} msat settled, not {grant}")
        check(grant["held_msat"] == 0, f"{level.name} holds nothing")
        above = level.above
        check(grant.get("parent") == (above and above.node), f"{level.name} is where it belongs")


def delegate(library, daemon, operator, now):
    """The top-level grant and ten levels below it; the daemon hears of the first alone."""
    made = operator.create_grant(name=f"top ({library.name})", spend_msat=1_000_000, ttl_s=3600)
    levels = [Level(daemon, "top", made["token"], made["node"])]
    for number in range(1, LEVELS + 1):
        above = levels[-1]
        name = f"level-{number}"
        token, node = library.narrow(above.token, name, caveats_of(number, now))
        levels.append(Level(daemon, name, token, node, above))
    return levels


def sibling_of(library, daemon, level, number, now):
    """A level beside ``level``, with the same caveats."""
    name = f"sibling of {level.name}"
    token, node = library.narrow(level.above.token, level.name, caveats_of(number, now))
    return Level(daemon, name, token, node, level.above)


def spend_at_every_level(operator, levels, siblings, order):
    for number in order:
        level = levels[number]
        known = {grant["node"] for grant in operator.call("grant.tree")["grants"]}
        level.charge(1000 * number)
        check_books(operator, levels + siblings)
        shown = level.call("grant.get")
        check(shown["node"] == level.node and shown["name"] == level.name, f"{level.name}'s node")
        check(shown["settled_msat"] == level.own + level.below, f"{level.name} sees its counter")
        if level.node not in known:
            check(shown["settled_msat"] == level.own, f"{level.name} counts from its first use")
    for number, sibling in zip((4, 10), siblings):
        sibling.charge(500 + number)
        check_books(operator, levels + siblings)


def check_levels(levels, library):
    """Every level is bound by what it and those above it state."""
    check(levels[5].call("system.info")["services"] == ["maps", "news"], "level 5's services")
    check(levels[6].call("system.info")["services"] == ["maps"], "level 6's services")
    refused = levels[5].refusal("grant.create", {"name": "no"})
    check((refused.reason, refused.data["rule"]) == ("forbidden", "caveat:methods"), "level 5")
    refused = levels[3].charge_is_refused_for(80_001)
    check((refused.reason, refused.data["limit"]) == ("budget_exceeded", "payment_msat")
          and refused.data.get("above") is True, "level 3 is bound by level 2's payment_msat")
    token, _ = library.narrow(levels[10].token, "level-11", [])
    deeper = Level(levels[10]._daemon, "level-11", token, "")
    refused = deeper.charge_is_refused_for(1)
    check(refused.data == {"reason": "unauthenticated", "cause": "too_deep"}, "level 8's depth")


def refusal_three_levels_up(levels):
    """Level 10 runs into level 7's limit, and learns what is not above itself alone."""
    tight, low = levels[TIGHT], levels[BELOW_TIGHT]
    left = TIGHT_MSAT - tight.own - tight.below
    amount = left + 1
    blind = low.charge_is_refused_for(amount)
    check(blind.reason == "budget_exceeded", "level 7's limit refuses level 10")
    check(blind.data == {"reason": "budget_exceeded", "limit": "spend_msat", "asked_msat": amount,
                         "above": True},
          f"level 10 learns that a limit above it refuses, and no more: {blind.data}")
    seeing = tight.charge_is_refused_for(amount)
    check(seeing.data["node"] == tight.node and seeing.data["limit_msat"] == TIGHT_MSAT
          and seeing.data["remaining_msat"] == left and seeing.data["shortfall_msat"] == 1,
          f"level 7 is told node and figures: {seeing.data}")
    print(f"\n{low.name} asks for {amount} msat; {tight.name}, three levels up, has {left} left:")
    for level, refused in ((low, blind), (tight, seeing)):
        told = ", ".join(f"{key} {value}" for key, value in sorted(refused.data.items()))
        print(f"  {level.name:8} is told: {refused}\n           {told}")


def revoke_one_level(levels, siblings, library, operator):
    """The holder of level 3 revokes level 4: it and all below it end, and nothing else does."""
    levels[REVOKED - 1].call("grant.revoke", {"node": levels[REVOKED].node})
    late_token, _ = library.narrow(levels[REVOKED].token, "late", [])
    late = Level(levels[REVOKED]._daemon, "late", late_token, "")
    told = {}
    for level in [*levels[REVOKED:], siblings[1], late]:
        refused = level.charge_is_refused_for(1)
        check(refused.reason == "revoked", f"{level.name} is refused: {refused.reason}")
        check(refused.data["node"] == levels[REVOKED].node, f"{level.name} is told which")
        told[level] = refused.reason
    for level in [*levels[:REVOKED], siblings[0]]:
        level.charge(7)
        told[level] = "spends"
    check_books(operator, levels + siblings)
    return told


def row(*columns):
    print("  {:22} {:34} {:>9} {:>11}  {}".format(*columns))


def try_library(library, daemon, order):
    now = int(time.time())
    with Client(daemon.operators) as operator:
        levels = delegate(library, daemon, operator, now)
        siblings = [sibling_of(library, daemon, levels[number], number, now) for number in (4, 10)]
        nodes = {level.node for level in levels + siblings}
        check(len(nodes) == LEVELS + 3, "equal caveats make different nodes")
        known = operator.call("grant.tree")["grants"]
        check(nodes & {grant["node"] for grant in known} == {levels[0].node},
              "the daemon has met the top-level grant alone")
        print(f"\n== {library.name}: {LEVELS} levels, made without the daemon, used from "
              f"{'the top' if order[0] == 1 else 'the bottom'}")
        for number, level in enumerate(levels[1:], 1):
            print(f"  {level.name:8} states {', '.join(caveats_of(number, now))}")
        spend_at_every_level(operator, levels, siblings, order)
        check_levels(levels, library)
        spent = {level: (level.own, level.own + level.below) for level in levels + siblings}
        refusal_three_levels_up(levels)
        check_books(operator, levels + siblings)
        told = revoke_one_level(levels, siblings, library, operator)
        print(f"\n  level 3's holder revokes {levels[REVOKED].name}; the amounts are from before:")
        row("level", "node", "own msat", "with below", "after the revoke")
        for level in levels + siblings:
            row(level.name, level.node, *spent[level], told[level])
        verdicts = {name: operator.call(name) for name in ("ledger.verify", "audit.verify")}
        for name, verdict in verdicts.items():
            check(verdict["ok"], f"{name}: {verdict}")
        print(f"  the ledger adds up ({verdicts['ledger.verify']['nodes']} nodes), and the audit log "
              f"verifies ({verdicts['audit.verify']['events']} events)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", required=True, help="where the peers were built")
    parser.add_argument("--build", required=True, help="where the programs were built")
    options = parser.parse_args()
    libraries = [
        (Library("pymacaroons", [sys.executable, os.path.join(PEERS, "peer_python.py")]),
         range(1, LEVELS + 1)),
        (Library("gopkg.in/macaroon.v2", [os.path.join(options.peers, "peer_go")]),
         range(LEVELS, 0, -1)),
    ]
    with Daemon(options.build, POLICY) as daemon:
        for library, order in libraries:
            try_library(library, daemon, order)


if __name__ == "__main__":
    main()
