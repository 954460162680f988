"""`scripts/services` starts what is missing, stops what it started, and leaves everything else alone."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"

# Enough of Redis to be asked for a sign of life; like the real one it refuses while it loads.
REDIS = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1]))) as server:
    for answer in [b"-LOADING", *[b"+PONG"] * 1000]:
        connection, _ = server.accept()
        with connection:
            connection.recv(100)
            connection.sendall(answer)
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Checkout:
    """A checkout on a machine whose PATH holds what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.scripts = folder / "scripts"
        self.scripts.mkdir()
        for file in SCRIPTS.glob("service*.py"):
            shutil.copy(file, self.scripts)
        self.commands = folder / "bin"
        self.commands.mkdir()
        self.started = folder / ".tools" / "services" / "redis" / "redis-server.started"
        self.port = free_port()

    def add(self, name: str, program: str) -> None:
        """Put a Python program on PATH."""
        command = self.commands / name
        command.write_text(f"#!{sys.executable}\n{program}")
        command.chmod(0o755)

    def run(self, *arguments: str, host: str = "127.0.0.1") -> tuple[int, str]:
        """Run the script and return its exit code and what it printed."""
        environment = {"PATH": str(self.commands), "AIRLOCK_TEST_REDIS_URL": f"redis://{host}:{self.port}/0"}
        command = [sys.executable, self.scripts / "services.py", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout on a machine that has Redis."""
    checkout = Checkout(tmp_path)
    checkout.add("redis-server", REDIS)
    yield checkout
    checkout.run("stop")


def test_a_server_is_started_and_waited_for(machine: Checkout) -> None:
    code, output = machine.run("start", "redis")

    assert code == 0, output
    assert f"redis: started on 127.0.0.1:{machine.port}" in output


def test_where_a_server_listens_can_be_read_by_a_shell(machine: Checkout) -> None:
    _, output = machine.run("start", "redis")

    assert output.splitlines()[-1] == f"export AIRLOCK_TEST_REDIS_URL=redis://127.0.0.1:{machine.port}/0"


def test_a_second_start_starts_nothing(machine: Checkout) -> None:
    machine.run("start", "redis")
    first = machine.started.read_text()

    code, output = machine.run("start", "redis")

    assert (code, machine.started.read_text()) == (0, first), output
    assert "already answers" in output
    assert "started earlier" in output


def test_the_status_says_whether_a_server_answers(machine: Checkout) -> None:
    before = machine.run("status", "redis")
    machine.run("start", "redis")
    after = machine.run("status", "redis")

    assert (before[0], "redis: does not answer" in before[1]) == (1, True), before
    assert (after[0], "redis: answers, of this checkout" in after[1]) == (0, True), after


def test_what_was_started_is_stopped(machine: Checkout) -> None:
    machine.run("start", "redis")

    assert machine.run("stop", "redis") == (0, "redis: stopped\n")
    assert machine.run("status", "redis")[0] == 1


def test_a_server_of_somebody_else_is_used_and_left_alone(machine: Checkout) -> None:
    command = [sys.executable, machine.commands / "redis-server", "--port", str(machine.port)]
    with subprocess.Popen(command) as foreign:
        try:
            while machine.run("status", "redis")[0]:
                assert foreign.poll() is None
            started = machine.run("start", "redis")
            stopped = machine.run("stop", "redis")
            still = foreign.poll()
        finally:
            foreign.kill()

    assert (started[0], "not of this checkout, left alone" in started[1]) == (0, True), started
    assert (stopped, still) == ((0, "redis: this checkout has none running\n"), None)


def test_a_number_that_now_belongs_to_another_process_is_no_reason_to_end_that(machine: Checkout) -> None:
    machine.run("start", "redis")
    pid, began = machine.started.read_text().split()
    os.kill(int(pid), signal.SIGKILL)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as other:
        machine.started.write_text(f"{other.pid} {began}\n")

        stopped = machine.run("stop", "redis")
        still = other.poll()

    assert (stopped, still) == ((0, "redis: this checkout has none running\n"), None)


def test_a_server_that_ends_at_once_is_told_with_the_end_of_its_log(machine: Checkout) -> None:
    machine.add("redis-server", "raise SystemExit('the port is taken')")

    code, output = machine.run("start", "redis")

    assert (code, "redis does not answer" in output, "the port is taken" in output) == (1, True, True), output


def test_a_server_elsewhere_is_not_started_here(machine: Checkout) -> None:
    code, output = machine.run("start", "redis", host="redis.invalid")

    assert code == 1
    assert f"AIRLOCK_TEST_REDIS_URL names redis.invalid:{machine.port}, which does not answer" in output


def test_a_machine_without_the_program_and_apt_get_is_told_so(machine: Checkout) -> None:
    (machine.commands / "redis-server").unlink()

    code, output = machine.run("start", "redis")

    assert (code, "redis-server must be installed, which needs apt-get and root" in output) == (1, True), output


def test_an_unknown_server_is_refused(machine: Checkout) -> None:
    code, output = machine.run("start", "mongo")

    assert (code, "there is no service called mongo" in output) == (2, True), output


def test_packages_are_installed_while_debian_may_start_nothing(machine: Checkout) -> None:
    machine.add(
        "apt-get", "import pathlib, sys; print(sys.argv[2:], pathlib.Path('policy').exists(), file=open('log', 'a'))"
    )
    program = """
import os, pathlib, service_packages
os.geteuid = lambda: 0
wanted = {"redis": (("no-such-program",), ("redis-server",)), "other": (("apt-get",), ("never",))}
service_packages.install(wanted, policy=pathlib.Path("policy"))
"""
    environment = {"PATH": str(machine.commands), "PYTHONPATH": str(machine.scripts)}
    folder = machine.commands.parent

    subprocess.run([sys.executable, "-c", program], env=environment, cwd=folder, check=True, capture_output=True)

    assert (folder / "log").read_text().splitlines() == [
        "['update'] True",
        "['install', '--yes', '--no-install-recommends', 'redis-server'] True",
    ]
    assert not (folder / "policy").exists()


@pytest.mark.server
def test_every_server_that_the_tests_look_for_answers() -> None:
    command = [sys.executable, SCRIPTS / "services.py", "status"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"`make services` starts them: {done.stdout}")

    assert done.stdout.count(": answers") == 4
