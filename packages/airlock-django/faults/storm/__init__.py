"""A Django project that is killed, stopped and cut off while it works."""
