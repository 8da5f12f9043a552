"""Options of the mock server, and their earlier names, which still work and which no help text lists."""

import json

import pytest


@pytest.mark.parametrize("option", ["--mock", "--stand-in"])
def test_one_command_with_a_mock_server(gesso, tmp_path, option):
    run = gesso("generate", "a hill", "--size", "832x800", option, "--out", tmp_path)
    assert run.status == 0, run.report
    assert len(run.report["outputs"]) == 1


def test_the_environment_has_no_effect_on_the_client_of_a_mock_server(gesso, tmp_path):
    environment = {
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "not a key", "OPENAI_CUSTOM_HEADERS": "no colon",
        "http_proxy": "http://127.0.0.1:9",
    }  # fmt: skip
    run = gesso("generate", "a hill", "--size", "832x800", "--mock", "--out", tmp_path, **environment)
    assert run.status == 0, run.report


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
