"""The rules of the worker's protocol, one test each; `worker_conformance.py` runs them against any program."""

import pytest
from conftest import GESSO
from worker_conformance import RULES


@pytest.mark.parametrize("name", RULES)
def test_worker(tmp_path, name):
    RULES[name](GESSO, tmp_path)
