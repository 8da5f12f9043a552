"""The judges are the versions that the tests were written against."""

import openai
import PIL


def test_official_sdk_is_the_pinned_version():
    assert openai.__version__ == "3.54.0"


def test_pillow_is_the_pinned_version():
    assert PIL.__version__ == "13.0.0"
