"""Make a distribution `airlock-NAME` from the folder `template`, and add it wherever the others are listed.

In the template `my-queue` stands for NAME, `my_queue` for the leaf package and `MyQueue` for its classes.
"""

import argparse
import re
import shutil
from pathlib import Path

from compatibility import update_table

ROOT = Path(__file__).resolve().parent.parent


def names(name: str) -> dict[str, str]:
    """Return what stands in the template, and what replaces it."""
    words = name.split("-")
    return {"my-queue": name, "my_queue": "_".join(words), "MyQueue": "".join(word.capitalize() for word in words)}


def fill_in(text: str, replacements: dict[str, str]) -> str:
    """Replace what stands for a name."""
    for standin, word in replacements.items():
        text = text.replace(standin, word)
    return text


def copy_template(root: Path, package: Path, replacements: dict[str, str]) -> None:
    """Write the files of the distribution."""
    template = root / "template"
    for file in sorted(template.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            target = package / fill_in(str(file.relative_to(template)), replacements)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(fill_in(file.read_text(encoding="utf-8"), replacements), encoding="utf-8")
    shutil.copy(root / "LICENSE", package)


def words_of(line: str) -> list[str]:
    """Return what a line is sorted by."""
    return re.findall(r"[a-z0-9]+", line)


def add_line(file: Path, line: str, among: str, *, sort: bool = True) -> None:
    """Add a line to the first block of lines that match a pattern, where it is sorted or at the end."""
    lines = file.read_text(encoding="utf-8").splitlines()
    first = next((number for number, each in enumerate(lines) if re.fullmatch(among, each)), None)
    if first is None:
        raise SystemExit(f"error: {file} has no line like {among!r} any more; correct scripts/new_integration.py")
    end = next(
        (number for number, each in enumerate(lines[first:], first) if not re.fullmatch(among, each)), len(lines)
    )
    later = (number for number in range(first, end) if sort and words_of(lines[number]) > words_of(line))
    lines.insert(next(later, end), line)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def know_queue(project: Path, module: str) -> None:
    """Have ruff take the package of the queue, which a leaf of ours is named after, for that of somebody else."""
    text = project.read_text(encoding="utf-8")
    before, start, rest = text.partition("known-third-party = [")
    known, end, after = rest.partition("]")
    modules = sorted({*re.findall(r"\w+", known), module})
    project.write_text(before + start + ", ".join(f'"{each}"' for each in modules) + end + after, encoding="utf-8")


def list_everywhere(root: Path, name: str) -> None:
    """Add the distribution to what lists the distributions."""
    requirement = f"airlock-{name}>=0.1,<0.2"
    extras = root / "packages" / "airlock"
    know_queue(root / "pyproject.toml", names(name)["my_queue"])
    add_line(
        root / "pyproject.toml", f"airlock-{name} = {{ workspace = true }}", r"airlock-.* = \{ workspace = true \}"
    )
    add_line(extras / "pyproject.toml", f'    "{requirement}",', r'    "airlock-.*",')
    add_line(extras / "pyproject.toml", f'{name} = ["{requirement}"]', r'(?!dependencies)[a-z-]+ = \["airlock-.*"\]')
    add_line(extras / "README.md", f"| `{name}` | `airlock-{name}` |", r"\| `[a-z-]+` \| `airlock-.*")
    known = root / "packages" / "airlock-core" / "src" / "airlock" / "_executors.py"
    for file in (known, root / "tests" / "test_extras.py"):
        add_line(file, f'    "{name}": "airlock-{name}",', r'    "[a-z-]+": "airlock-[a-z-]+",')
    page = root / "docs" / "executors.md"
    row = f"| `{name}` | `airlock-{name}` | the tasks of {names(name)['MyQueue']} |"
    add_line(page, row, r"\| `[a-z-]+` \| `airlock-[a-z-]+` \| .*", sort=False)
    add_line(
        root / ".github" / "workflows" / "ci.yml",
        f"          - test-matrix PACKAGE=airlock-{name}",
        r" +- test-matrix PACKAGE=.*",
    )
    add_line(root / ".github" / "ISSUE_TEMPLATE" / "bug.yml", f"        - airlock-{name}", r" +- airlock.*")


def tell(root: Path, name: str) -> None:
    """Write the news of the distributions that now know of the new one."""
    news = {
        "airlock": f"The extra `{name}` installs `airlock-{name}`.",
        "airlock-core": f"Where the executor `{name}` is not installed, the error names `airlock-{name}`.",
    }
    for distribution, sentence in news.items():
        fragment = root / "packages" / distribution / "changelog.d" / f"{name}.added.md"
        fragment.parent.mkdir(exist_ok=True)
        fragment.write_text(f"{sentence}\n", encoding="utf-8")


def main() -> None:
    """Make the distribution and say what is left to do."""
    parser = argparse.ArgumentParser(description="Make a distribution `airlock-NAME` from the template.")
    parser.add_argument("name", help="the name of the queue, such as `rq` or `django-rq`")
    name = parser.parse_args().name
    package = ROOT / "packages" / f"airlock-{name}"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        parser.error(
            f"{name!r} is no name: write it in lower case with dashes, as in `make new-integration NAME=django-rq`"
        )
    if package.exists():
        parser.error(f"there is a packages/{package.name} already")
    copy_template(ROOT, package, names(name))
    list_everywhere(ROOT, name)
    tell(ROOT, name)
    update_table({})
    print(
        f"made packages/{package.name}, with a queue in memory in the place of the real one: begin with its _queue.py"
    )


if __name__ == "__main__":
    main()
