"""How a request reached us: whether a browser runs the phone's half there, and whether a password may travel so."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from flask import Request


def is_secure_context(request: Request) -> bool:
    """True behind https and on localhost: only there do browsers give a page a service worker."""
    return request.is_secure or _is_local_name(request)


def may_carry_password(request: Request) -> bool:
    """True for https, and for plain http that never leaves this machine (name and sender both)."""
    return request.is_secure or (_is_local_name(request) and _address(request).is_loopback)


def address_key(request: Request) -> str:
    """What rate limits count by: the IPv4 address, or the /64 that one IPv6 subscriber commands."""
    address = _address(request)
    if isinstance(address, IPv6Address):
        return address.exploded[:19]
    return str(address)


def _is_local_name(request: Request) -> bool:
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return name in {"localhost", "127.0.0.1", "[::1]"} or name.endswith(".localhost")


def _address(request: Request):
    try:
        address = ip_address(request.remote_addr or "0.0.0.0")
    except ValueError:  # a Unix socket has no address
        return ip_address("0.0.0.0")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
