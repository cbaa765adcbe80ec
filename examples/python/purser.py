"""A client for purserd, the daemon that holds the wallet for a team of agents.

One module, Python 3.9 or newer, and nothing but the standard library. It speaks JSON-RPC over the
daemon's Unix socket (``Client``), and narrows grant tokens without any daemon at all (``narrow``).

    with Client(token=os.environ["PURSER_TOKEN"]) as purser:
        hold = purser.reserve(20_000)
        purser.settle(hold["hold"], 12_500)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import time
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, TypedDict

__all__ = [
    "Client", "Credential", "Grant", "Hold", "HoldEnded", "Interrupted", "PurserError", "Quote",
    "Refused", "TokenError", "Unreachable", "limits", "narrow", "node_of",
]

MOST_MSAT = 2**53 - 1
LONGEST_ANSWER = 16 << 20


class PurserError(Exception):
    """What every error of this module is."""


class Unreachable(PurserError):
    """No daemon answers on the socket."""


class Interrupted(PurserError):
    """The connection was lost, or the answer took too long: what was asked may have been done."""


class TokenError(PurserError):
    """The text is no grant token, or a caveat is not one that can be appended."""


class Refused(PurserError):
    """The daemon refused. Decide by ``reason``, a stable word; ``data`` has what goes with it."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", "refused")))
        self.code = int(error.get("code", 0))
        self.data: Dict[str, Any] = dict(error.get("data") or {})
        self.reason = str(self.data.get("reason", "unknown"))

    @property
    def retry_after(self) -> Optional[float]:
        """How long to wait before asking again, in seconds."""
        wait = self.data.get("retry_after_ms")
        return wait / 1000 if isinstance(wait, int) else None


class Hold(TypedDict):
    """Money that is set aside."""

    hold: str
    amount_msat: int
    expires_at_ms: int


class HoldEnded(TypedDict):
    """How a hold ended."""

    hold: str
    settled_msat: int
    released_msat: int


class _Quote(TypedDict):
    passes: bool


class Quote(_Quote, total=False):
    """What would come of a charge."""

    remaining_msat: int
    refusal: Dict[str, Any]


class _Grant(TypedDict):
    node: str
    token: str


class Grant(_Grant, total=False):
    """A new grant; the token is a secret."""

    valid_until: int


class _Credential(TypedDict):
    credential: str
    service: str
    scheme: str
    token: str
    preimage: str
    authorization: str
    cost_msat: int
    restrictions: List[Dict[str, str]]
    bare: bool


class Credential(_Credential, total=False):
    """A copy of a paid credential; ``authorization`` is the header's value, a secret."""

    grpc_macaroon: str
    expires_at: int


