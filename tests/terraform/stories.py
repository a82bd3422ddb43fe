"""Stories of some nights, each with the mails that it must bring: night and alarm.

Night 0 is a good one. Stories have twelve nights, so that what comes too late comes as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.terraform.alarms import DAY
from tests.terraform.nights import HOUR, TWO, Nights

Mails = list[tuple[int, str]]
Story = Callable[[Nights], Mails]

NIGHTS = 12
NO_BUILD = "no-build-in-26-hours"


def good_week(nights: Nights) -> Mails:
    for day in range(NIGHTS):
        nights.usual(day)
    return []


def weekend_without_files(nights: Nights) -> Mails:
    for day in range(NIGHTS):
        (nights.good if day in {4, 5} else nights.usual)(day)
    return []


def no_run_at_all(nights: Nights) -> Mails:
    usual_until(nights, 3)
    return [(3, NO_BUILD)]


def run_again_after_days_without(nights: Nights) -> Mails:
    for day in (0, 1, 2, 6, 7, 8):
        nights.usual(day)
    return [(3, NO_BUILD), (9, NO_BUILD)]


def failed_run_then_a_good_one(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.bad(day)})
    return [(3, "build-failed")]


def failed_run_repeated_in_the_same_night(nights: Nights) -> Mails:
    def thrice(day: int) -> None:
        for at in (TWO, TWO + HOUR, TWO + 5 * HOUR):
            nights.bad(day, at)

    usual_except(nights, {3: thrice})
    return [(3, "build-failed")]


def failed_run_mended_in_the_morning(nights: Nights) -> Mails:
    def mended(day: int) -> None:
        nights.bad(day)
        nights.usual(day, at=9 * HOUR)

    usual_except(nights, {3: mended})
    return [(3, "build-failed")]


def failed_run_night_after_night(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 4, 5), lambda day: nights.bad(day)))
    return [(3, "build-failed"), (4, "build-failed"), (5, "build-failed")]


def failed_run_and_then_none(nights: Nights) -> Mails:
    usual_until(nights, 3)
    nights.bad(3)
    # Later in the day than usual: until then the failure is the reason.
    return [(3, "build-failed"), (4, NO_BUILD)]


def run_that_hangs_until_it_is_cut_off(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.bad(day, took=8 * HOUR, end="ExecutionsTimedOut")})
    return [(3, "build-failed")]


def quick_failure_then_a_run_that_hangs(nights: Nights) -> Mails:
    late = {4: lambda day: nights.bad(day, took=8 * HOUR, end="ExecutionsTimedOut")}
    usual_except(nights, {3: lambda day: nights.bad(day), **late})
    return [(3, "build-failed"), (4, "build-failed")]


def run_that_somebody_aborted(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.bad(day, end="ExecutionsAborted")})
    return [(3, "build-failed")]


def schedule_that_cannot_start_the_run(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.not_started(day * DAY + TWO + HOUR)})
    return [(3, "build-failed")]


def chore_that_fails_at_noon(nights: Nights) -> Mails:
    good_week(nights)
    nights.bad(3, at=12 * HOUR)
    return [(3, "build-failed")]


def runs_that_end_without_a_build(nights: Nights) -> Mails:
    """A lock that nobody gives back, with a start for each delivery: starts must not excuse a build for ever."""
    usual_until(nights, 3)
    for hour in range(3 * 24 + 2, 6 * 24):
        nights.without_build(0, at=hour * HOUR)
    return [(3, NO_BUILD)]


def builds_whose_metrics_are_lost(nights: Nights) -> Mails:
    usual_until(nights, 3)
    for day in range(3, 6):
        nights.without_build(day)
    return [(3, NO_BUILD)]


def deliveries_that_start_runs_all_day(nights: Nights) -> Mails:
    for day in range(NIGHTS):
        for hour in range(2, 20):
            nights.usual(day, at=hour * HOUR)
    return []


def held_file_over_three_nights(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 4, 5), lambda day: nights.usual(day, FilesHeld=1)))
    return [(3, "file-held")]


def held_file_and_a_second_one(nights: Nights) -> Mails:
    """The alarm is on already; the message of each run says that files are held."""
    held = {3: 1, 4: 2, 5: 1}
    usual_except(nights, {day: lambda day: nights.usual(day, FilesHeld=held[day]) for day in held})
    return [(3, "file-held")]


def held_file_decided_and_another_one(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 6), lambda day: nights.usual(day, FilesHeld=1)))
    return [(3, "file-held"), (6, "file-held")]


def held_file_and_a_failed_build(nights: Nights) -> Mails:
    held = dict.fromkeys((3, 5), lambda day: nights.usual(day, FilesHeld=1))
    usual_except(nights, {**held, 4: lambda day: nights.bad(day)})
    return [(3, "file-held"), (4, "build-failed")]


def refused_file_that_stays_in_the_inbox(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 4, 5), lambda day: nights.usual(day, FilesRejected=1)))
    return [(3, "file-refused")]


def refused_file_and_another_one_later(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 6), lambda day: nights.usual(day, FilesRejected=1)))
    return [(3, "file-refused"), (6, "file-refused")]


def refused_file_and_a_slow_night(nights: Nights) -> Mails:
    """The second night's refusal comes an hour later: the same file, no second mail."""
    refused = {3: TWO, 4: TWO + HOUR, 5: TWO}
    usual_except(nights, {day: lambda day: nights.usual(day, at=refused[day], FilesRejected=1) for day in refused})
    return [(3, "file-refused")]


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
    usual_except(nights, dict.fromkeys((3, 4), lambda day: nights.good(day, FeedsLate=1)))
    return [(3, "feed-late")]


