"""Stories of what is in files: held, refused, late, with breaks, too large."""

from __future__ import annotations

from tests.terraform.nights import HOUR, TWO, Mails, Nights, Story, usual_except


def held_file_over_three_nights(nights: Nights) -> Mails:
    held = {3: 1, 4: 0, 5: 0}
    usual_except(nights, {day: lambda day: nights.usual(day, FilesHeld=1, FilesNewlyHeld=held[day]) for day in held})
    return [(3, "file-held")]


def held_file_and_a_second_one(nights: Nights) -> Mails:
    """The first one is held still."""
    held = {3: (1, 1), 4: (2, 1), 5: (2, 0)}

    def holding(day: int) -> None:
        nights.usual(day, FilesHeld=held[day][0], FilesNewlyHeld=held[day][1])

    usual_except(nights, dict.fromkeys(held, holding))
    return [(3, "file-held"), (4, "file-held")]


def held_file_and_a_second_one_in_the_same_night(nights: Nights) -> Mails:
    """The first one is mended, the second one stays: each is new in one build only."""

    def twice(day: int) -> None:
        nights.usual(day, FilesHeld=1, FilesNewlyHeld=1)
        nights.usual(day, at=TWO + 4 * HOUR, FilesHeld=2, FilesNewlyHeld=1)

    still = {day: lambda day: nights.usual(day, FilesHeld=1, FilesNewlyHeld=0) for day in (4, 5)}
    usual_except(nights, {3: twice, **still})
    return [(3, "file-held"), (3, "file-held")]


def held_file_and_a_failed_build(nights: Nights) -> Mails:
    held = {3: 1, 5: 0}
    usual_except(
        nights,
        {day: lambda day: nights.usual(day, FilesHeld=1, FilesNewlyHeld=held[day]) for day in held}
        | {4: lambda day: nights.bad(day)},
    )
    return [(3, "file-held"), (4, "build-failed")]


def file_held_by_a_build_that_was_killed(nights: Nights) -> Mails:
    """The next build tells of it."""
    usual_except(
        nights, {3: lambda day: nights.bad(day), 4: lambda day: nights.usual(day, FilesHeld=1, FilesNewlyHeld=1)}
    )
    return [(3, "build-failed"), (4, "file-held")]


def rejected_file_that_stays_in_the_inbox(nights: Nights) -> Mails:
    refused = {3: 1, 4: 0, 5: 0}
    usual_except(
        nights,
        {day: lambda day: nights.usual(day, FilesRejected=1, FilesNewlyRejected=refused[day]) for day in refused},
    )
    return [(3, "file-rejected")]


def rejected_file_and_a_second_one(nights: Nights) -> Mails:
    """The first one is in the inbox still."""
    refused = {3: (1, 1), 4: (2, 1), 5: (2, 0)}

    def refusing(day: int) -> None:
        nights.usual(day, FilesRejected=refused[day][0], FilesNewlyRejected=refused[day][1])

    usual_except(nights, dict.fromkeys(refused, refusing))
    return [(3, "file-rejected"), (4, "file-rejected")]


def refused_share_in_two_nights(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 4), lambda day: nights.usual(day, RefusedPercent=3.5)))
    return [(3, "refused-share"), (4, "refused-share")]


def refused_share_in_two_runs_of_a_night(nights: Nights) -> Mails:
    def twice(day: int) -> None:
        nights.usual(day, RefusedPercent=3.5)
        nights.usual(day, at=TWO + 2 * HOUR, RefusedPercent=4.5)

    usual_except(nights, {3: twice})
    return [(3, "refused-share")]


def volume_that_is_far_off(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.usual(day, VolumeRatio=9)})
    return [(3, "volume")]


def new_feed_with_its_first_files(nights: Nights) -> Mails:
    """The build sends no ratio for a feed of fewer than five files."""
    usual_except(nights, dict.fromkeys(range(3, 8), lambda day: nights.good(day, RefusedPercent=0.3)))
    return []


