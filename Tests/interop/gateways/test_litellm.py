"""LiteLLM's client against the mock server as each server that it knows: what it sends must be accepted, and what the mock
server sends must be read.

In an environment of its own (`.venv/gateways`, made by `Scripts/test`); skipped where LiteLLM is not installed.
"""

import base64
import io
import sys
import urllib.request
from pathlib import Path

import pytest

litellm = pytest.importorskip("litellm", reason="LiteLLM is not installed; Scripts/test installs it into .venv/gateways")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conftest import decoded, encoded, image, mask, serve  # noqa: E402, F401

# No prices, no telemetry and no list of models from the network.
litellm.telemetry = False
litellm.suppress_debug_info = True
KEY = "sk-interop"


def upload(size=(832, 800)):
    file = io.BytesIO(encoded(image(size)))
    file.name = "photo.png"
    return file


def pixels(response):
    assert response.data, response
    return [decoded(base64.b64decode(item.b64_json.removeprefix("data:image/png;base64,"))).size for item in response.data]


def origin(server):
    return f"http://127.0.0.1:{server.port}"


GENERATIONS = {
    "openai": ("openai/gpt-image-2", "/v1", {"size": "1024x1024"}),
    "azure": ("azure/my-images", "", {"size": "1024x1024", "api_version": "2026-10-01"}),
    "litellm": ("litellm_proxy/gpt-image-2", "/v1", {"size": "1024x1024"}),
    "xai": ("xai/grok-imagine-image", "/v1", {"response_format": "b64_json", "n": 2}),
    "openrouter": ("openrouter/google/gemini-2.5-flash-image", "/api/v1", {}),
    "together": ("together_ai/black-forest-labs/FLUX.1-schnell", "/v1", {"response_format": "base64"}),
    "vllm-omni": ("hosted_vllm/qwen-image", "/v1", {"size": "512x512"}),
    "sdcpp": ("openai/sd", "/v1", {"size": "512x512"}),
    "generic": ("openai/any", "/v1", {"size": "512x512"}),
}


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_generation(name, serve):
    model, path, options = GENERATIONS[name]
    response = litellm.image_generation(
        model=model, prompt="a lighthouse", api_base=origin(serve("--server", name)) + path, api_key=KEY, **options
    )
    sizes = pixels(response)
    assert len(sizes) == options.get("n", 1)
    if "size" in options:
        assert sizes[0] == tuple(map(int, options["size"].split("x")))


def test_a_generation_whose_images_are_addresses(serve):
    # LocalAI's are, unless base64 is asked for.
    server = serve("--server", "localai")
    response = litellm.image_generation(model="openai/sd", prompt="a lighthouse", api_base=origin(server) + "/v1", api_key=KEY)
    with urllib.request.urlopen(response.data[0].url) as download:
        assert response.data[0].url.startswith(origin(server)) and decoded(download.read()).size == (1024, 1024)


EDITS = {
    "openai": ("openai/gpt-image-2", "/v1", {"size": "832x800"}, True),
    "azure": ("azure/my-images", "", {"size": "832x800", "api_version": "2026-10-01"}, True),
    "litellm": ("litellm_proxy/gpt-image-2", "/v1", {"size": "832x800"}, True),
    "openrouter": ("openrouter/google/gemini-2.5-flash-image", "/api/v1", {}, False),
    "vllm-omni": ("hosted_vllm/qwen-image-edit", "/v1", {"size": "512x512"}, False),
    "sdcpp": ("openai/sd", "/v1", {"size": "512x512"}, False),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit(name, serve):
    model, path, options, has_mask = EDITS[name]
    arguments = dict(options)
    if has_mask:
        arguments["mask"] = io.BytesIO(encoded(mask()))
        arguments["mask"].name = "mask.png"
    response = litellm.image_edit(
        image=[upload()], model=model, prompt="a lighthouse", api_base=origin(serve("--server", name)) + path, api_key=KEY, **arguments
    )
    assert len(pixels(response)) == 1


def test_a_model_in_the_body_of_a_deployment_is_what_litellm_avoids(serve):
    base = f"{origin(serve('--server', 'azure'))}/openai/deployments/other/images/generations?api-version=2026-10-01"
    response = litellm.image_generation(model="azure/other", prompt="x", api_base=base, api_key=KEY, api_version="2026-10-01")
    assert len(pixels(response)) == 1


@pytest.mark.parametrize("name", ["openai", "azure", "xai", "together"])
def test_a_wrong_request_is_an_error_of_the_right_kind(name, serve):
    model, path, options = GENERATIONS[name]
    with pytest.raises(Exception) as caught:
        litellm.image_generation(
            model=model, prompt="x", api_base=origin(serve("--server", name)) + path, api_key=KEY, **{**options, "n": 99}
        )
    assert getattr(caught.value, "status_code", None) == 400, caught.value
