"""Limits on attempts."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from estrade.base.errors import TooManyRequests
from estrade.base.limits import count_attempt

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("limit", [1, 5, 100, 125, 600, 601])
def test_exactly_the_limit_is_let_through(noon, limit):
    for _ in range(limit):
        count_attempt("look", "Bob", limit, MINUTE, noon)

    with pytest.raises(TooManyRequests) as refusal:
        count_attempt("look", "Bob", limit, MINUTE, noon)

    assert refusal.value.facts["retry_after"] == 60
    count_attempt("look", "Carol", limit, MINUTE, noon)


def test_two_processes_together_let_no_more_through(noon):
    let_through = 0
    for _ in range(700):
        cache.clear()  # another process: what this one had set aside is out of reach
        try:
            count_attempt("look", "Bob", 600, MINUTE, noon)
        except TooManyRequests:
            continue
        let_through += 1

    assert let_through == 60


def test_most_attempts_of_a_large_limit_are_counted_without_a_write(noon):
    with CaptureQueriesContext(connection) as captured:
        for _ in range(100):
            count_attempt("look", "Bob", 600, MINUTE, noon)

    assert len(captured) == 10


def test_the_next_minute_counts_from_nothing(noon):
    for _ in range(5):
        count_attempt("look", "Bob", 5, MINUTE, noon)

    count_attempt("look", "Bob", 5, MINUTE, noon + MINUTE)


def test_a_bench_lifts_every_limit(noon, settings):
    settings.LIMITS_FACTOR = 2

    for _ in range(10):
        count_attempt("look", "Bob", 5, MINUTE, noon)
    with pytest.raises(TooManyRequests):
        count_attempt("look", "Bob", 5, MINUTE, noon)
