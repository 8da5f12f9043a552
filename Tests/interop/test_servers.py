"""The program with each server profile, and the mock server as each server.

The table says, from public documentation of the servers and apart from both implementations, what a request must look like.
The official SDK judges OpenAI and Azure; `gateways/test_litellm.py` has LiteLLM judge the others.
"""

import base64
import http.server
import json
import threading
from dataclasses import dataclass, field

import openai
import pytest
from conftest import PHOTOGRAPHS, Recorder, decoded, encoded, image, mask

KEY = "sk-canary-5e1f9a7c3b2d4f60"
PROMPT = "canaryprompt of a lighthouse"


@dataclass
class Server:
    """What a request to a server looks like: the path below the base URL, the header with the key, and the fields."""

    base: str = "/v1"
    generations: str = "/images/generations"
    edits: str | None = "/images/edits"
    header: tuple[str, str] | None = ("Authorization", "Bearer ")
    variable: str = "OPENAI_API_KEY"
    required: set = field(default_factory=lambda: {"model", "prompt", "size"})
    allowed: set = field(default_factory=lambda: {"quality", "n", "background", "output_format"})
    form: bool = True
    image: str = "image"
    mask: str | None = "mask"
    model: str | None = "gpt-image-2"
    environment: dict = field(default_factory=dict)


SERVERS = {
    "openai": Server(),
    "azure": Server(
        "", "/openai/deployments/gpt-image-2/images/generations?api-version=2026-10-01",
        "/openai/deployments/gpt-image-2/images/edits?api-version=2026-10-01", ("api-key", ""), "AZURE_OPENAI_API_KEY",
        {"prompt", "size"}, model=None, environment={"OPENAI_API_VERSION": "2026-10-01"},
    ),
    "azure-v1": Server("", "/openai/v1/images/generations", "/openai/v1/images/edits", ("api-key", ""), "AZURE_OPENAI_API_KEY"),
    "litellm": Server(variable="LITELLM_PROXY_API_KEY"),
    "localai": Server(edits=None, variable="LOCALAI_API_KEY", required={"model", "prompt", "size", "response_format"}),
    "vllm-omni": Server(variable="VLLM_API_KEY", allowed={"n", "background", "output_format"}, mask="mask_image"),
    "sdcpp": Server(header=None, image="image[]"),
    "xai": Server(
        variable="XAI_API_KEY", required={"model", "prompt", "aspect_ratio", "response_format"}, allowed={"n"}, form=False, mask=None,
    ),
    "openrouter": Server("/api/v1", "/images", "/images", variable="OPENROUTER_API_KEY", form=False, image="input_references", mask=None),
    "together": Server(
        edits="/images/generations", variable="TOGETHER_API_KEY", required={"model", "prompt", "width", "height", "response_format"},
        allowed={"n", "output_format"}, form=False, image="image_url", mask=None,
    ),
    "gemini": Server(
        "/v1beta/openai", edits=None, variable="GEMINI_API_KEY", required={"model", "prompt", "size", "response_format"}, allowed={"n"},
    ),
    "generic": Server(),
}  # fmt: skip


