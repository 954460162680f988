"""Workers run in processes of their own, and none is left behind."""

import os
import signal
from pathlib import Path
from time import monotonic

import pytest
from airlock_conformance.workers import wait_until, worker_process

SLEEPS = (
    "import signal, sys; signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()"
)
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


def wait_for(log: Path, workers: int = 1) -> None:
    """Wait until workers have said that they are up."""
    assert wait_until(lambda: log.read_text().count("up") >= workers)


def test_a_worker_runs_while_inside_and_is_ended_by_the_signal(tmp_path):
    with worker_process("-c", SLEEPS, log=tmp_path / "log", stop=signal.SIGINT) as process:
        wait_for(tmp_path / "log")
        assert process.poll() is None
    assert process.returncode == 7


def test_one_that_does_not_listen_is_killed_and_so_is_what_it_has_started(tmp_path):
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); {STUBBORN}"
    with worker_process("-c", program, log=tmp_path / "log", patience=0.1) as process:
        wait_for(tmp_path / "log", workers=2)
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        wait_until(lambda: os.killpg(process.pid, 0))


def test_one_that_has_ended_by_itself_fails_the_test():
    with pytest.raises(AssertionError, match="the worker has ended by itself, with code 3"):
        with worker_process("-c", "raise SystemExit(3)") as process:
            process.wait()


def test_one_that_may_end_does_not():
    with worker_process("-c", "pass", may_end=True) as process:
        process.wait()


def test_a_worker_finds_modules_and_variables(tmp_path):
    (tmp_path / "shop.py").write_text("import os\nprint(os.environ['SHOP'], flush=True)\n")
    with worker_process(
        "-m", "shop", folder=tmp_path, environment={"SHOP": "open"}, log=tmp_path / "log", may_end=True
    ) as process:
        process.wait()
    assert (tmp_path / "log").read_text() == "open\n"


def test_waiting_ends_when_the_condition_holds():
    answers = iter([0, None, "found", "never asked"])
    assert wait_until(lambda: next(answers)) == "found"


def test_waiting_ends_when_patience_does():
    begun = monotonic()
    assert wait_until(list, patience=0.1) == []
    assert monotonic() - begun >= 0.1
