"""Check that the wheels of this workspace can be installed side by side into one `airlock` package."""

import argparse
import re
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CORE = "airlock-core"
TOP_LEVELS = {"airlock", "airlock_conformance"}
LEAF_PARENTS = {PurePosixPath("airlock/integrations"), PurePosixPath("airlock/integrations/executors")}


@dataclass(frozen=True)
class Wheel:
    """What one wheel ships, without its metadata."""

    file: str
    distribution: str
    paths: tuple[PurePosixPath, ...]

    @classmethod
    def read(cls, file: Path) -> "Wheel":
        """Read the list of files, not their contents."""
        with zipfile.ZipFile(file) as archive:
            paths = [PurePosixPath(name) for name in archive.namelist() if not name.endswith("/")]
        paths = [path for path in paths if not path.parts[0].endswith(".dist-info")]
        return cls(file.name, file.name.split("-")[0].replace("_", "-"), tuple(paths))

    def leaves(self) -> set[PurePosixPath]:
        """Return the packages directly below `integrations` and `integrations/executors`."""
        return {leaf for path in self.paths if (leaf := leaf_of(path))}


def leaf_of(path: PurePosixPath) -> PurePosixPath | None:
    """Return the leaf package that a file belongs to, the innermost one."""
    leaves = [parent for parent in path.parents if parent.parent in LEAF_PARENTS and parent not in LEAF_PARENTS]
    return leaves[0] if leaves else None


def check_wheel(wheel: Wheel) -> list[str]:
    """Return what is wrong with one wheel by itself."""
    problems = [
        f"{wheel.file} ships {path}, outside {' and '.join(sorted(TOP_LEVELS))}: "
        'set `packages = ["src/airlock"]` for its wheel'
        for path in wheel.paths
        if path.parts[0] not in TOP_LEVELS
    ]
    typed = {path.parent for path in wheel.paths if path.name == "py.typed"}
    tops = {PurePosixPath("airlock_conformance")} & {PurePosixPath(path.parts[0]) for path in wheel.paths}
    if wheel.distribution == CORE:
        tops.add(PurePosixPath("airlock"))
        owned = [PurePosixPath("airlock"), *sorted(LEAF_PARENTS)]
        problems += [
            f"{wheel.file} lacks {package}/__init__.py, which only the core may ship: add it"
            for package in owned
            if package / "__init__.py" not in wheel.paths
        ]
    else:
        problems += [
            f"{wheel.file} ships {path}, above the leaves, which belongs to {CORE}: "
            "move it into a package below airlock/integrations or airlock/integrations/executors"
            for path in wheel.paths
            if path.parts[0] == "airlock" and not leaf_of(path)
        ]
    problems += [
        f"{wheel.file} has no {package}/py.typed: add the empty file"
        for package in sorted(wheel.leaves() | tops)
        if package not in typed
    ]
    return problems


def check_overlap(wheels: list[Wheel]) -> list[str]:
    """Return the paths that more than one wheel ships."""
    owners: dict[PurePosixPath, list[str]] = {}
    for wheel in wheels:
        for path in wheel.paths:
            owners.setdefault(path, []).append(wheel.file)
    return [
        f"{' and '.join(files)} both ship {path}: leave it in one of them"
        for path, files in sorted(owners.items())
        if len(files) > 1
    ]


def check_extras(packages: Path) -> list[str]:
    """Return where the extras of `airlock` and the folders of integrations differ."""
    integrations = {folder.parent.name for folder in packages.glob("airlock-*/pyproject.toml")}
    integrations -= {CORE, "airlock-conformance"}
    wanted = {name.removeprefix("airlock-"): {name} for name in integrations} | {"all": integrations}
    project = tomllib.loads((packages / "airlock" / "pyproject.toml").read_text())["project"]
    found = {
        extra: {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in requirements}
        for extra, requirements in project.get("optional-dependencies", {}).items()
    }
    return [
        f"the extra {extra!r} of airlock must hold {sorted(wanted.get(extra, ())) or 'nothing and go'}, "
        f"but holds {sorted(found.get(extra, ())) or 'nothing'}: correct packages/airlock/pyproject.toml"
        for extra in sorted(wanted.keys() | found.keys())
        if wanted.get(extra) != found.get(extra)
    ]


def main() -> int:
    """Print every problem and return 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path, help="the folder that holds the wheels")
    parser.add_argument("--packages", type=Path, default=Path("packages"), help="the folder of the distributions")
    arguments = parser.parse_args()
    wheels = [Wheel.read(file) for file in sorted(arguments.wheels.glob("*.whl"))]
    if not wheels:
        parser.error(f"there is no wheel in {arguments.wheels}: run `make wheels`")
    problems = [problem for wheel in wheels for problem in check_wheel(wheel)]
    problems += check_overlap(wheels) + check_extras(arguments.packages)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"{len(wheels)} wheels fit together")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
