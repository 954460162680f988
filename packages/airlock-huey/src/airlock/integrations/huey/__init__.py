"""Huey tasks as units of work."""

from airlock.integrations.huey._install import install, uninstall

__all__ = ["install", "uninstall"]
