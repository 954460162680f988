"""The servers: where each is looked for, what it is made of, and how it is started."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from service_packages import find_program
from service_processes import Process, run_as
from service_protocols import amqp_answers, mariadb_answers, postgres_answers, redis_answers

FOLDER = Path(__file__).resolve().parent.parent / ".tools" / "services"


@dataclass(frozen=True)
class Service:
    """One server: where it is looked for, what it is made of, and how it is started in its folder."""

    name: str
    variable: str
    default: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]
    answers: Callable[[str, int], bool]
    launch: Callable[["Service"], list[Process]]

    @property
    def url(self) -> str:
        """Where the tests look for it."""
        return os.environ.get(self.variable) or self.default

    @property
    def host(self) -> str:
        """The host of its URL."""
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        """The port of its URL."""
        port = urlsplit(self.url).port or urlsplit(self.default).port
        assert port is not None
        return port

    @property
    def folder(self) -> Path:
        """Where it keeps what it writes."""
        return FOLDER / self.name

    def is_up(self) -> bool:
        """Whether it answers in its own protocol."""
        try:
            return self.answers(self.host, self.port)
        except OSError:
            return False

    def processes(self) -> list[Process]:
        """What this checkout has started for it and still runs."""
        processes = [Process(file) for file in sorted(self.folder.glob("*.started"))]
        return [process for process in processes if process.is_running()]


def launch_redis(service: Service) -> list[Process]:
    """Nothing is written to disk: a test run needs nothing from the one before."""
    command = [find_program("redis-server"), "--bind", "127.0.0.1", "--port", str(service.port)]
    command += ["--dir", str(service.folder), "--save", "", "--appendonly", "no", "--daemonize", "no"]
    return [Process.start(service.folder / "redis-server.started", command)]


def launch_rabbitmq(service: Service) -> list[Process]:
    """Beside the broker its name server, which would else be a daemon for the whole machine."""
    folder = service.folder
    names = service.port + 10
    settings = {
        "rabbitmq.conf": "loopback_users.guest = true\ndisk_free_limit.absolute = 50MB\n",
        "rabbitmq-env.conf": "",
        "enabled_plugins": "[].\n",
    }
    for file, text in settings.items():
        (folder / file).write_text(text)
    environment = {
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(names),
        "HOME": str(folder),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_DIST_PORT": str(service.port + 20),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder),
        "RABBITMQ_NODENAME": f"airlock{service.port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(service.port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
    epmd = [find_program("epmd"), "-address", "127.0.0.1", "-port", str(names)]
    broker = [find_program("rabbitmq-server")]
    return [
        Process.start(folder / "epmd.started", epmd),
        Process.start(folder / "rabbitmq-server.started", broker, environment=environment),
    ]


def launch_postgres(service: Service) -> list[Process]:
    """PostgreSQL refuses to run as root, so there it runs as the user that its package has made."""
    user = unprivileged("postgres")
    data = reachable_folder(service.folder, user) / "data"
    if not (data / "PG_VERSION").exists():
        command = [find_program("initdb"), "--pgdata", str(data), "--username", "postgres"]
        prepare(user, data, [*command, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"])
    command = [*run_as(user), find_program("postgres"), "-D", str(data), "-p", str(service.port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
    return [Process.start(service.folder / "postgres.started", command, folder=data.parent)]


def launch_mariadb(service: Service) -> list[Process]:
    """Root needs no password from this machine; nothing waits for the disk, since no test pulls the plug."""
    user = unprivileged("mysql")
    data = reachable_folder(service.folder, user) / "data"
    if not (data / "mysql").exists():
        command = [find_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        prepare(user, data, [*command, "--auth-root-authentication-method=normal", "--skip-name-resolve"])
    command = [*run_as(user), find_program("mariadbd"), "--no-defaults", f"--datadir={data}"]
    # The path of a socket may not be long, so it is given from within the data.
    command += ["--socket=mariadb.sock", "--pid-file=mariadb.pid", f"--port={service.port}"]
    command += ["--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200"]
    command += ["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]
    return [Process.start(service.folder / "mariadbd.started", command, folder=data.parent)]


def unprivileged(package_user: str) -> str:
    """Return who a server runs as that refuses to be root: the user that its package has made, or else we."""
    return package_user if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def prepare(user: str, data: Path, command: list[str]) -> None:
    """Run what makes the first data of a server, as its user."""
    done = subprocess.run([*run_as(user), *command], capture_output=True, text=True, check=False, cwd=data.parent)
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise SystemExit(f"error: {' '.join(command)}\n{done.stdout}{done.stderr}")


def reachable_folder(folder: Path, user: str) -> Path:
    """Return a folder that `user` may write to: a checkout may lie in one that only its owner may enter."""
    note = folder / "folder.txt"
    if note.exists() and Path(note.read_text()).is_dir():
        return Path(note.read_text())
    own = folder / "owned"
    own.mkdir(exist_ok=True)
    shutil.chown(own, user)
    reached = subprocess.run([*run_as(user), "test", "-w", own], check=False).returncode == 0
    if not reached:
        own = Path(tempfile.mkdtemp(prefix=f"airlock-{folder.name}-"))
        shutil.chown(own, user)
        print(f"{folder.name}: {user} may not enter {folder}, so its data is in {own}")
    note.write_text(str(own))
    return own


def forget_folder(folder: Path) -> None:
    """Remove what `reachable_folder` had to put outside the checkout."""
    note = folder / "folder.txt"
    if note.exists() and folder not in Path(note.read_text()).parents:
        shutil.rmtree(note.read_text(), ignore_errors=True)
        note.unlink()


SERVICES = [
    Service(
        name="redis",
        variable="AIRLOCK_TEST_REDIS_URL",
        default="redis://127.0.0.1:6390/0",
        programs=("redis-server",),
        packages=("redis-server",),
        answers=redis_answers,
        launch=launch_redis,
    ),
    Service(
        name="rabbitmq",
        variable="AIRLOCK_TEST_RABBITMQ_URL",
        default="amqp://guest:guest@127.0.0.1:5682//",
        programs=("rabbitmq-server", "epmd"),
        packages=("rabbitmq-server",),
        answers=amqp_answers,
        launch=launch_rabbitmq,
    ),
    Service(
        name="postgres",
        variable="AIRLOCK_TEST_POSTGRES_URL",
        default="postgresql://postgres@127.0.0.1:5442/postgres",
        programs=("postgres", "initdb"),
        packages=("postgresql",),
        answers=postgres_answers,
        launch=launch_postgres,
    ),
    Service(
        name="mariadb",
        variable="AIRLOCK_TEST_MARIADB_URL",
        default="mysql://root@127.0.0.1:3316/mysql",
        programs=("mariadbd", "mariadb-install-db"),
        packages=("mariadb-server",),
        answers=mariadb_answers,
        launch=launch_mariadb,
    ),
]
