"""wallet.py DIRECTORY RELAY: the wallet's side of Nostr Wallet Connect, written with nostr-sdk.

It makes three connections and writes a URI of each, mode 0600: `buyer.uri` and `seller.uri`, which
are encrypted with NIP-44, and `old.uri`, of a wallet that knows NIP-04 alone. The invoices are real
BOLT 11, the money is not: whoever pays an invoice that this program made gets its preimage. What
the amount of an invoice is, in sat, says what happens to its payment:

   13   PAYMENT_FAILED, and it is on record as failed
   17   it is paid, and no answer is ever sent
   19   it is paid, and the answer does not say the fee
   more than 500,000   INSUFFICIENT_BALANCE
"""

import asyncio
import hashlib
import json
import os
import secrets
import sys
import time
from urllib.parse import quote

import bolt11
import nostr_sdk
from nostr_sdk import Client, EventBuilder, Filter, Keys, Kind, RelayUrl, ReqTarget, Tag

INFO, REQUEST, RESPONSE = 13194, 23194, 23195
METHODS = "pay_invoice lookup_invoice make_invoice list_transactions get_balance get_info".split()
NODE_KEY = secrets.token_hex(32)

# What there is in the world: invoices by payment hash, with their preimages.
invoices = {}


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Connection:
    """One client's connection: its keys, its payments and its balance."""

    def __init__(self, name, encryption):
        self.name = name
        self.encryption = encryption
        self.wallet = Keys.generate()
        self.client = Keys.generate()
        self.balance = 1_000_000_000
        self.payments = {}

    def uri(self, relays):
        query = "&".join("relay=" + quote(relay, safe="") for relay in relays)
        return (
            f"nostr+walletconnect://{self.wallet.public_key().to_hex()}?{query}"
            f"&secret={self.client.secret_key().to_hex()}&lud16={self.name}%40wallet.example"
        )

    def info(self):
        tags = [] if self.encryption == "nip04" else [Tag.parse(["encryption", self.encryption])]
        return EventBuilder(Kind(INFO), " ".join(METHODS)).tags(tags).finalize(self.wallet)

    def decrypt(self, text):
        if self.encryption == "nip04":
            return self.wallet.nip04_decrypt(self.client.public_key(), text)
        return self.wallet.nip44_decrypt(self.client.public_key(), text)

    def encrypt(self, text):
        if self.encryption == "nip04":
            return self.wallet.nip04_encrypt(self.client.public_key(), text)
        return self.wallet.nip44_encrypt(self.client.public_key(), text)

    # Methods: each answers a result, None for silence, or raises Refused.

    def get_info(self, params):
        return {"alias": f"integration {self.name}", "network": "regtest", "methods": METHODS}

    def get_balance(self, params):
        return {"balance": self.balance}

    def make_invoice(self, params):
        preimage = secrets.token_bytes(32)
        payment_hash = hashlib.sha256(preimage).hexdigest()
        tags = bolt11.Tags()
        tags.add(bolt11.TagChar.payment_hash, payment_hash)
        tags.add(bolt11.TagChar.payment_secret, secrets.token_hex(32))
        tags.add(bolt11.TagChar.description, params.get("description", ""))
        tags.add(bolt11.TagChar.expire_time, params.get("expiry", 3600))
        invoice = bolt11.Bolt11(
            currency="bcrt",
            amount_msat=bolt11.MilliSatoshi(params["amount"]),
            date=int(time.time()),
            tags=tags,
        )
        text = bolt11.encode(invoice, NODE_KEY)
        invoices[payment_hash] = {"preimage": preimage.hex(), "amount": params["amount"]}
        return {
            "type": "incoming",
            "invoice": text,
            "payment_hash": payment_hash,
            "amount": params["amount"],
            "created_at": int(time.time()),
        }

    def pay_invoice(self, params):
        invoice = bolt11.decode(params["invoice"])
        known = invoices.get(invoice.payment_hash)
        amount = int(invoice.amount_msat)
        if amount > 500_000_000:
            raise Refused("INSUFFICIENT_BALANCE", "not that much")
        if invoice.payment_hash in self.payments:
            raise Refused("OTHER", "this invoice is on record already")
        now = int(time.time())
        payment = {
            "type": "outgoing",
            "state": "settled",
            "payment_hash": invoice.payment_hash,
            "amount": amount,
            "fees_paid": 1000,
            "created_at": now,
        }
        self.payments[invoice.payment_hash] = payment
        if known is None or amount == 13_000:
            payment["state"] = "failed"
            raise Refused("PAYMENT_FAILED", "no route")
        payment.update(preimage=known["preimage"], settled_at=now)
        self.balance -= amount + 1000
        if amount == 17_000:
            return None
        if amount == 19_000:
            return {"preimage": known["preimage"]}
        return {"preimage": known["preimage"], "fees_paid": 1000}

    def lookup_invoice(self, params):
        payment = self.payments.get(params["payment_hash"])
        if payment is None:
            raise Refused("NOT_FOUND", "no such payment")
        return payment

    def list_transactions(self, params):
        kept = [p for p in self.payments.values() if p["created_at"] >= (params.get("from") or 0)]
        kept.reverse()
        start = params.get("offset", 0)
        return {"transactions": kept[start : start + params.get("limit", 20)]}

    def answer(self, request):
        """The event that answers a request; None for silence."""
        tags = {tag.to_vec()[0]: tag.to_vec()[1] for tag in request.tags()}
        assert request.verify() and tags["p"] == self.wallet.public_key().to_hex()
        assert tags["encryption"] == self.encryption.split()[0], tags
        assert int(tags["expiration"]) > time.time()
        call = json.loads(self.decrypt(request.content()))
        reply = {"result_type": call["method"], "error": None, "result": None}
        try:
            if call["method"] not in METHODS:
                raise Refused("NOT_IMPLEMENTED", call["method"])
            reply["result"] = getattr(self, call["method"])(call["params"])
            if reply["result"] is None:
                return None
        except Refused as refusal:
            reply["error"] = {"code": refusal.code, "message": str(refusal)}
        builder = EventBuilder(Kind(RESPONSE), self.encrypt(json.dumps(reply)))
        tags = [Tag.public_key(self.client.public_key()), Tag.event(request.id())]
        return builder.tags(tags).finalize(self.wallet)


async def main(directory, relay, bad_relays):
    connections = [
        Connection("buyer", "nip44_v2 nip04"),
        Connection("seller", "nip44_v2"),
        Connection("old", "nip04"),
    ]
    client = nostr_sdk.ClientBuilder().build()
    await client.add_relay(RelayUrl.parse(relay))
    await client.connect()
    by_key = {c.client.public_key().to_hex(): c for c in connections}
    stream = client.notifications()
    wanted = Filter().kind(Kind(REQUEST)).authors([c.client.public_key() for c in connections])
    await client.subscribe(ReqTarget.auto([wanted]))
    for connection in connections:
        sent = await client.send_event(connection.info())
        if not sent.success:
            sys.exit(f"the relay does not take the info event: {sent.failed}")
        path = os.path.join(directory, connection.name + ".uri")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(connection.uri(bad_relays + [relay]) + "\n")
    print("ready", flush=True)
    while (item := await stream.next()) is not None:
        if not item.is_new_event():
            continue
        event = item.event
        connection = by_key.get(event.author().to_hex())
        if connection is None or event.kind().as_u16() != REQUEST:
            continue
        try:
            answer = connection.answer(event)
        except Exception as error:
            print(f"no answer: {type(error).__name__}: {error}", flush=True)
            continue
        if answer is not None:
            await client.send_event(answer)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
