"""The greeting of the hour."""

from portal.accounts.greetings import greeting


def test_the_day_has_four_greetings():
    said = [greeting(hour).split(",")[0] for hour in range(24)]
    assert (
        said
        == ["Good evening"] * 5
        + ["Good morning"] * 6
        + ["Good day"] * 2
        + ["Good afternoon"] * 5
        + ["Good evening"] * 6
    )
