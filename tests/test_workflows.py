"""The workflows ask for no more than they need, and nothing is merged or released past a check."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORKFLOWS = ROOT / ".github" / "workflows"
CI = (WORKFLOWS / "ci.yml").read_text(encoding="utf-8")
RELEASE = (WORKFLOWS / "release.yml").read_text(encoding="utf-8")


def read_jobs(workflow: str) -> dict[str, str]:
    """Return the text of each job."""
    _, name, *parts = re.split(r"^  ([a-z-]+):\n", workflow.partition("\njobs:\n")[2], flags=re.MULTILINE)
    return dict(zip([name, *parts[1::2]], parts[::2], strict=True))


def test_the_required_job_waits_for_all_the_others_and_takes_only_success() -> None:
    """Neither a job that was cancelled nor one that was skipped is a success."""
    jobs = read_jobs(CI)
    required = jobs.pop("required")

    assert f"needs: [{', '.join(jobs)}]" in required
    assert "if: always()" in required
    assert f'run: test "$RESULTS" = "{" ".join("success" for _ in jobs)}"' in required


@pytest.mark.parametrize("workflow", [CI, RELEASE], ids=["ci", "release"])
def test_a_job_may_do_only_what_it_says(workflow: str) -> None:
    assert "\npermissions: {}\n" in workflow
    assert workflow.count("persist-credentials: false") == workflow.count("actions/checkout@")


@pytest.mark.parametrize("workflow", [CI, RELEASE], ids=["ci", "release"])
def test_actions_are_pinned_by_hash_with_their_version_beside_it(workflow: str) -> None:
    uses = re.findall(r"uses: (.*)", workflow)

    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


def test_one_action_has_one_version_everywhere() -> None:
    uses = set(re.findall(r"uses: (.*)@(.*)", CI + RELEASE))

    assert len({action for action, _ in uses}) == len(uses)


def test_only_the_job_that_publishes_may_prove_who_it_is() -> None:
    """It has an environment of its own, and runs nothing of the repository."""
    jobs = read_jobs(RELEASE)

    assert [name for name, job in jobs.items() if "id-token: write" in job] == ["publish"]
    assert "id-token" not in CI
    assert "environment: release" in jobs["publish"]
    assert "needs: build" in jobs["publish"]
    assert "checkout" not in jobs["publish"]
    assert "run:" not in jobs["publish"]


def test_what_is_published_is_what_was_checked() -> None:
    jobs = read_jobs(RELEASE)

    assert "run: make release-check\n" in jobs["build"]
    assert "TAG: ${{ github.ref_name }}" in jobs["build"]


def test_reports_can_name_every_distribution() -> None:
    form = (ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8")
    named = re.findall(r"- (airlock[a-z-]*)$", form, re.MULTILINE)

    assert named == sorted(file.parent.name for file in ROOT.glob("packages/*/pyproject.toml"))
