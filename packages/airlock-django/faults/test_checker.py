"""The checker itself: what it counts as what."""

from pathlib import Path

import pytest
from storm.checking import END, Sent, Wanted, check, read_sent

WANTED = [Wanted("a", "scope", 0, True), Wanted("b", "scope", 1, True), Wanted("c", "scope", 2, False)]
ALL = [Sent("a", "scope", 0, True), Sent("b", "scope", 1, True), Sent("c", "scope", 2, True)]


def faults(sent: list[Sent], dead: list[str] | None = None, left_over: int = 0) -> dict[str, int]:
    return check("1", "none", WANTED, sent, dead or [], left_over).faults


def test_a_line_that_was_cut_off_was_not_sent_and_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "sent"
    file.write_text(f"\na scope 0 1 {END}\n\nb sco\nc scope 2 0 {END}\n\nd scope 3 1")
    assert read_sent(file) == [Sent("a", "scope", 0, True), Sent("c", "scope", 2, False)]


def test_a_report_says_which_they_are() -> None:
    unknown, early = Sent("d", "scope", 3, True), ALL[2]._replace(visible=False)
    assert check("1", "none", WANTED, [ALL[1], early, unknown], [], 0).examples == (WANTED[0], unknown, early)


def test_all_that_was_wanted_in_order_is_right() -> None:
    assert faults(ALL) == {}


def test_what_need_not_be_sent_may_be_missing() -> None:
    assert faults(ALL[:2]) == {}


def test_what_is_missing_is_lost_unless_it_is_a_dead_letter() -> None:
    assert faults(ALL[1:]) == {"lost": 1}
    assert faults(ALL[1:], dead=["a"]) == {}


def test_the_same_again_is_a_duplicate_and_no_fault() -> None:
    report = check("1", "none", WANTED, [*ALL, ALL[0]], [], 0)
    assert (report.duplicated, report.faults) == (1, {})


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ([*ALL, Sent("d", "scope", 3, True)], "leaked"),
        ([*ALL[:2], ALL[2]._replace(visible=False)], "leaked"),
        ([ALL[1], ALL[0]], "out_of_order"),
    ],
    ids=["nobody wanted it", "it was sent before the commit", "the second came first"],
)
def test_a_fault_is_named(sent: list[Sent], fault: str) -> None:
    assert faults(sent) == {fault: 1}


def test_one_intent_under_two_ids_is_changed() -> None:
    assert faults([*ALL, Sent("d", "scope", 0, True)]) == {"leaked": 1, "out_of_order": 1, "changed_ids": 1}


def test_what_is_still_in_the_table_is_left_over() -> None:
    assert faults(ALL, left_over=2) == {"left_over": 2}