def run(gesso, name, recorder_or_url, *arguments, **environment):
    server = SERVERS[name]
    origin = recorder_or_url.removesuffix("/v1")
    return gesso(
        *arguments, "--server", name, "--base-url", origin + server.base,
        **{server.variable: KEY, **server.environment, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def recorded(serve):
    """A recorder before a mock server, for each server."""
    recorders = {}

    def start(name):
        if name not in recorders:
            recorders[name] = Recorder(serve("--server", name).port)
        return recorders[name]

    yield start
    for recorder in recorders.values():
        recorder.server.shutdown()
        recorder.server.server_close()


def check_head(server, path, headers, expected):
    assert path == server.base + expected
    lowered = {name.lower(): value for name, value in headers.items()}
    for name in ("authorization", "api-key", "x-key", "x-api-key"):
        wanted = server.header and server.header[0].lower() == name
        assert lowered.get(name) == (server.header[1] + KEY if wanted else None), name


def check_fields(server, fields):
    assert server.required <= fields <= server.required | server.allowed, fields


@pytest.mark.parametrize("name", SERVERS)
def test_a_generation_is_what_the_server_takes(name, recorded, gesso, tmp_path):
    server, recorder = SERVERS[name], recorded(name)
    result = run(
        gesso, name, recorder.base_url, "generate", PROMPT, "--model", "gpt-image-2", "--size", "1024x1024", "--quality", "low",
        "--format", "png", "-n", "2", "--out", tmp_path,
    )  # fmt: skip
    assert result.status == 0, result.errors
    assert len(result.report["outputs"]) == 2
    path, headers, body = recorder.requests[-1]
    check_head(server, path, headers, server.generations)
    fields = json.loads(body)
    check_fields(server, set(fields))
    assert fields.get("model") == server.model and fields["prompt"] == PROMPT


@pytest.mark.parametrize("name", SERVERS)
def test_an_edit_is_what_the_server_takes_and_protects_what_was_not_selected(name, recorded, gesso, tmp_path):
    server, recorder = SERVERS[name], recorded(name)
    source = tmp_path / "photo.png"
    original = image((832, 800))
    source.write_bytes(encoded(original))
    count = len(recorder.requests)
    arguments = ["edit", source, "--prompt", PROMPT, "--model", "gpt-image-2", "--mask-rect", "300,200,200,250"]
    result = run(gesso, name, recorder.base_url, *arguments, "--out", tmp_path / "out")
    if server.edits is None:
        assert result.status == 2 and result.report["error"]["code"] == "unsupportedFeature"
        assert len(recorder.requests) == count
        return
    assert result.status == 0, result.errors
    path, headers, body = recorder.requests[-1]
    check_head(server, path, headers, server.edits)
    if server.form:
        parts = recorder.parts()
        files = [part[0] for part in parts if part[1]]
        assert files == [server.image] + ([server.mask] if server.mask else [])
        check_fields(server, {part[0] for part in parts if not part[1]})
    else:
        assert headers["Content-Type"] == "application/json"
        fields = json.loads(body)
        check_fields(server, set(fields) - {server.image})
        assert "data:image/" in json.dumps(fields[server.image])
    before, after = original.convert("RGB"), decoded((tmp_path / "out" / "photo-0-full.png").read_bytes()).convert("RGB")
    assert before.size == after.size and before.tobytes() != after.tobytes()
    # 40 pixels of feather and more around the selection.
    for box in [(0, 0, 832, 150), (0, 500, 832, 800), (0, 0, 250, 800), (560, 0, 832, 800)]:
        assert before.crop(box).tobytes() == after.crop(box).tobytes()
    plan = run(gesso, name, recorder.base_url, *arguments, "--dry-run").report["plan"]
    assert any("takes no mask" in issue for issue in plan["issues"]) == (server.mask is None)


def test_a_deployment_has_its_own_name(recorded, gesso, tmp_path):
    for name in ("azure", "azure-v1", "xai"):
        recorder = recorded(name)
        result = run(
            gesso, name, recorder.base_url, "generate", PROMPT, "--model", "gpt-image-2", "--size", "1024x1024", "--quality", "low",
            "--deployment", "my images", "--out", tmp_path / name,
        )  # fmt: skip
        assert result.status == 0, result.errors
        path, _, body = recorder.requests[-1]
        model = json.loads(body).get("model")
        assert ("/my%20images/" in path, model) == ((True, None) if name == "azure" else (False, "my images"))
        # What the model is known to cost is known by its own name.
        assert result.report.get("cost") or name == "xai"


def test_fields_headers_and_response_format(recorded, gesso, tmp_path):
    recorder = recorded("generic")
    result = run(
        gesso, "generic", recorder.base_url, "generate", PROMPT, "--model", "m", "--out", tmp_path, "--field", "seed=42", "--field",
        "style=vivid", "--field", 'text="7"', "--field", 'loras=[{"name": "a", "weight": 0.5}]', "--response-format", "b64_json",
        "--header", "X-Route: blue",
    )  # fmt: skip
    assert result.status == 0, result.errors
    _, headers, body = recorder.requests[-1]
    fields = json.loads(body)
    assert fields["seed"] == 42 and fields["style"] == "vivid" and fields["text"] == "7"
    assert fields["loras"] == [{"name": "a", "weight": 0.5}] and fields["response_format"] == "b64_json"
    assert {name.lower(): value for name, value in headers.items()}["x-route"] == "blue"
    for arguments in (["--field", "n=3"], ["--field", "model=x"], ["--header", f"Authorization: {KEY}"], ["--header", f"x-api-key:{KEY}"]):
        refused = run(gesso, "generic", recorder.base_url, "generate", PROMPT, "--model", "m", "--out", tmp_path / "no", *arguments)
        assert refused.status == 2, arguments
        assert KEY not in refused.output.decode() + refused.errors


def test_a_profile_in_a_file(recorded, gesso, tmp_path):
    recorder = recorded("generic")
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"name": "own", "keyHeader": "x-key", "keyPrefix": "", "keyVariables": ["OWN_KEY"], "fields": {"seed": 1}}))
    arguments = ["generate", PROMPT, "--model", "m", "--server", profile, "--base-url", recorder.base_url, "--out", tmp_path / "out"]
    assert gesso(*arguments, OWN_KEY=KEY).status == 0
    _, headers, body = recorder.requests[-1]
    assert {name.lower(): value for name, value in headers.items()}["x-key"] == KEY and json.loads(body)["seed"] == 1
    profile.write_text(json.dumps({"name": "own", "keyheader": KEY}))
    refused = gesso(*arguments, "--force")
    assert refused.status == 2 and "keyheader is not a known key" in refused.errors and KEY not in refused.errors
    unknown = gesso(*arguments[:5], "missing", "--out", tmp_path / "out2")
    assert unknown.status == 2 and "openrouter" in unknown.errors


