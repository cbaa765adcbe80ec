"""`purser fetch` at a TLS server whose certificate nobody vouches for: nothing is shown to it."""

import argparse
import http.server
import os
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from daemon import Daemon  # noqa: E402  (the module is found by the line above)
from purser import Client  # noqa: E402

CHALLENGE = 'L402 macaroon="AgEEbHNhdAJCAAA", invoice="lnbcrt1"'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shown = []

    def do_GET(self):
        Handler.shown.append(self.headers.get("Authorization"))
        is_paid = self.path == "/paid"
        body = b"pay\n" if is_paid else b"content\n"
        self.send_response(402 if is_paid else 200)
        if is_paid:
            self.send_header("WWW-Authenticate", CHALLENGE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(directory):
    """A server on loopback with a certificate of its own making; gives its origin."""
    key, certificate = os.path.join(directory, "key.pem"), os.path.join(directory, "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
         certificate], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://localhost:{server.server_port}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    with tempfile.TemporaryDirectory(prefix="purser-tls-", dir="/tmp") as directory:
        origin = serve(directory)
        policy = f"""version: 1
services:
  shop:
    origins: ["{origin}"]
    challenge_path: /paid
"""
        with Daemon(build, policy) as daemon:
            with Client(daemon.operators) as client:
                token = client.call("grant.create", {"spend_msat": 100_000})["token"]
            environment = dict(
                os.environ, PURSER_TOKEN=token, PURSER_SOCKET=daemon.agents)

            def fetch(*arguments):
                return subprocess.run(
                    [os.path.join(build, "purser"), "fetch", *arguments], env=environment,
                    capture_output=True, text=True, check=False)

            cases = [
                (4, "TLS", fetch(f"{origin}/free")),
                (0, "", fetch("-k", f"{origin}/free")),
                (4, "TLS", fetch(f"{origin}/paid")),
                (1, "--insecure", fetch("-k", f"{origin}/paid")),
            ]
    for status, words, done in cases:
        if done.returncode != status or words not in done.stderr:
            raise SystemExit(f"tls.py: {done.args[2:]} ended with {done.returncode}: {done.stderr}")
    if any(Handler.shown):
        raise SystemExit("tls.py: a credential was shown to a server that was not verified")
    print("ok: a server that is not verified is shown nothing and paid nothing")


if __name__ == "__main__":
    sys.exit(main())
