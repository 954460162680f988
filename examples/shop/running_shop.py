"""The shop as it runs in earnest: a site, a worker, and a customer with a browser's manners, each on its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Self, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

HERE = Path(__file__).resolve().parent
PATIENCE = 30
T = TypeVar("T")


class RunningShop:
    """A shop on a free port of this machine, with a data folder of its own; all of it is gone afterwards."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.data = Path(stack.enter_context(TemporaryDirectory(prefix="shop-")))
            self.environment = {**os.environ, "SHOP_DATA": str(self.data), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
            self.manage("migrate", "--verbosity", "0")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def manage(self, *arguments: str) -> str:
        """Run a command of the project to its end, and return what it printed."""
        with ExitStack() as stack:
            process = self._start(stack, arguments, subprocess.PIPE)
            printed = process.communicate()[0].decode()
        if process.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed\n{printed}")
        return printed

    def start_site(self) -> "Customer":
        """Start the site and return a customer who visits it."""
        log = self._start_service("runserver", "--noreload", "127.0.0.1:0")
        address = wait_for(lambda: re.search(r"at (http://127\.0\.0\.1:\d+)/", log.read_text()), "the site", log)
        return Customer(address[1])

    def start_worker(self) -> None:
        """Start the worker, which takes tasks from the queue."""
        self._start_service("run_huey")

    def _start_service(self, command: str, *arguments: str) -> Path:
        log = self.data / f"{command}.log"
        self._start(self._stack, [command, *arguments], self._stack.enter_context(log.open("wb")))
        return log

    def _start(self, stack: ExitStack, arguments: Sequence[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command of the project that ends, at the latest, with the stack."""
        # A process that has been started, and is not on the stack yet, would be left behind.
        with _postponed_signals():
            process = subprocess.Popen(
                [sys.executable, str(HERE / "manage.py"), *arguments],
                cwd=HERE,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Not in this terminal's process group: Ctrl-C ends this program, which then ends it.
                start_new_session=True,
            )
            stack.enter_context(process)
            stack.callback(_stop, process)
        return process


class Customer:
    """Visits pages and sends forms, with cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._cookies = CookieJar()
        # A proxy that the environment names is not meant for this machine.
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self._cookies))

    def get(self, path: str) -> int:
        """Visit a page and return the status."""
        return self._open(path)

    def post(self, path: str, **fields: object) -> int:
        """Send a form and return the status of the page that it leads to."""
        token = next(cookie.value for cookie in self._cookies if cookie.name == "csrftoken")
        return self._open(path, urlencode({**fields, "csrfmiddlewaretoken": token}).encode())

    def _open(self, path: str, data: bytes | None = None) -> int:
        try:
            with self._opener.open(self.address + path, data, timeout=PATIENCE) as response:
                return int(response.status)
        except HTTPError as error:
            with error:
                return error.code


def wait_for(condition: Callable[[], T | None], what: str, log: Path | None = None) -> T:
    """Return what a condition gives as soon as it gives something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise TimeoutError(f"waited {PATIENCE} seconds for {what}\n{log.read_text() if log else ''}")


@contextmanager
def _postponed_signals() -> Generator[None, None, None]:
    received: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in received:
            signal.raise_signal(number)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
