"""Requests of the client and responses of the mock server, validated against the API's schema by an independent validator.

The requests are those that `swift test` wrote while it ran with GESSO_REQUEST_DUMP; `Scripts/test` sees to it.
"""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
from conftest import encoded, mask, image

SCHEMA = json.loads((Path(__file__).parent / "schema/openapi-images-2026-11.json").read_text())
FOLDER = os.environ.get("GESSO_REQUEST_DUMP")
DUMPS = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
MODEL = "gpt-image-2.6-flare"


def validate(value, schema):
    validator = jsonschema.Draft202012Validator({**schema, "components": SCHEMA["components"]})
    problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in validator.iter_errors(value)]
    assert not problems, problems


def component(name):
    return {"$ref": f"#/components/schemas/{name}"}


def resolved(schema):
    while "$ref" in schema:
        schema = SCHEMA["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def operation(method, path):
    """The schema of the operation at a path, and of its body by content type."""
    path = re.sub(r"^/openai/deployments/[^/]+", "", path).removeprefix("/v1")
    for template, operations in SCHEMA["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in operations:
            return operations[method.lower()].get("requestBody", {}).get("content", {})
    raise AssertionError(f"the schema knows no {method} {path}")


def form_value(text, schema):
    """The text of a form field as a JSON value: numbers in decimal digits, `true` and `false`."""
    types = [option.get("type") for option in [resolved(schema), *map(resolved, resolved(schema).get("anyOf", []))]]
    if "integer" in types and re.fullmatch(r"0|[1-9][0-9]*", text):
        return int(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return text


def form_object(parts, schema):
    """A form's parts as the object that the schema describes: `name[]` repeated is an array, `a[b]` a member."""
    properties, result = resolved(schema)["properties"], {}
    for part in parts:
        name, *path = re.findall(r"[^\[\]]+", part["name"])
        assert name in properties, f"the schema knows no field {name}"
        value = "binary" if part.get("filename") is not None else form_value(part["text"], properties[name])
        if part["name"].endswith("[]"):
            result.setdefault(name, []).append(value)
            continue
        target, key = result, name
        for step in path:
            target, key = target.setdefault(key, {}), step
        assert key not in target, f"the field {part['name']} comes twice"
        target[key] = int(value) if path and str(value).isdigit() else value
    return result


@pytest.mark.skipif(not DUMPS, reason="GESSO_REQUEST_DUMP is not set; run Scripts/test")
@pytest.mark.parametrize("dump", DUMPS, ids=lambda path: path.stem)
def test_request(dump):
    request = json.loads(dump.read_text())
    if request["path"].endswith("/content_provenance_checks"):
        return assert_provenance(request)
    bodies = operation(request["method"], request["path"])
    if not bodies:
        assert not request["body"] and not request["parts"]
        return
    kind = request["contentType"].split(";")[0]
    schema = bodies[kind]["schema"]
    if kind == "application/json":
        value = json.loads(request["body"])
        assert set(value) <= set(resolved(schema)["properties"]), "no field that the schema does not know"
    else:
        value = form_object(request["parts"], schema)
        for part in request["parts"]:
            if part["name"] in ("image", "image[]", "mask", "markup"):
                assert part["filename"] and part["contentType"] in ("image/png", "image/jpeg", "image/webp")
    if "deployments" in request["path"]:
        value.setdefault("model", "named by the address")
    validate(value, schema)


def assert_provenance(request):
    # Not in the document; the SDK's types say that it takes one file.
    assert [(part["name"], bool(part["filename"])) for part in request["parts"]] == [("file", True)]


@pytest.mark.skipif(not DUMPS, reason="GESSO_REQUEST_DUMP is not set; run Scripts/test")
def test_the_requests_cover_the_api():
    seen = {(json.loads(dump.read_text())["method"], json.loads(dump.read_text())["path"].split("/")[2]) for dump in DUMPS}
    assert {("POST", "images"), ("POST", "files"), ("GET", "files"), ("DELETE", "files"), ("POST", "batches"), ("GET", "batches")} <= seen


def raw(response):
    return json.loads(response.text)


def test_responses_with_images(client):
    images = client.images.with_raw_response
    validate(raw(images.generate(model=MODEL, prompt="x", size="1024x1024", n=2)), component("ImagesResponse"))
    source = [("a.png", encoded(image()), "image/png")]
    response = images.edit(model=MODEL, prompt="x", size="1024x1024", image=source, mask=("m.png", encoded(mask()), "image/png"))
    validate(raw(response), component("ImagesResponse"))


@pytest.mark.parametrize("partials", [0, 3])
def test_events(client, partials):
    options = dict(model=MODEL, prompt="x", size="1024x1024", stream=True, partial_images=partials, output_format="jpeg")
    for event in client.images.generate(**options):
        name = "ImageGenCompletedEvent" if event.type.endswith("completed") else "ImageGenPartialImageEvent"
        validate(event.to_dict(), component(name))
    for event in client.images.edit(**options, image=("a.png", encoded(image()), "image/png")):
        name = "ImageEditCompletedEvent" if event.type.endswith("completed") else "ImageEditPartialImageEvent"
        validate(event.to_dict(), component(name))


def test_responses_about_files_and_batches(client):
    line = {"custom_id": "a", "method": "POST", "url": "/v1/images/generations", "body": {"model": MODEL, "prompt": "x"}}
    file = client.files.with_raw_response.create(file=("a.jsonl", json.dumps(line).encode()), purpose="batch")
    validate(raw(file), component("OpenAIFile"))
    file_id = raw(file)["id"]
    validate(raw(client.files.with_raw_response.list()), component("ListFilesResponse"))
    options = dict(input_file_id=file_id, endpoint="/v1/images/generations", completion_window="24h")
    batch = client.batches.with_raw_response.create(**options)
    validate(raw(batch), component("Batch"))
    validate(raw(client.batches.with_raw_response.list()), component("ListBatchesResponse"))
    validate(raw(client.files.with_raw_response.delete(file_id)), component("DeleteFileResponse"))