def month_turn(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.usual(day, took=HOUR, VolumeRatio=2.9, QueryBytes=6e9)})
    return []


def backfill_of_300_files_in_a_night(nights: Nights) -> Mails:
    """It is under way when the schedule comes, and takes until the morning."""

    def backfill(day: int) -> None:
        nights.usual(day, at=-2 * HOUR, took=7.9 * HOUR, VolumeRatio=3.1, QueryBytes=8e10)
        nights.without_build(day)

    usual_except(nights, {3: backfill})
    return []


def feed_that_is_late_for_two_nights(nights: Nights) -> Mails:
    late = {3: 1, 4: 0}
    usual_except(nights, {day: lambda day: nights.good(day, FeedsLate=1, FeedsNewlyLate=late[day]) for day in late})
    return [(3, "feed-late")]


def late_feed_and_a_second_one(nights: Nights) -> Mails:
    """The first one is late still."""
    usual_except(
        nights,
        {
            3: lambda day: nights.good(day, FeedsLate=1, FeedsNewlyLate=1),
            4: lambda day: nights.good(day, FeedsLate=2, FeedsNewlyLate=1),
            5: lambda day: nights.good(day, FeedsLate=2),
        },
    )
    return [(3, "feed-late"), (4, "feed-late")]


def publication_told_by_the_next_build(nights: Nights) -> Mails:
    """A build is stopped after its commit, so the next one tells of the break that it published."""
    usual_except(nights, {3: lambda day: nights.bad(day), 4: lambda day: nights.usual(day, BreaksAboveTolerance=2)})
    return [(3, "build-failed"), (4, "breaks")]


def figures_that_cannot_be_read(nights: Nights) -> Mails:
    """The builds end well, and publish. What is found first is told when figures can be read again."""
    usual_except(
        nights,
        dict.fromkeys((3, 4), lambda day: nights.good(day, FiguresNotTold=1))
        | {5: lambda day: nights.usual(day, BreaksAboveTolerance=2, RefusedPercent=3.5)},
    )
    return [(3, "figures-not-told"), (4, "figures-not-told"), (5, "breaks"), (5, "refused-share")]


def breaks_above_tolerance(nights: Nights) -> Mails:
    """The build counts a break once: what the second night tells of is another one."""
    usual_except(nights, dict.fromkeys((3, 4), lambda day: nights.usual(day, BreaksAboveTolerance=2)))
    return [(3, "breaks"), (4, "breaks")]


def builds_that_scan_too_much(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 5), lambda day: nights.usual(day, QueryBytes=3e11)))
    return [(3, "bytes-scanned"), (5, "bytes-scanned")]


def several_causes_in_one_night(nights: Nights) -> Mails:
    causes = {"FilesNewlyRejected": 1, "FilesNewlyHeld": 1, "FeedsNewlyLate": 1}
    usual_except(nights, {3: lambda day: nights.usual(day, **causes)})
    return [(3, "feed-late"), (3, "file-held"), (3, "file-rejected")]


STORIES: list[Story] = [
    held_file_over_three_nights,
    held_file_and_a_second_one,
    held_file_and_a_second_one_in_the_same_night,
    held_file_and_a_failed_build,
    file_held_by_a_build_that_was_killed,
    rejected_file_that_stays_in_the_inbox,
    rejected_file_and_a_second_one,
    refused_share_in_two_nights,
    refused_share_in_two_runs_of_a_night,
    volume_that_is_far_off,
    new_feed_with_its_first_files,
    month_turn,
    backfill_of_300_files_in_a_night,
    feed_that_is_late_for_two_nights,
    late_feed_and_a_second_one,
    publication_told_by_the_next_build,
    figures_that_cannot_be_read,
    breaks_above_tolerance,
    builds_that_scan_too_much,
    several_causes_in_one_night,
]
