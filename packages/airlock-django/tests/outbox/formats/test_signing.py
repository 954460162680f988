"""An entry that was not written by this project, or was edited, is told from one that was."""

from hmac import digest
from typing import Any

import pytest
from django.test import override_settings

from airlock.integrations.django.outbox._signing import _message, is_signed, sign

ENTRY: dict[str, Any] = {
    "body": '[{"id": "1"}]',
    "version": 1,
    "audience": "shop",
    "alias": "default",
    "scope": "a" * 32,
    "part": 0,
}


def test_what_was_signed_is_known_again() -> None:
    assert is_signed(sign(**ENTRY), **ENTRY)
    assert len(sign(**ENTRY)) == 64


@pytest.mark.parametrize(
    "edited",
    # As long as what they stand for, since the lengths are signed too.
    [
        {"body": '[{"id": "2"}]'},
        {"version": 2},
        {"audience": "ship"},
        {"alias": "another"},
        {"scope": "b" * 32},
        {"part": 1},
    ],
    ids=str,
)
def test_whatever_was_edited_shows(edited: dict[str, Any]) -> None:
    assert not is_signed(sign(**ENTRY), **{**ENTRY, **edited})


@pytest.mark.parametrize("mac", ["", "0" * 64, "ä" * 64, "x"])
def test_what_is_no_signature_is_none(mac: str) -> None:
    assert not is_signed(mac, **ENTRY)


@pytest.mark.parametrize(("audience", "alias"), [("shopd", "efault"), ("", "shopdefault"), ("shopdefault", "")])
def test_nothing_can_be_moved_from_one_field_to_the_next(audience: str, alias: str) -> None:
    assert not is_signed(sign(**ENTRY), **{**ENTRY, "audience": audience, "alias": alias})


@override_settings(SECRET_KEY="old")
def test_a_new_key_takes_what_the_old_one_has_signed_as_long_as_that_is_a_fallback() -> None:
    mac = sign(**ENTRY)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert is_signed(mac, **ENTRY)
        assert sign(**ENTRY) != mac
    with override_settings(SECRET_KEY="new"):
        assert not is_signed(mac, **ENTRY)


def test_a_key_may_be_bytes() -> None:
    with override_settings(SECRET_KEY=b"bytes"):
        assert is_signed(sign(**ENTRY), **ENTRY)


@override_settings(SECRET_KEY="old")
def test_the_key_is_not_the_secret_key_itself() -> None:
    fields = {key: value for key, value in ENTRY.items() if key != "body"}
    message = _message(ENTRY["body"], **fields)
    assert sign(**ENTRY) != digest(b"old", message, "sha256").hex()
