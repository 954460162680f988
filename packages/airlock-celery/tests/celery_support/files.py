"""Kombu's queue in a folder, for workers: none of them takes a message before it is written, and ends."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """Writes a message beside the queue, and moves it in as a whole."""

    data_folder_out = ""

    def _put(self, queue: str, payload: Any, **options: Any) -> None:
        folder = Path(self.data_folder_in)
        with TemporaryDirectory(dir=folder.parent) as self.data_folder_out:
            super()._put(queue, payload, **options)
            for file in Path(self.data_folder_out).iterdir():
                file.rename(folder / file.name)


class Transport(filesystem.Transport):
    """Has that channel."""

    Channel = Channel
