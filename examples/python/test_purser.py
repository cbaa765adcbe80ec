"""Tests of the client: `python3 -m unittest` in this directory.

Those that need a daemon run where PURSER_SOCKET and PURSER_OPERATOR_SOCKET name its sockets, which
is how the project's end-to-end tests start them.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import tempfile
import threading
import unittest

import purser

def made_here(caveats=()):
    """A token as the daemon makes one, under a root key of this test's own."""
    identifier = b"\x01" + bytes(8) + b"\x02" * 16
    key = hmac.new(b"macaroons-key-generator", b"k" * 32, hashlib.sha256).digest()
    signature = hmac.new(key, identifier, hashlib.sha256).digest()
    data = b"\x02\x01\x06purser\x02\x19" + identifier + b"\x00"
    for caveat in caveats:
        signature = hmac.new(signature, caveat, hashlib.sha256).digest()
        data += b"\x02" + bytes([len(caveat)]) + caveat + b"\x00"
    data += b"\x00\x06\x20" + signature
    return "purser1_" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class NarrowingTests(unittest.TestCase):
    def test_a_level_and_its_caveats_are_appended(self):
        top = made_here([b"spend_msat=500"])
        child = purser.narrow(top, purser.limits(name="worker", spend_msat=40, per={"1h": 9}))
        caveats = purser._caveats(child)
        self.assertEqual(caveats[0], b"spend_msat=500")
        self.assertRegex(caveats[1], rb"^grant=[0-9a-f]{32}$")
        self.assertEqual(caveats[2:], [b"name=worker", b"spend_msat=40", b"spend_msat=9/1h"])
        # The chain is that of HMAC: the same caveats from the root give the same token.
        self.assertEqual(child, made_here(caveats))

    def test_each_level_has_a_node_of_its_own(self):
        top = made_here()
        self.assertEqual(purser.node_of(top), "02" * 16)
        first, second = purser.narrow(top, []), purser.narrow(top, [])
        nodes = {purser.node_of(first, top), purser.node_of(second, top)}
        below = purser.narrow(first, ["depth=0"])
        nodes.add(purser.node_of(below, first))
        self.assertEqual(purser.node_of(below, top), purser.node_of(below, first))
        self.assertEqual(len(nodes), 3)
        for token, parent in [(first, None), (first, second), (top, top)]:
            with self.assertRaises(purser.TokenError):
                purser.node_of(token, parent)

    def test_limits_become_caveats(self):
        self.assertEqual(
            purser.limits(
                payment_msat=1, services=["a", "b"], capabilities={"a": ["x", "y"]},
                valid_until=1900000000, depth=2),
            ["payment_msat=1", "services=a,b", "a_capabilities=x,y", "valid_until=1900000000",
             "depth=2"])
        for wrong in [-1, 2**53, 1.5, True, "7"]:
            with self.assertRaises(purser.TokenError):
                purser.limits(spend_msat=wrong)

    def test_what_is_no_token_is_refused(self):
        token = made_here([b"depth=1"])
        wrong = ["", "purser1_", "purser2_" + token[8:], token[:-1], token[:60], token + "!",
                 "purser1_" + "A" * 17_000, "purser1_AgAA", "purser1_Av__", "purser1_" + "=" * 4]
        for text in wrong:
            with self.assertRaises(purser.TokenError, msg=text[:20]):
                purser.narrow(text, [])
        for caveat in ["", "nonsense", "x=" + "y" * 70_000]:
            with self.assertRaises(purser.TokenError):
                purser.narrow(token, [caveat])
        for end in range(8, len(token)):
            with self.assertRaises(purser.TokenError):
                purser.narrow(token[:end], [])


class Scripted(threading.Thread):
    """A daemon that gives each connection these lines, one for each that it reads."""

    def __init__(self, *connections):
        super().__init__(daemon=True)
        self.directory = tempfile.TemporaryDirectory()
        self.path = self.directory.name + "/s"
        self.connections = connections
        self.requests = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()
        self.start()

    def run(self):
        for answers in self.connections:
            connection, _ = self.listener.accept()
            with connection, connection.makefile("rb") as lines:
                for answer in answers:
                    self.requests.append(json.loads(lines.readline()))
                    request = self.requests[-1]["id"]
                    connection.sendall(answer.replace("ID", str(request)).encode() + b"\n")

    def stop(self):
        self.join(10)
        self.listener.close()
        self.directory.cleanup()