class Client:
    """One connection to the daemon, a request at a time; make one for each thread.

    ``path`` is the socket: the one given, else ``PURSER_SOCKET``, else the usual place. With a
    ``token`` it acts at that grant; without one, on the operators' socket, as an operator.
    ``timeout`` bounds one answer, and ``patience`` how long a call is repeated that was
    interrupted, came too early, or waits for a payment; both in seconds. Methods that change
    something are called under an idempotency key, so that repeating does nothing twice.
    """

    def __init__(
        self,
        path: Optional[str] = None,
        token: Optional[str] = None,
        *,
        timeout: float = 120.0,
        patience: float = 30.0,
    ) -> None:
        self.path = path or os.environ.get("PURSER_SOCKET") or _usual_socket()
        self.timeout = timeout
        self.patience = patience
        self._token = token
        self._socket: Optional[socket.socket] = None
        self._unread = bytearray()
        self._last_id = 0

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; the next call opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._unread.clear()

    # Calls

    def call(
        self,
        method: str,
        params: Optional[Mapping[str, Any]] = None,
        *,
        key: Optional[str] = None,
    ) -> Any:
        """Calls any method and returns its reply; parameters that are None are left out.

        Give a ``key`` for a method that changes something: 1 to 128 bytes, ``new_key()`` makes one.
        """
        members = {name: value for name, value in (params or {}).items() if value is not None}
        if key is not None:
            members["idempotency_key"] = key
        end = time.monotonic() + self.patience
        pause = 0.02
        while True:
            try:
                return self._call_once(method, members)
            except (Interrupted, Refused) as failure:
                wait = _wait_before_repeating(failure, pause)
                if wait is None or time.monotonic() + wait >= end:
                    raise
            time.sleep(wait)
            pause = min(2 * pause, 1.0)

    def _call_once(self, method: str, members: Mapping[str, Any]) -> Any:
        self._connect()
        try:
            return self._ask(method, members)
        except Refused:
            raise
        except PurserError:
            # An answer may still come that nobody waits for: this connection is of no more use.
            self.close()
            raise

    def _ask(self, method: str, members: Mapping[str, Any]) -> Any:
        self._last_id += 1
        request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": members}
        failure: Optional[OSError] = None
        try:
            self._stream().sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            # A daemon that does not serve this connection has said why before it closed.
            failure = error
        try:
            answer = self._read_line()
        except Interrupted as end:
            raise (Interrupted(f"the request was not sent: {failure}") if failure else end)
        error = answer.get("error")
        if error is not None and answer.get("id") in (self._last_id, None):
            raise Refused(error)
        if answer.get("id") != self._last_id or "result" not in answer:
            raise PurserError("an answer to another request")
        return answer["result"]

    def _connect(self) -> None:
        if self._socket is not None:
            return
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(self.timeout)
        try:
            stream.connect(self.path)
        except OSError as error:
            stream.close()
            raise Unreachable(f"no daemon answers on {self.path}: {error}") from error
        self._socket = stream
        self._unread.clear()
        if self._token is not None:
            try:
                self._ask("session.open", {"token": self._token})
            except PurserError:
                self.close()
                raise

    def _stream(self) -> socket.socket:
        if self._socket is None:
            raise Interrupted("the connection is closed")
        return self._socket

    def _read_line(self) -> Dict[str, Any]:
        while b"\n" not in self._unread:
            if len(self._unread) > LONGEST_ANSWER:
                raise PurserError("the answer is too long")
            try:
                part = self._stream().recv(65_536)
            except OSError as error:
                raise Interrupted(f"no answer came: {error}") from error
            if not part:
                raise Interrupted("the daemon closed the connection")
            self._unread += part
        line, _, rest = bytes(self._unread).partition(b"\n")
        self._unread = bytearray(rest)
        try:
            message = json.loads(line)
        except ValueError as error:
            raise PurserError("the answer is not JSON") from error
        if not isinstance(message, dict):
            raise PurserError("the answer is no object")
        return message

    # What agents do

    def reserve(self, amount_msat: int, ttl_s: Optional[int] = None) -> Hold:
        """Sets money aside; end it with ``settle`` or ``release``."""
        return self.call(
            "spend.reserve", {"amount_msat": amount_msat, "ttl_s": ttl_s}, key=new_key())

    def settle(self, hold: str, amount_msat: int) -> HoldEnded:
        """Ends a hold with so much spent; the rest goes back."""
        return self.call("spend.settle", {"hold": hold, "amount_msat": amount_msat}, key=new_key())

    def release(self, hold: str) -> HoldEnded:
        """Ends a hold with nothing spent."""
        return self.call("spend.release", {"hold": hold}, key=new_key())

    def charge(self, amount_msat: int) -> HoldEnded:
        """Spends at once."""
        return self.call("spend.charge", {"amount_msat": amount_msat}, key=new_key())

    def quote(self, amount_msat: int) -> Quote:
        """Says whether a charge would pass now, and changes nothing."""
        return self.call("spend.quote", {"amount_msat": amount_msat})

    def credential(
        self,
        service: str,
        capabilities: Optional[Sequence[str]] = None,
        ttl_s: Optional[int] = None,
    ) -> Credential:
        """Gives a credential for a service, and buys one if there is none."""
        members = {
            "service": service,
            "capabilities": None if capabilities is None else list(capabilities),
            "ttl_s": ttl_s,
        }
        return self.call("credential.request", members, key=new_key())

    def create_grant(self, **limits: Any) -> Grant:
        """Makes a grant below this one, or a top-level one; see ``grant.create``."""
        return self.call("grant.create", limits, key=new_key())

    def grant(self, node: Optional[str] = None) -> Dict[str, Any]:
        """Shows a grant: this one, or one below it."""
        return self.call("grant.get", {"node": node})

    def claim(self, name: Optional[str] = None) -> Grant:
        """Gets the grant that the policy has for this process, and acts at it from now on.

        No token is needed: the daemon asks the kernel who connected. It is the same grant each
        time; claim it again before ``valid_until``.
        """
        self.close()
        self._token = None
        grant = self.call("grant.claim", {"name": name})
        self.close()
        self._token = grant["token"]
        return grant

    # What operators do

    def follow_audit(
        self,
        after: Optional[int] = None,
        *,
        node: Optional[str] = None,
        actions: Optional[Sequence[str]] = None,
    ) -> Iterator[Dict[str, Any]]:
        """The events of the audit log, as they are committed; needs a connection of its own.

        Each is a dictionary with ``seq``, the parsed ``event`` and its ``hash``; one with
        ``count`` and ``after`` says that so many were left out, since they were read too slowly.
        """
        actions = None if actions is None else list(actions)
        self.call("audit.subscribe", {"after": after, "node": node, "actions": actions})
        self._stream().settimeout(None)
        try:
            while True:
                params = self._read_line()["params"]
                if "event" in params:
                    params["event"] = json.loads(params["event"])
                yield params
        finally:
            self.close()


