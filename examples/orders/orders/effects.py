"""What reaches the world: plain functions of plain values that know nothing of airlock.

Each call leaves its trace whole or not at all.
"""

import csv
import io
import json
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

_directory: Path | None = None


def write_to(directory: Path) -> None:
    """Say once where receipts, pick list and audit log belong."""
    global _directory
    _directory = directory


def send_receipt(number: str, customer: str, email: str, total: str) -> None:
    message = EmailMessage()
    message["From"] = Address("The Shop", addr_spec="shop@example.com")
    message["To"] = Address(customer, addr_spec=email)
    message["Subject"] = f"Receipt for {number}"
    message.set_content(f"Dear {customer},\n\nthe total of your order {number} is {total}.\n")
    partial = _place("receipts", f".{number}.partial")
    try:
        partial.write_bytes(bytes(message))
        partial.rename(_free_name(partial.parent, number))
    finally:
        partial.unlink(missing_ok=True)


def pick(number: str, product: str, quantity: int, city: str) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([number, product, quantity, city])
    _append("pick-list.csv", line.getvalue())


def write_audit(date: str, event: str, number: str, total: str) -> None:
    entry = {"date": date, "event": event, "number": number, "total": total}
    _append("audit.jsonl", json.dumps(entry) + "\n")


def _place(*names: str) -> Path:
    if _directory is None:
        raise RuntimeError("call write_to() first")
    path = _directory.joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _free_name(folder: Path, number: str) -> Path:
    # A customer who is sent two receipts finds two mails, not only the second one.
    path, copy = folder / f"{number}.eml", 1
    while path.exists():
        copy += 1
        path = folder / f"{number}-{copy}.eml"
    return path


def _append(name: str, line: str) -> None:
    # A buffer might cut the line in two; this is one write of the whole of it.
    with _place(name).open("ab", buffering=0) as file:
        file.write(line.encode())
