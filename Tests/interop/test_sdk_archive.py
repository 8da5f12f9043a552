"""Files, batches, variations, provenance, animations and vectors, through the official SDK."""

import base64
import json
import time

import openai
import pytest
from conftest import decoded, encoded, image

MODEL = "gpt-image-2.6-flare"


def test_files_end_to_end(client):
    created = client.files.create(file=("notes.txt", b"hello"), purpose="user_data")
    assert (created.object, created.bytes, created.filename, created.purpose) == ("file", 5, "notes.txt", "user_data")
    assert client.files.retrieve(created.id).id == created.id
    assert client.files.content(created.id).read() == b"hello"
    assert created.id in [file.id for file in client.files.list(purpose="user_data")]
    assert client.files.delete(created.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(created.id)


def test_batch_end_to_end(client):
    source = "data:image/png;base64," + base64.b64encode(encoded(image((64, 48)))).decode()
    shared = {"model": MODEL, "size": "832x800", "output_format": "webp"}
    lines = [
        {"custom_id": "edited", "method": "POST", "url": "/v1/images/edits", "body": {**shared, "prompt": "x", "images": [{"image_url": source}]}},
        {"custom_id": "refused", "method": "POST", "url": "/v1/images/edits", "body": {**shared, "prompt": "x", "images": []}},
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    file = client.files.create(file=("batch.jsonl", content), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600})
    assert file.expires_at == file.created_at + 3600
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/images/edits", completion_window="24h", metadata={"a": "b"})
    assert batch.status == "validating"
    deadline = time.monotonic() + 60
    while batch.status not in ("completed", "failed") and time.monotonic() < deadline:
        time.sleep(0.02)
        batch = client.batches.retrieve(batch.id)
    assert batch.status == "completed", batch
    assert (batch.request_counts.completed, batch.request_counts.failed, batch.metadata) == (1, 1, {"a": "b"})
    assert batch.usage.total_tokens == batch.usage.input_tokens + batch.usage.output_tokens > 0
    result = json.loads(client.files.content(batch.output_file_id).text)
    assert (result["custom_id"], result["error"]) == ("edited", None)
    assert decoded(base64.b64decode(result["response"]["body"]["data"][0]["b64_json"])).size == (832, 800)
    failure = json.loads(client.files.content(batch.error_file_id).text)
    assert (failure["custom_id"], failure["response"]["status_code"]) == ("refused", 400)
    assert batch.id in [other.id for other in client.batches.list(limit=5)]
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


def test_batch_out_of_time(serve, tmp_path):
    path = tmp_path / "behavior.json"
    path.write_text('{"batchExpiresAfter": 1}')
    client = openai.OpenAI(api_key="k", base_url=serve("--behavior", str(path)).base_url, max_retries=0)
    body = {"model": MODEL, "size": "832x800", "output_format": "webp", "prompt": "x"}
    lines = [{"custom_id": name, "method": "POST", "url": "/v1/images/generations", "body": body} for name in "ab"]
    file = client.files.create(file=("batch.jsonl", "\n".join(map(json.dumps, lines)).encode()), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/images/generations", completion_window="24h")
    deadline = time.monotonic() + 60
    while batch.expired_at is None and time.monotonic() < deadline:
        time.sleep(0.02)
        batch = client.batches.retrieve(batch.id)
    assert batch.status == "expired"
    assert json.loads(client.files.content(batch.output_file_id).text)["custom_id"] == "a"
    late = json.loads(client.files.content(batch.error_file_id).text)
    assert (late["custom_id"], late["response"], late["error"]["code"]) == ("b", None, "batch_expired")


def test_variation_is_retired_and_lives_on_older_servers(client, serve, tmp_path):
    source = ("a.png", encoded(image((64, 64))), "image/png")
    with pytest.warns(DeprecationWarning), pytest.raises(openai.NotFoundError):
        client.images.create_variation(image=source)
    path = tmp_path / "behavior.json"
    path.write_text('{"isLegacy": true}')
    older = openai.OpenAI(api_key="k", base_url=serve("--behavior", str(path)).base_url, max_retries=0)
    with pytest.warns(DeprecationWarning):
        response = older.images.create_variation(image=source, n=2, size="256x256", response_format="b64_json")
    assert [decoded(base64.b64decode(item.b64_json)).size for item in response.data] == [(256, 256)] * 2


def test_animation(client):
    response = client.images.generate(model=MODEL, prompt="a sunrise", size="832x800", output_format="gif", frame_count=3, frame_duration_ms=120)
    image = decoded(base64.b64decode(response.data[0].b64_json))
    assert (image.format, image.size, image.n_frames, image.info["duration"]) == ("GIF", (832, 800), 3, 120)
    image.seek(2)
    image.load()


def test_vectors(client):
    response = client.images.generate(model=MODEL, prompt="a sunrise", size="832x800", output_format="svg", svg={"model": "gpt-6"})
    text = base64.b64decode(response.data[0].b64_json).decode()
    assert text.startswith("<svg") and 'width="832"' in text
    assert response.svg_usage.model == "gpt-6"


@pytest.mark.parametrize("effort", ["none", "max"])
def test_vectors_of_an_edit_need_no_model(client, effort):
    source = ("a.png", encoded(image((64, 48))), "image/png")
    response = client.images.edit(
        model=MODEL, prompt="x", size="832x800", image=source, output_format="svg", svg={"reasoning": {"effort": effort}}
    )
    assert base64.b64decode(response.data[0].b64_json).startswith(b"<svg")


def test_vectors_that_are_wrong_are_refused(client):
    for svg, param in [({}, "svg.model"), ({"model": "gpt-6", "typo": 1}, "svg.typo"), ({"model": "a", "reasoning": {"effort": "x"}}, "svg.reasoning.effort")]:
        with pytest.raises(openai.BadRequestError) as caught:
            client.images.generate(model=MODEL, prompt="x", output_format="svg", svg=svg)
        assert caught.value.param == param


def test_provenance(client):
    check = client.content_provenance_checks.create(file=("a.png", encoded(image((64, 48))), "image/png"))
    assert [(result.type, result.outcome) for result in check.results] == [("c2pa", "not_detected"), ("synthid", "not_detected")]


def test_azure(mock_server):
    client = openai.AzureOpenAI(api_key="k", azure_endpoint=f"http://127.0.0.1:{mock_server.port}", api_version="2026-01-01", max_retries=0)
    response = client.images.generate(model="gpt-image-2", prompt="x", size="832x800")
    assert response.data[0].b64_json
