"""Processes that are killed, stopped and started again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from storm.database import count_pending

LEASE = 1.5
"""That of the settings, in seconds."""
PATIENCE = 120
HERE = Path(__file__).resolve().parents[1]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a child."""
    return {
        **os.environ,
        **variables,
        "DJANGO_SETTINGS_MODULE": "storm.settings",
        "PYTHONPATH": str(HERE),
        "PYTHONWARNINGS": "error",
    }


def manage(variables: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command of the project."""
    return subprocess.Popen([sys.executable, "-m", "django", *arguments], env=environment(variables))


class Child:
    """A process that comes back when it is killed."""

    def __init__(self, variables: Mapping[str, str], *arguments: str) -> None:
        self._variables, self._arguments = variables, arguments
        self._process = manage(variables, *arguments)
        self._wakes: float | None = None

    def kill(self) -> None:
        """Kill it, stopped or not, and start another."""
        self._process.kill()
        self._process.wait()
        self._wakes = None
        self._process = manage(self._variables, *self._arguments)

    def stop(self, seconds: float) -> None:
        """Let it sleep without its knowledge, until `tick()` finds that the time has come."""
        if self._wakes is None:
            self._process.send_signal(signal.SIGSTOP)
            self._wakes = time.monotonic() + seconds

    def tick(self) -> None:
        """Wake it if it is time, and make sure that it did not end by itself."""
        if self._wakes is not None and time.monotonic() >= self._wakes:
            self.wake()
        if self._process.poll() is not None:
            raise RuntimeError(f"{' '.join(self._arguments)} ended by itself with {self._process.returncode}")

    def wake(self) -> None:
        """Go on."""
        self._process.send_signal(signal.SIGCONT)
        self._wakes = None

    def end(self) -> None:
        """Ask it to end, and expect it to do so."""
        self.wake()
        self._process.terminate()
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        # One that has only just been started does not listen yet.
        if code not in (0, -signal.SIGTERM):
            raise RuntimeError(f"{' '.join(self._arguments)} ended with {code}")

    def kill_for_good(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Weather:
    """Kills and stops children at random.

    Arguments:
        chance: Where chance comes from.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.kills = self.stops = 0

    def strike(self, children: list[Child]) -> None:
        """Kill one of them, or stop it for longer than its lease."""
        child = self._chance.choice(children)
        if self._chance.random() < 0.6:
            child.kill()
            self.kills += 1
        else:
            child.stop(LEASE * self._chance.uniform(1.1, 2))
            self.stops += 1

    def pause(self) -> float:
        """Return how long to wait for the next strike, in seconds."""
        return self._chance.uniform(0.3, 2.5)

    def __str__(self) -> str:
        return f"{self.kills} kills, {self.stops} stops"


def rage(variables: Mapping[str, str], seed: str, seconds: float, weather: Weather) -> None:
    """Run producers and relays, and let the weather have them; then let them finish in peace."""
    producers = [Child(variables, "produce", "--seed", f"{seed} {number}") for number in range(2)]
    relays = [Child(variables, "airlock_relay") for _ in range(3)]
    children = producers + relays
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(weather.pause())
            for child in children:
                child.tick()
            weather.strike(children)
        for child in children:
            child.wake()
        for child in producers:
            child.end()
        wait_until(lambda: not count_pending())
        for child in relays:
            child.end()
    finally:
        for child in children:
            child.kill_for_good()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, but not for ever: what is left over then is counted."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
