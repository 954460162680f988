"""What an assertion on a recording raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock import AirlockError

if TYPE_CHECKING:
    from airlock.testing._recording import Recording


class EffectsAssertionError(AirlockError, AssertionError):
    """What was recorded is not what a test expects.

    Attributes:
        recording: What was recorded, `None` after pickling.
    """

    __module__ = "airlock.testing"
    _stay_behind = (*AirlockError._stay_behind, "recording")

    def __init__(self, message: str, *, recording: Recording, task: object = None) -> None:
        super().__init__(message, task=task)
        self.recording: Recording | None = recording
