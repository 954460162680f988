"""The demo: what it prints is what its README shows, and it leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from running_shop import wait_for

EXAMPLE = Path(__file__).resolve().parents[1]
DEMO = [sys.executable, "-W", "error", str(EXAMPLE / "demo.py")]


def environment(temporary: Path) -> dict[str, str]:
    variables = {name: text for name, text in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "SHOP_DATA")}
    return {**variables, "TMPDIR": str(temporary)}


def processes_of(temporary: Path) -> list[str]:
    """The site and the worker of a demo whose data is in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"SHOP_DATA={temporary}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_the_demo_prints_what_its_readme_shows(tmp_path: Path) -> None:
    finished = subprocess.run(DEMO, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
    (shown,) = re.findall(r"```text\n(.*?)```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert finished.stdout == shown
    assert max(map(len, shown.splitlines())) <= 100
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the processes of this system cannot be looked at")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_demo_that_is_interrupted_leaves_nothing_behind(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with subprocess.Popen(DEMO, env=environment(tmp_path), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout
        demo.stdout.readline()
        started = " ".join(processes_of(tmp_path))
        assert "runserver" in started
        assert "run_huey" in started
        demo.send_signal(number)
        demo.communicate(timeout=30)
    assert demo.returncode == status
    wait_for(lambda: not processes_of(tmp_path), "the processes to be gone")
    wait_for(lambda: not list(tmp_path.iterdir()), "the data folder to be gone")
