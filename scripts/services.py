"""Start, stop and show the servers that the tests need, on loopback, as instances of this checkout.

Each listens where its variable says, or else where the tests look for it, and keeps its data under `.tools/services`.
What is missing is installed with apt-get, where that is allowed, without starting the instances of the distribution.
"""

import argparse
import sys
import time

from service_definitions import SERVICES, Service, forget_folder
from service_packages import Missing, install
from service_processes import Process

LOOPBACK = {"127.0.0.1", "localhost"}
PATIENCE = 90


def start(services: list[Service]) -> bool:
    """Start what does not answer yet, and wait until everything does."""
    needed = [service for service in services if not service.is_up()]
    for service in services:
        if service not in needed:
            whose = "started earlier" if service.processes() else "not of this checkout, left alone"
            print(f"{service.name}: already answers on {service.host}:{service.port}, {whose}")
    elsewhere = [service for service in needed if service.host not in LOOPBACK]
    for service in elsewhere:
        print(f"{service.name}: {service.variable} names {service.host}:{service.port}, which does not answer")
    needed = [service for service in needed if service not in elsewhere]
    try:
        install({service.name: (service.programs, service.packages) for service in needed})
    except Missing as error:
        print(f"error: {error}", file=sys.stderr)
        return False
    started = {service.name: launch(service) for service in needed}
    ready = [wait_for(service, started[service.name]) for service in needed]
    return all(ready) and not elsewhere


def launch(service: Service) -> list[Process]:
    """Start one server, after what may be left of it."""
    for process in service.processes():
        process.stop()
    service.folder.mkdir(parents=True, exist_ok=True)
    return service.launch(service)


def wait_for(service: Service, processes: list[Process]) -> bool:
    """Wait until the server answers, and show the end of its log if it never does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if service.is_up():
            print(f"{service.name}: started on 127.0.0.1:{service.port}, process {processes[-1].pid}")
            return True
        if not processes[-1].is_running():
            break
        time.sleep(0.1)
    print(f"error: {service.name} does not answer on port {service.port}; {processes[-1].log} ends", file=sys.stderr)
    print("\n".join(processes[-1].log.read_text(errors="replace").splitlines()[-20:]), file=sys.stderr)
    return False


def stop(services: list[Service]) -> bool:
    """End what this checkout has started, and nothing else."""
    for service in services:
        processes = service.processes()
        for process in reversed(processes):
            process.stop()
        forget_folder(service.folder)
        if processes:
            print(f"{service.name}: stopped")
        else:
            print(f"{service.name}: this checkout has none running")
    return True


def status(services: list[Service]) -> bool:
    """Say which servers answer."""
    up = {service.name: service.is_up() for service in services}
    for service in services:
        whose = "of this checkout" if service.processes() else "not of this checkout"
        print(f"{service.name}: {f'answers, {whose}' if up[service.name] else 'does not answer'} ({service.url})")
    return all(up.values())


def main() -> int:
    """Do what was asked for and return 0 if every server is as wanted."""
    verbs = {"start": start, "status": status, "stop": stop}
    parser = argparse.ArgumentParser(
        prog="scripts/services", description="Start, stop and show the servers of the tests."
    )
    parser.add_argument("verb", choices=verbs)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(service.name for service in SERVICES))
    arguments = parser.parse_args()
    unknown = set(arguments.names) - {service.name for service in SERVICES}
    if unknown:
        parser.error(f"there is no service called {', '.join(sorted(unknown))}")
    services = [service for service in SERVICES if not arguments.names or service.name in arguments.names]
    done = verbs[arguments.verb](services)
    if arguments.verb == "start" and done:
        for service in services:
            print(f"export {service.variable}={service.url}")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
