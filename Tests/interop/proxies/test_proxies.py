"""Real proxies between the program and the mock server: nginx, buffering and not, plain and with TLS and HTTP/2; and
LiteLLM's. `Scripts/proxies` runs this, since nginx and LiteLLM are too large for every test run."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conftest import ENVIRONMENT, PHOTOGRAPHS, decoded, gesso, serve, mock_server  # noqa: E402, F401

NGINX = """
{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 128; }}
http {{
  access_log off; client_max_body_size 100m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{buffering}; location / {{ proxy_pass http://127.0.0.1:{upstream}; }} }}
  server {{
    listen 127.0.0.1:{streaming};
    location / {{
      proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
    }}
  }}
  server {{
    listen 127.0.0.1:{secure} ssl http2; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; proxy_buffering off; }}
  }}
  server {{ listen 127.0.0.1:{dead}; location / {{ proxy_pass http://127.0.0.1:9; }} }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the proxy ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the proxy does not listen")


@pytest.fixture(scope="module")
def nginx(mock_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    ports = {name: free_port() for name in ("buffering", "streaming", "secure", "dead")}
    # Its workers would not be allowed into a folder of root's.
    user = "user root; " if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, upstream=mock_server.port, user=user, **ports))
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder])
    wait_for(ports["secure"], process, 10)
    yield {
        "buffering": ["--base-url", f"http://127.0.0.1:{ports['buffering']}/v1"],
        "streaming": ["--base-url", f"http://127.0.0.1:{ports['streaming']}/v1"],
        "TLS and HTTP/2": ["--base-url", f"https://127.0.0.1:{ports['secure']}/v1", "--ca-file", folder / "cert.pem"],
        "TLS not trusted": ["--base-url", f"https://127.0.0.1:{ports['secure']}/v1"],
        "nobody behind": ["--base-url", f"http://127.0.0.1:{ports['dead']}/v1"],
    }
    process.terminate()
    process.wait(timeout=10)


WAYS = ["buffering", "streaming", "TLS and HTTP/2"]
KEY = {"OPENAI_API_KEY": "sk-interop"}


def assert_images(run, count):
    assert run.status == 0, run.errors
    outputs = [output for output in run.report["outputs"] if "partial" not in Path(output["path"]).name]
    assert len(outputs) == count
    for output in outputs:
        assert decoded(Path(output["path"]).read_bytes()).size == (output["width"], output["height"])


@pytest.mark.parametrize("way", WAYS)
def test_generate(gesso, nginx, tmp_path, way):
    assert_images(gesso("generate", "x", "-n", "2", *nginx[way], "--out", tmp_path, **KEY), 2)


@pytest.mark.parametrize("way", WAYS)
def test_stream(gesso, nginx, tmp_path, way):
    run = gesso("generate", "x", "--stream", "--partials", "3", *nginx[way], "--out", tmp_path, **KEY)
    assert_images(run, 1)


@pytest.mark.parametrize("way", WAYS)
def test_edit_with_mask(gesso, nginx, tmp_path, way):
    run = gesso(
        "edit", PHOTOGRAPHS / "dogs-phone.jpg", "--prompt", "x", "--mask-rect", "400,500,300,300", *nginx[way],
        "--out", tmp_path, **KEY,
    )  # fmt: skip
    assert_images(run, 1)
    assert run.report["audit"]["changedOutside"] == 0


def test_an_unknown_certificate_is_refused(gesso, nginx, tmp_path):
    run = gesso("generate", "x", *nginx["TLS not trusted"], "--out", tmp_path, **KEY)
    assert run.status == 1 and "certificate" in run.report["error"]["message"]


def test_a_bad_gateway_is_an_error_of_its_own(gesso, nginx, tmp_path):
    run = gesso("generate", "x", *nginx["nobody behind"], "--out", tmp_path, **KEY)
    assert run.status in (3, 4) and run.report["error"]["status"] == 502


@pytest.fixture(scope="module")
def litellm(mock_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("litellm")
    entry = {"model": "openai/gpt-image-2.6-flare", "api_base": mock_server.base_url, "api_key": "sk-upstream"}
    config = {"model_list": [{"model_name": "gpt-image-2.6-flare", "litellm_params": entry}]}
    (folder / "config.yaml").write_text(json.dumps(config))
    port = free_port()
    log = open(folder / "log", "w")
    environment = {**ENVIRONMENT, "LITELLM_MASTER_KEY": "sk-master", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "litellm", "--config", folder / "config.yaml", "--host", "127.0.0.1", "--port", str(port)],
        stdout=log, stderr=log, env=environment,
    )  # fmt: skip
    wait_for(port, process, 180)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=2)
            break
        except OSError:
            time.sleep(0.2)
    yield ["--base-url", f"http://127.0.0.1:{port}/v1", "--model", "gpt-image-2.6-flare"]
    process.terminate()
    process.wait(timeout=30)
    log.close()


def test_generate_through_litellm(gesso, litellm, tmp_path):
    assert_images(gesso("generate", "x", *litellm, "--out", tmp_path, OPENAI_API_KEY="sk-master"), 1)


def test_edit_through_litellm(gesso, litellm, tmp_path):
    run = gesso(
        "edit", PHOTOGRAPHS / "dandelions.webp", "--prompt", "x", "--mask-rect", "400,300,200,200", *litellm,
        "--out", tmp_path, OPENAI_API_KEY="sk-master",
    )  # fmt: skip
    assert_images(run, 1)
    assert run.report["audit"]["changedOutside"] == 0


def test_litellm_reports_that_it_cannot_stream_images(gesso, litellm, tmp_path):
    # Its proxy fails with image events (1.106.2); expect a typed error with its message.
    run = gesso("generate", "x", "--stream", "--partials", "1", *litellm, "--out", tmp_path, OPENAI_API_KEY="sk-master")
    assert run.status == 3, run.errors
    assert run.report["error"]["status"] == 500
    assert "LiteLLM" in run.report["error"]["message"]