def new_key() -> str:
    """A fresh idempotency key."""
    return secrets.token_hex(16)


def _wait_before_repeating(failure: PurserError, pause: float) -> Optional[float]:
    if isinstance(failure, Interrupted):
        return pause
    if isinstance(failure, Refused) and failure.reason in ("overloaded", "payment_pending"):
        return failure.retry_after or pause
    return None


def _usual_socket() -> str:
    base = os.environ.get("XDG_RUNTIME_DIR") or ("/run" if os.geteuid() == 0 else "")
    if not base.startswith("/"):
        raise Unreachable("set PURSER_SOCKET: there is no usual place for the socket")
    return f"{base}/purser/agents/purser.sock"


# Tokens. A grant token is `purser1_` and a macaroon in V2 binary, base64url without padding. Whoever
# holds one can append caveats: the new signature is the HMAC of the caveat under the old one.

_PREFIX = "purser1_"
_LONGEST_TOKEN = 16_384


def limits(
    *,
    name: Optional[str] = None,
    spend_msat: Optional[int] = None,
    per: Optional[Mapping[str, int]] = None,
    payment_msat: Optional[int] = None,
    services: Optional[Sequence[str]] = None,
    capabilities: Optional[Mapping[str, Sequence[str]]] = None,
    valid_until: Optional[int] = None,
    depth: Optional[int] = None,
) -> List[str]:
    """The caveats for these limits; ``per`` has one amount for each window, such as ``1h``."""
    caveats: List[str] = []
    if name is not None:
        caveats.append(f"name={name}")
    if spend_msat is not None:
        caveats.append(f"spend_msat={_amount(spend_msat)}")
    for window, amount in (per or {}).items():
        caveats.append(f"spend_msat={_amount(amount)}/{window}")
    if payment_msat is not None:
        caveats.append(f"payment_msat={_amount(payment_msat)}")
    if services is not None:
        caveats.append("services=" + ",".join(services))
    for service, names in (capabilities or {}).items():
        caveats.append(f"{service}_capabilities=" + ",".join(names))
    if valid_until is not None:
        caveats.append(f"valid_until={_amount(valid_until)}")
    if depth is not None:
        caveats.append(f"depth={_amount(depth)}")
    return caveats


