"""The channel to other programs: one signed POST, to an address that may be spoken to.

Signed as standardwebhooks.com says: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is `v1,` and the
base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`; while a secret is being changed one signature for each, with a
blank between.

Whoever may name an address must not make this server speak to its own network: the name is looked up once, every
address it has is judged, and the connection goes to the one that was judged. Redirects are not followed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

from notifications.sending import NotSent

SECRET_PREFIX = "whsec_"
CONNECT_SECONDS = 5.0
#: After so long the line is cut, however busy the other side seems.
WHOLE_SECONDS = 15.0
MOST_URL = 500
#: IPv6 addresses of translators, with an IPv4 address in their last 32 bits.
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_V4_COMPATIBLE = ip_network("::/96")


class BadAddress(NotSent):
    """The address is none, or may not be spoken to."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a webhook goes: the parts of its URL."""

    scheme: str
    host: str
    port: int
    path: str


def fresh_secret() -> str:
    """A secret as both sides keep it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,…` of one secret."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def read_address(url: str, *, private: bool) -> Address:
    """The parts of a URL. Raises BadAddress. `private`: plain http is fine, too."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a bracket that does not close, a port that is no number
        raise BadAddress("bad_url") from None
    host = parts.hostname or ""
    plain_text = url.isascii() and url.isprintable() and " " not in url
    if not plain_text or len(url) > MOST_URL or parts.scheme not in ("https", "http") or not host:
        raise BadAddress("bad_url")
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise BadAddress("bad_url")
    if parts.scheme == "http" and not private:
        raise BadAddress("https_required")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def resolve(address: Address, *, private: bool) -> str:
    """An IP address to connect to. Raises BadAddress when any that the name has may not be spoken to."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("no_such_host") from None
    numbers = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not private and not all(is_public(number) for number in numbers):
        raise BadAddress("private_address")
    return numbers[0]


def is_public(number: str) -> bool:
    """True for an address of the public internet; an IPv4 address inside an IPv6 address is judged by itself."""
    try:
        address = ip_address(number.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in net for net in _NAT64) or address in _V4_COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def post(url: str, message_id: str, body: bytes, secrets_of_it: Sequence[str], now: datetime, *, private: bool) -> None:
    """Send it. Raises NotSent: the name of what went wrong, `http_500` for an answer that is no success."""
    address = read_address(url, private=private)
    number = resolve(address, private=private)
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Doorstep",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(each, message_id, timestamp, body) for each in secrets_of_it),
    }
    try:
        status = _spoken(_Line(address, number), address.path, body, headers)
    except ssl.SSLError:
        raise NotSent("tls") from None
    except TimeoutError:
        raise NotSent("timeout") from None
    except (OSError, http.client.HTTPException):
        raise NotSent("no_answer") from None
    if not 200 <= status < 300:
        raise NotSent(f"http_{status}")


def _spoken(line: _Line, path: str, body: bytes, headers: dict[str, str]) -> int:
    cut = Timer(WHOLE_SECONDS, line.cut)
    cut.daemon = True
    cut.start()
    try:
        line.request("POST", path, body, headers)
        return line.getresponse().status
    finally:
        cut.cancel()
        line.close()


class _Line(http.client.HTTPConnection):
    """A connection to the address that was judged, which says the name in the certificate and in the Host header."""

    def __init__(self, address: Address, number: str):
        super().__init__(address.host, address.port, timeout=CONNECT_SECONDS)
        self._secure, self._number = address.scheme == "https", number
        # http.client leaves the port out of the Host header only where it is its own default.
        self.default_port = 443 if self._secure else 80

    def connect(self) -> None:
        self.sock = socket.create_connection((self._number, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread: whoever waits for an answer gets none."""
        if self.sock is not None:
            with contextlib.suppress(OSError):  # closed meanwhile
                self.sock.shutdown(socket.SHUT_RDWR)
