"""wait_for.py URL: waits up to a minute for a server to answer."""

import sys
import time
import urllib.request

deadline = time.monotonic() + 60
while True:
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5)
        break
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f"integration: {sys.argv[1]} does not answer: {error}")
        time.sleep(0.2)