def narrow(token: str, caveats: Sequence[str]) -> str:
    """A token for somebody else: a level of its own below ``token``'s, bound by ``caveats``.

    No daemon is asked, and none has to know: it meets the new grant when it first spends. What it
    spends counts against ``token``'s grant and every one above it as well.
    """
    body, signature = _split(token)
    for caveat in [f"grant={secrets.token_hex(16)}", *caveats]:
        text = caveat.encode()
        if not 0 < len(text) <= 0xFFFF or "=" not in caveat:
            raise TokenError("a caveat is condition=value")
        signature = hmac.new(signature, text, hashlib.sha256).digest()
        body += b"\x02" + _varint(len(text)) + text + b"\x00"
    narrowed = body + b"\x00" + b"\x06" + _varint(len(signature)) + signature
    text = _PREFIX + base64.urlsafe_b64encode(narrowed).rstrip(b"=").decode()
    if len(text) > _LONGEST_TOKEN:
        raise TokenError("the token would be too long")
    return text


def node_of(token: str, parent: Optional[str] = None) -> str:
    """The node id of the level that was opened last in ``token``, whose bearer ``parent`` is.

    With the token that ``narrow`` was given as ``parent`` the node of the new level can be worked
    out; without one, only that of a top-level grant.
    """
    caveats = _caveats(token)
    if parent is None:
        if any(caveat.startswith(b"grant=") for caveat in caveats):
            raise TokenError("give the token above: its signature makes the node")
        return _identifier(token)[9:25].hex()
    _, signature = _split(parent)
    known = _caveats(parent)
    if caveats[: len(known)] != known:
        raise TokenError("the token was not narrowed from that one")
    node = ""
    for caveat in caveats[len(known) :]:
        signature = hmac.new(signature, caveat, hashlib.sha256).digest()
        if caveat.startswith(b"grant="):
            node = hashlib.sha256(b"purser/node" + signature).digest()[:16].hex()
    if not node:
        raise TokenError("the token opens no level of its own")
    return node


def _amount(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_MSAT:
        raise TokenError("amounts are whole numbers from 0 to 2**53 - 1")
    return value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _bytes(token: str) -> bytes:
    if not token.startswith(_PREFIX) or len(token) > _LONGEST_TOKEN:
        raise TokenError("a grant token begins with purser1_")
    text = token[len(_PREFIX) :]
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise TokenError("the token is not base64url") from error


def _packets(data: bytes) -> Iterator[Tuple[int, bytes, int]]:
    """The packets of a V2 macaroon: type, contents, and where each begins; type 0 ends a section."""
    position = 1
    while position < len(data):
        start = position
        kind = data[position]
        position += 1
        if kind == 0:
            yield 0, b"", start
            continue
        length = shift = 0
        while True:
            if position >= len(data) or shift > 21:
                raise TokenError("the token is cut short")
            length |= (data[position] & 0x7F) << shift
            shift += 7
            position += 1
            if data[position - 1] < 0x80:
                break
        if position + length > len(data):
            raise TokenError("the token is cut short")
        yield kind, data[position : position + length], start
        position += length


def _split(token: str) -> Tuple[bytes, bytes]:
    """Everything before the end of the caveats, and the signature."""
    data = _bytes(token)
    packets = list(_packets(data))
    if data[:1] != b"\x02" or len(packets) < 4:
        raise TokenError("the token is no macaroon of version 2")
    (end, _, start), (kind, signature, _) = packets[-2:]
    if end != 0 or kind != 6 or len(signature) != 32:
        raise TokenError("the token has no signature")
    return data[:start], signature


def _identifier(token: str) -> bytes:
    _split(token)
    identifier = next((body for kind, body, _ in _packets(_bytes(token)) if kind == 2), b"")
    if len(identifier) != 25 or identifier[0] != 1:
        raise TokenError("the token is not one of purserd's")
    return identifier


def _caveats(token: str) -> List[bytes]:
    _split(token)
    return [body for kind, body, _ in _packets(_bytes(token)) if kind == 2][1:]
