"""Check the news fragments of every distribution, or move those of one into its changelog when it is released.

A fragment is a file `changelog.d/WORDS.KIND.md` in the folder of a distribution; `towncrier.toml` lists the kinds.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = tomllib.loads((ROOT / "towncrier.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
KINDS: list[str] = [kind["directory"] for kind in CONFIGURATION["type"]]
MARKER = "<!-- towncrier release notes start -->"
UNRELEASED = "not yet released"


def find_packages(root: Path) -> list[Path]:
    """Return the folders of the distributions."""
    return sorted(file.parent for file in root.glob("packages/*/pyproject.toml"))


def find_fragments(package: Path) -> list[Path]:
    """Return the fragments of a distribution that no release has had."""
    return sorted(package.glob("changelog.d/*.md"))


def read_version(package: Path) -> str:
    """Return the version that a distribution says it has."""
    version: str = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def towncrier(package: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run towncrier's build in the folder of a distribution."""
    command = [sys.executable, "-m", "towncrier", "build", "--config", "towncrier.toml", "--dir", str(package)]
    command += ["--version", read_version(package), "--date", f"{datetime.now(UTC):%Y-%m-%d}"]
    return subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)


def check_package(package: Path) -> list[str]:
    """Return what is wrong with the changelog of a distribution and its fragments."""
    problems: list[str] = []
    changelog = package / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    if not text.startswith(f"# Changelog of {package.name}\n\n{MARKER}\n\n## "):
        problems.append(
            f"{package.name}/CHANGELOG.md must begin with its title, the line {MARKER!r} and the newest version: "
            "look at that of airlock-core"
        )
    if f"\n## {read_version(package)}, " not in text:
        problems.append(
            f"{package.name}/CHANGELOG.md has no heading for {read_version(package)}: add `## VERSION, DATE`"
        )
    for fragment in find_fragments(package):
        words = fragment.read_text(encoding="utf-8").strip()
        if not words or words.startswith(("-", "*", "#")):
            problems.append(f"{package.name}/changelog.d/{fragment.name} must be a sentence, without a bullet")
    if (package / "changelog.d").is_dir() and (done := towncrier(package, "--draft")).returncode:
        said = " ".join((done.stderr.splitlines() or ["towncrier failed"])[-2:])
        problems.append(f"{package.name}/changelog.d: {said} The kinds are {', '.join(KINDS)}")
    return problems


def check_change(files: list[str], packages: list[Path]) -> list[str]:
    """Return the distributions whose sources were changed without a word in a fragment or the changelog."""
    said = ("changelog.d/", "CHANGELOG.md")
    return [
        f"{package.name} was changed and its changelog was not: add {package.name}/changelog.d/WORDS.KIND.md, "
        f"of the kind {', '.join(KINDS)}"
        for package in packages
        if any(file.startswith(f"packages/{package.name}/src/") for file in files)
        and not any(file.startswith(f"packages/{package.name}/{part}") for part in said for file in files)
    ]


def check(since: str | None) -> int:
    """Print every problem and return 1 if there is one."""
    packages = find_packages(ROOT)
    problems = [problem for package in packages for problem in check_package(package)]
    if since:
        command = ["git", "diff", "--name-only", f"{since}..."]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        problems += check_change(done.stdout.splitlines(), packages)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return bool(problems)


def without_unreleased(text: str, version: str) -> str:
    """Return a changelog in which what a version had under a heading without a date is part of its dated section."""
    joined = re.sub(rf"\n+## {re.escape(version)}, {UNRELEASED}\n+", "\n", text, count=1)
    return re.sub(r"^(## .*)\n+", r"\1\n\n", joined, flags=re.MULTILINE)


def build(package: Path) -> int:
    """Move the fragments of a distribution into its changelog, under its version and today's date."""
    done = towncrier(package, "--yes")
    print(done.stdout + done.stderr, end="")
    if done.returncode == 0:
        changelog = package / "CHANGELOG.md"
        text = without_unreleased(changelog.read_text(encoding="utf-8"), read_version(package))
        changelog.write_text(text, encoding="utf-8")
    return done.returncode


def main() -> int:
    """Return 0 if all is well."""
    parser = argparse.ArgumentParser(description="Check news fragments, or move them into a changelog.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("check").add_argument("--since", help="a commit: what has changed since has to be told")
    verbs.add_parser("build").add_argument("package", choices=[package.name for package in find_packages(ROOT)])
    arguments = parser.parse_args()
    if arguments.verb == "check":
        return check(arguments.since or None)
    return build(ROOT / "packages" / arguments.package)


if __name__ == "__main__":
    sys.exit(main())