def test_doctor_says_what_is_configured_and_asks_only_if_told(recorded, gesso):
    recorder = recorded("xai")
    count = len(recorder.requests)
    origin = recorder.base_url
    report = gesso("doctor", "--server", "xai", "--base-url", origin, "--model", "gpt-image-2", XAI_API_KEY=KEY).report
    assert report["keyIsSet"] and report["server"]["name"] == "xai" and report["server"]["edits"] == "JSON"
    assert KEY not in json.dumps(report) and "models" not in report and len(recorder.requests) == count
    missing = gesso("doctor", "--server", "azure").report
    assert not missing["keyIsSet"] and len(missing["advice"]) == 3


def test_doctor_lists_the_models_if_told(serve, gesso):
    url = serve("--server", "xai").base_url
    report = gesso("doctor", "--server", "xai", "--base-url", url, "--model", "gpt-image-2", "--models", XAI_API_KEY=KEY).report
    assert "gpt-image-2" in report["models"] and report["advice"] == []


@pytest.mark.parametrize("name", SERVERS)
def test_the_mock_server_of_one_command_imitates_the_server(name, gesso, tmp_path):
    result = gesso("generate", PROMPT, "--mock", "--server", name, "--size", "1024x1024", "--out", tmp_path)
    assert result.status == 0, result.errors


class Echo(http.server.BaseHTTPRequestHandler):
    """Refuses every request, with all of it in the response."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        everything = " ".join(f"{name}: {value}" for name, value in self.headers.items()) + " " + self.path
        body = json.dumps({"error": everything, "detail": everything, "message": everything}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Request-Id", everything[-200:])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.mark.parametrize("name", SERVERS)
def test_no_key_and_no_prompt_in_errors(name, gesso, tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        secret = "hdr-s3"
        for arguments in (
            ["generate", PROMPT, "--model", "gpt-image-2"],
            ["edit", PHOTOGRAPHS / "bowl-cutout.png", "--prompt", PROMPT, "--model", "gpt-image-2"],
        ):
            result = run(
                gesso, name, f"http://127.0.0.1:{server.server_address[1]}/v1", *arguments, "--out", tmp_path, "--header",
                f"X-Auth-Token: {secret}",
            )  # fmt: skip
            assert result.status in (2, 3)
            text = result.output.decode() + result.errors
            for canary in (KEY, KEY[10:], secret, "canaryprompt", base64.b64encode(KEY.encode()).decode()):
                assert canary not in text
    finally:
        server.shutdown()
        server.server_close()


def test_the_official_sdk_with_openai(serve):
    client = openai.OpenAI(api_key="k", base_url=serve("--server", "openai").base_url, max_retries=0)
    response = client.images.generate(model="gpt-image-2", prompt="x", size="1024x1024", quality="low")
    assert decoded(base64.b64decode(response.data[0].b64_json)).size == (1024, 1024) and response.usage.total_tokens > 0
    edited = client.images.edit(
        model="gpt-image-2", prompt="x", size="832x800", image=("a.png", encoded(image()), "image/png"),
        mask=("m.png", encoded(mask()), "image/png"),
    )  # fmt: skip
    assert edited.data[0].b64_json
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model="gpt-image-2", prompt="x", extra_body={"seed": 1})
    assert caught.value.param == "seed"


def test_the_official_sdk_with_azure(serve):
    port = serve("--server", "azure").port
    # Without a model: the SDK sends it in the body too, which the deployment route refuses.
    client = openai.AzureOpenAI(
        api_key="k", azure_endpoint=f"http://127.0.0.1:{port}", azure_deployment="my-images", api_version="2026-10-01", max_retries=0,
    )  # fmt: skip
    response = client.images.generate(prompt="x", size="1024x1024", quality="low")
    assert response.data[0].b64_json
    edited = client.images.edit(prompt="x", size="832x800", image=("a.png", encoded(image()), "image/png"))
    assert edited.data[0].b64_json
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model="my-images", prompt="x")
    assert caught.value.param == "model"
    newer = openai.OpenAI(
        api_key="k", base_url=f"http://127.0.0.1:{serve('--server', 'azure-v1').port}/openai/v1", max_retries=0,
    )  # fmt: skip
    assert newer.images.generate(model="my-images", prompt="x", size="1024x1024").data[0].b64_json
