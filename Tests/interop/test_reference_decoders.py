"""The judges are the versions that the tests were written against."""

import openai


def test_official_sdk_is_the_pinned_version():
    assert openai.__version__ == "3.54.0"
