"""One paid resource, sold by pylsat: /premium for 7 sat, invoices from an LNbits wallet.

start.sh runs it under uvicorn and sets the three variables below.
"""

import asyncio
import json
import os
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from pylsat import L402Validator, Pricing

LNBITS = os.environ["PURSER_PYLSAT_LNBITS"]
INVOICE_KEY = Path(os.environ["PURSER_PYLSAT_INVOICE_KEY_FILE"]).read_text().strip()
ROOT_KEY = Path(os.environ["PURSER_PYLSAT_ROOT_KEY_FILE"]).read_text().strip()
PRICE_SAT = 7


def post_invoice(price_sat, description):
    request = urllib.request.Request(
        f"{LNBITS}/api/v1/payments",
        data=json.dumps(
            {"out": False, "amount": price_sat, "unit": "sat", "memo": description}
        ).encode(),
        headers={"Content-Type": "application/json", "X-Api-Key": INVOICE_KEY},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


async def make_invoice(price_sats, label, description):
    """What pylsat asks of a Lightning node: a dictionary with `bolt11`."""
    return await asyncio.to_thread(post_invoice, price_sats, description)


@asynccontextmanager
async def lifespan(app):
    # pylsat starts a task of its own, so it needs the running loop.
    app.state.validator = L402Validator(
        root_key=ROOT_KEY,
        expiry_sec=3600,
        generate_invoice_func=make_invoice,
        invoice_description="premium data",
        pricing=Pricing(price_sats=PRICE_SAT),
    )
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/premium")
async def premium(request: Request):
    await app.state.validator(request)
    return {"premium": "sold by pylsat"}


@app.get("/health")
async def health():
    return {"ok": True}
