"""Find the programs of the servers, and install those that are missing with apt-get."""

import os
import shutil
import subprocess
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


class Missing(Exception):
    """A program is not there and cannot be installed from here."""


def locate(program: str) -> str | None:
    """Return the path of a program."""
    # Debian keeps some of them off PATH, or puts a wrapper there that insists on an instance of its own.
    folders = ["/usr/lib/rabbitmq/bin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    return shutil.which(program, path=os.pathsep.join([*folders, os.environ.get("PATH", os.defpath), "/usr/sbin"]))


def find_program(program: str) -> str:
    """Return the path of a program that must be there by now."""
    found = locate(program)
    if not found:
        raise Missing(f"{program} is not on this machine")
    return found


def install(wanted: dict[str, tuple[tuple[str, ...], tuple[str, ...]]], policy: Path = POLICY) -> None:
    """Install the packages of each service, given as programs and packages, that lacks a program.

    While `policy` says no, Debian's packages start nothing.
    """
    packages = [
        package for programs, packages in wanted.values() if not all(map(locate, programs)) for package in packages
    ]
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"{', '.join(packages)} must be installed, which needs apt-get and root; or name servers by URL")
    print(
        f"installing {', '.join(packages)} with apt-get, without starting the instances of the distribution", flush=True
    )
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", "-qq", *command], env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise Missing(f"apt-get {' '.join(command)} failed\n{done.stdout}{done.stderr}")
    finally:
        if ours:
            policy.unlink()