def breaks_above_tolerance(nights: Nights) -> Mails:
    """The build counts a break once: what the second night tells of is another one."""
    usual_except(nights, dict.fromkeys((3, 4), lambda day: nights.usual(day, BreaksAboveTolerance=2)))
    return [(3, "breaks"), (4, "breaks")]


def builds_that_scan_too_much(nights: Nights) -> Mails:
    usual_except(nights, dict.fromkeys((3, 5), lambda day: nights.usual(day, QueryBytes=3e11)))
    return [(3, "bytes-scanned"), (5, "bytes-scanned")]


def several_causes_in_one_night(nights: Nights) -> Mails:
    usual_except(nights, {3: lambda day: nights.usual(day, FilesRejected=1, FilesHeld=1, FeedsLate=1)})
    return [(3, "feed-late"), (3, "file-held"), (3, "file-refused")]


STORIES: list[Story] = [
    good_week,
    weekend_without_files,
    no_run_at_all,
    run_again_after_days_without,
    failed_run_then_a_good_one,
    failed_run_repeated_in_the_same_night,
    failed_run_mended_in_the_morning,
    failed_run_night_after_night,
    failed_run_and_then_none,
    run_that_hangs_until_it_is_cut_off,
    quick_failure_then_a_run_that_hangs,
    run_that_somebody_aborted,
    schedule_that_cannot_start_the_run,
    chore_that_fails_at_noon,
    runs_that_end_without_a_build,
    builds_whose_metrics_are_lost,
    deliveries_that_start_runs_all_day,
    held_file_over_three_nights,
    held_file_and_a_second_one,
    held_file_decided_and_another_one,
    held_file_and_a_failed_build,
    refused_file_that_stays_in_the_inbox,
    refused_file_and_another_one_later,
    refused_file_and_a_slow_night,
    refused_share_in_two_nights,
    refused_share_in_two_runs_of_a_night,
    volume_that_is_far_off,
    new_feed_with_its_first_files,
    month_turn,
    backfill_of_300_files_in_a_night,
    feed_that_is_late_for_two_nights,
    breaks_above_tolerance,
    builds_that_scan_too_much,
    several_causes_in_one_night,
]


def usual_until(nights: Nights, last: int) -> None:
    for day in range(last):
        nights.usual(day)


def usual_except(nights: Nights, others: Mapping[int, Callable[[int], None]]) -> None:
    for day in range(NIGHTS):
        others.get(day, nights.usual)(day)
