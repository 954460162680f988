"""Modules that a setting names."""
