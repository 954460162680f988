"""Tests that say what was sent: everything is recorded, nothing is dispatched."""

from airlock.testing._capture import capture
from airlock.testing._dropped import Dropped
from airlock.testing._errors import EffectsAssertionError
from airlock.testing._recording import Recording
from airlock.testing._unittest import AirlockAssertions

__all__ = ["AirlockAssertions", "Dropped", "EffectsAssertionError", "Recording", "capture"]
