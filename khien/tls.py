"""TLS as every part of the platform speaks it: one place for versions, trust and names.

Between machines: TLS 1.3 only, both sides show a certificate of the own CA (reliability design, section 7). People's
browsers: TLS 1.2 or newer, no certificate. The listening half that reads the peer's name is `khien.listener`.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal

from khien.certificates import Identity
from khien.errors import KhienError


def server_context(identity: Identity, *, clients: Literal["required", "none"]) -> ssl.SSLContext:
    """Server side. `required`: machines (ingest, internal API), TLS 1.3 and a certificate of the own CA. `none`: browsers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_identity(context, identity)
    if clients == "required":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        _trust(context, identity.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        # A resumed session would skip the certificate, and with it the name that this connection is known by.
        context.num_tickets = 0
    return context


def client_context(identity: Identity) -> ssl.SSLContext:
    """Client side between machines: shows `identity`, trusts the own CA alone, checks the server's host name, TLS 1.3."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    _trust(context, identity.authority)
    load_identity(context, identity)
    return context


def load_identity(context: ssl.SSLContext, identity: Identity) -> None:
    """Show this certificate from the next handshake on: a renewed one needs no restart."""
    try:
        context.load_cert_chain(identity.certificate)
    except (OSError, ssl.SSLError) as error:
        raise KhienError("certificate.unreadable", path=str(identity.certificate), reason=_reason(error)) from error


def _trust(context: ssl.SSLContext, authority: Path) -> None:
    try:
        context.load_verify_locations(cafile=authority)
    except (OSError, ssl.SSLError) as error:
        raise KhienError("certificate.unreadable", path=str(authority), reason=_reason(error)) from error


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
