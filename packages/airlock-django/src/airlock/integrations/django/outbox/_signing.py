"""The signature of an entry: whoever can write to the table cannot make a relay run something.

It is an HMAC with a key that is made from SECRET_KEY; those in SECRET_KEY_FALLBACKS are taken for reading.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Final

from django.conf import settings

_SALT: Final = b"airlock.integrations.django.outbox"


def sign(body: str, *, version: int, audience: str, alias: str, scope: str, part: int) -> str:
    """Return the signature of an entry, in hexadecimal digits.

    Arguments:
        body: The intents, as JSON.
        version: The format of the body.
        audience: Which installation is meant.
        alias: The alias of the database.
        scope: The scope, in hexadecimal digits.
        part: Which part of what the scope recorded.
    """
    return _signature(settings.SECRET_KEY, _message(body, version, audience, alias, scope, part))


def is_signed(mac: str, body: str, *, version: int, audience: str, alias: str, scope: str, part: int) -> bool:
    """Return whether a signature is that of `sign()` with the same arguments, by any of the keys."""
    message = _message(body, version, audience, alias, scope, part)
    # No text is compared that is not ASCII, and no signature has any.
    if not mac.isascii():
        return False
    if hmac.compare_digest(_signature(settings.SECRET_KEY, message), mac):
        return True
    return any(hmac.compare_digest(_signature(secret, message), mac) for secret in settings.SECRET_KEY_FALLBACKS)


def _message(body: str, version: int, audience: str, alias: str, scope: str, part: int) -> bytes:
    # With their lengths, so that no two entries have the same message.
    lengths = f"{version} {part} {len(audience)} {len(alias)} {len(scope)}"
    return f"{lengths}\n{audience}{alias}{scope}{body}".encode(errors="surrogatepass")


def _signature(secret: str | bytes, message: bytes) -> str:
    signature = _keyed(secret).copy()
    signature.update(message)
    return signature.hexdigest()


@lru_cache(maxsize=16)
def _keyed(secret: str | bytes) -> hmac.HMAC:
    """Return an HMAC that has its key and nothing to sign yet, which is most of what a short text takes."""
    key = sha256(_SALT + b"\0" + (secret.encode() if isinstance(secret, str) else secret)).digest()
    return hmac.new(key, digestmod=sha256)
