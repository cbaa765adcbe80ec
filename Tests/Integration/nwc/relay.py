"""The relay nostr-relay with the settings of relay.yaml, for uvicorn."""

import pathlib

from nostr_relay.web import create_app

app = create_app(str(pathlib.Path(__file__).with_name("relay.yaml")))
