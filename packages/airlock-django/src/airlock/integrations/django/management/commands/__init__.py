"""The commands of airlock."""
