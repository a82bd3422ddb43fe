"""Stories of some nights, each with the mails that it must bring: night and alarm.

Night 0 is a good one. Stories have twelve nights, so that what comes too late comes as well. Beside each of them the
lake is verified on some days, and unless a story says otherwise nothing is found.
"""

from __future__ import annotations

from tests.terraform import stories_of_data
from tests.terraform.alarms import DAY
from tests.terraform.nights import HOUR, NIGHTS, ONE_PM, TWO, VERIFIED, Mails, Nights, Story, usual_except, usual_until

NO_BUILD = "no-build-in-26-hours"
NO_VERIFY = "no-verify-in-108-hours"


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


def verify_that_finds_something(nights: Nights) -> Mails:
    good_week(nights)
    nights.verified(4, findings=3)
    return [(4, "verify-findings")]


def verify_that_finds_something_after_a_failed_build(nights: Nights) -> Mails:
    """Two causes: the alarm of the failed build is still on."""
    good_week(nights)
    nights.bad(4, at=ONE_PM - HOUR)
    nights.verified(4, findings=3)
    return [(4, "build-failed"), (4, "verify-findings")]


def verify_that_ends_no_more(nights: Nights) -> Mails:
    """Those of the 6th and the 9th day are not started."""
    good_week(nights)
    nights.verified_days(VERIFIED[:2])
    return [(7, NO_VERIFY)]


def verify_that_fails_and_is_repeated(nights: Nights) -> Mails:
    good_week(nights)
    nights.verified_days((-1, 2, 9, 13))
    nights.bad(6, at=ONE_PM)
    nights.verified(6, at=ONE_PM + 5 * HOUR)
    return [(6, "build-failed")]


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
    verify_that_finds_something,
    verify_that_finds_something_after_a_failed_build,
    verify_that_ends_no_more,
    verify_that_fails_and_is_repeated,
    *stories_of_data.STORIES,
]
