"""Options under their earlier names: they still work, and no help text lists them."""

import json

import pytest


@pytest.mark.parametrize("option", ["--mock", "--stand-in"])
def test_one_command_with_a_mock_server(gesso, tmp_path, option):
    run = gesso("generate", "a hill", "--size", "832x800", option, "--out", tmp_path)
    assert run.status == 0, run.report
    assert len(run.report["outputs"]) == 1


@pytest.mark.parametrize("option", ["--behavior", "--behaviour"])
@pytest.mark.parametrize("key", ["response", "answer"])
def test_a_behavior_file(gesso, tmp_path, option, key):
    file = tmp_path / "behavior.json"
    file.write_text(json.dumps({"faults": [{key: {"status": 400, "error": {"message": "scripted"}}}]}))
    run = gesso("generate", "a hill", "--size", "832x800", "--mock", option, file, "--out", tmp_path)
    assert run.status == 3
    assert "scripted" in run.report["error"]["message"]


@pytest.mark.parametrize("verb", ["generate", "edit", "serve"])
def test_help_lists_the_current_names_only(gesso, verb):
    text = gesso(verb, "--help").output.decode()
    assert "--behavior" in text
    assert "--behaviour" not in text and "--stand-in" not in text