class ClientTests(unittest.TestCase):
    DONE = '{"jsonrpc":"2.0","id":ID,"result":{"ok":true}}'
    BUSY = (
        '{"jsonrpc":"2.0","id":ID,"error":{"code":-32009,"message":"busy",'
        '"data":{"reason":"overloaded","retry_after_ms":1}}}'
    )

    def test_a_lost_call_is_repeated_under_its_key(self):
        daemon = Scripted([self.DONE], [], [self.DONE])
        with purser.Client(daemon.path) as client:
            client.call("a")
            self.assertEqual(client.charge(5), {"ok": True})
        daemon.stop()
        self.assertEqual(daemon.requests[-1]["params"]["amount_msat"], 5)
        self.assertEqual(len(daemon.requests[-1]["params"]["idempotency_key"]), 32)

    def test_what_comes_too_early_is_repeated_and_what_is_refused_is_not(self):
        refused = self.BUSY.replace("overloaded", "forbidden")
        daemon = Scripted([self.BUSY, self.BUSY, self.DONE, refused])
        with purser.Client(daemon.path) as client:
            client.charge(5)
            with self.assertRaises(purser.Refused) as caught:
                client.charge(5)
        daemon.stop()
        self.assertEqual((caught.exception.reason, caught.exception.code), ("forbidden", -32009))
        keys = [request["params"]["idempotency_key"] for request in daemon.requests]
        self.assertEqual(len(set(keys)), 2)
        self.assertEqual(keys[0], keys[2])

    def test_a_session_is_opened_on_each_connection(self):
        daemon = Scripted([self.DONE, self.DONE], [self.DONE, self.DONE])
        with purser.Client(daemon.path, "purser1_x") as client:
            client.call("a")
            client.close()
            client.call("b")
        daemon.stop()
        methods = [request["method"] for request in daemon.requests]
        self.assertEqual(methods, ["session.open", "a", "session.open", "b"])

    def test_patience_has_an_end(self):
        with purser.Client("/nonexistent/socket") as client:
            with self.assertRaises(purser.Unreachable):
                client.call("a")
        daemon = Scripted([])
        with purser.Client(daemon.path, patience=0) as client:
            with self.assertRaises(purser.Interrupted):
                client.call("a")
        daemon.stop()

    def test_nonsense_for_an_answer_is_an_error(self):
        for line in ["nonsense", "[]", "{}", '{"id":77,"result":1}']:
            daemon = Scripted([line])
            with purser.Client(daemon.path) as client:
                with self.assertRaises(purser.PurserError):
                    client.call("a")
            daemon.stop()


@unittest.skipUnless(
    "PURSER_SOCKET" in os.environ and "PURSER_OPERATOR_SOCKET" in os.environ, "there is no daemon")
class DaemonTests(unittest.TestCase):
    def setUp(self):
        self.operator = purser.Client(os.environ["PURSER_OPERATOR_SOCKET"])
        self.top = self.operator.create_grant(name="python", spend_msat=100_000, ttl_s=3600)

    def tearDown(self):
        self.operator.close()

    def agent(self, token):
        client = purser.Client(token=token)
        self.addCleanup(client.close)
        return client

    def test_an_agent_spends_within_its_budget(self):
        agent = self.agent(self.top["token"])
        hold = agent.reserve(60_000, ttl_s=30)
        self.assertEqual(agent.settle(hold["hold"], 45_000)["released_msat"], 15_000)
        self.assertEqual(agent.charge(5_000)["settled_msat"], 5_000)
        quote = agent.quote(50_001)
        self.assertFalse(quote["passes"])
        self.assertEqual(quote["refusal"]["remaining_msat"], 50_000)
        with self.assertRaises(purser.Refused) as caught:
            agent.charge(50_001)
        self.assertEqual(caught.exception.reason, "budget_exceeded")
        self.assertEqual(caught.exception.data["shortfall_msat"], 1)
        self.assertEqual(agent.grant()["settled_msat"], 50_000)

    def test_a_process_claims_the_grant_that_the_policy_has_for_it(self):
        agent = self.agent(None)
        grant = agent.claim()
        self.assertEqual(grant["name"], "python")
        agent.charge(1_000)
        again = self.agent(None)
        self.assertEqual(again.claim("python")["node"], grant["node"])
        self.assertGreaterEqual(again.grant()["settled_msat"], 1_000)
        with self.assertRaises(purser.Refused) as caught:
            again.claim("another")
        self.assertEqual(caught.exception.data["rule"], "policy:claims")

    def test_a_token_that_was_narrowed_offline_is_a_budget_of_its_own(self):
        token = self.top["token"]
        for level in range(10):
            parent, token = token, purser.narrow(
                token, purser.limits(name=f"level {level}", spend_msat=90_000 - level))
        worker = self.agent(token)
        node = purser.node_of(token, parent)
        self.assertEqual(worker.call("token.inspect")["node"], node)
        self.assertEqual(worker.charge(1_000)["settled_msat"], 1_000)
        seen = self.operator.grant(node)
        self.assertEqual((seen["name"], seen["settled_msat"]), ("level 9", 1_000))
        self.assertEqual(self.operator.grant(self.top["node"])["settled_msat"], 1_000)
        with self.assertRaises(purser.Refused) as caught:
            self.agent(purser.narrow(token, ["unheard_of=1"])).charge(1)
        self.assertEqual(caught.exception.reason, "unauthenticated")

    def test_the_audit_log_is_followed(self):
        worker = self.agent(purser.narrow(self.top["token"], []))
        start = self.operator.call("audit.checkpoint")["size"]
        worker.charge(7)
        with purser.Client(os.environ["PURSER_OPERATOR_SOCKET"]) as reader:
            events = reader.follow_audit(start, actions=["spend.*"])
            self.assertEqual(next(events)["event"]["details"]["settled_msat"], 7)
            worker.charge(8)
            self.assertEqual(next(events)["event"]["details"]["settled_msat"], 8)
            events.close()

    def test_the_daemon_describes_itself(self):
        methods = self.agent(self.top["token"]).call("rpc.discover")["methods"]
        names = [method["name"] for method in methods]
        self.assertIn("spend.charge", names)
        self.assertNotIn("audit.list", names)


if __name__ == "__main__":
    unittest.main()
