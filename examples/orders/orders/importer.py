"""Reading a file of orders: every order is a scope of its own, inside the one that the caller puts around the file."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import airlock

from .shop import FIELDS, MalformedOrder, Order


class UnreadableFile(Exception):
    """The file as a whole makes no sense, so that none of its rows can be trusted."""


def import_orders(path: Path, *, skip_malformed: bool) -> None:
    for line, cells in _rows(path):
        try:
            with airlock.scope():
                order = Order.from_cells(cells)
                if order.is_refund:
                    order.refund()
                else:
                    order.place()
        except MalformedOrder as error:
            problem = f"{path}, line {line}, {error}"
            if not skip_malformed:
                raise MalformedOrder(problem) from error
            print(f"skipped: {problem}", file=sys.stderr)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row below the header, with the line it begins in."""
    line = 1
    try:
        with path.open("rb") as file:
            # Decoded line by line, so that the error can say which line is not UTF-8.
            rows = csv.reader((text.decode("utf-8-sig") for text in file), strict=True)
            header = ",".join(next(rows, []))
            if header != ",".join(FIELDS):
                raise UnreadableFile(f"{path}, line 1, header: {header!r:.60} is not {','.join(FIELDS)}")
            line = rows.line_num + 1
            for cells in rows:
                if cells:
                    yield line, cells
                line = rows.line_num + 1
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}, line {line}: not UTF-8 ({error.reason})") from error
    except csv.Error as error:
        raise UnreadableFile(f"{path}, line {line}: {error}") from error
