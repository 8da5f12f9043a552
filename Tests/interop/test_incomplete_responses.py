"""A generated image that did not arrive whole is an error that says so; what arrived is kept, and nothing is called success."""

import base64
import http.server
import json
import threading

import pytest
from conftest import encoded, image


@pytest.fixture
def broken_server():
    """Responds to every request with the given images."""
    files = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            data = json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(f).decode()} for f in files]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def respond(*images):
        files[:] = images
        return f"http://127.0.0.1:{server.server_address[1]}/v1"

    yield respond
    server.shutdown()
    server.server_close()


def damaged(format, how):
    data = bytearray(encoded(image((256, 256)), format))
    if how == "cut":
        return bytes(data[: len(data) // 2])
    if how == "without its end":
        return bytes(data[:-2])
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


CASES = [(format, how) for format in ["PNG", "JPEG", "WEBP", "GIF"] for how in ["cut", "without its end"]] + [("PNG", "bit")]


@pytest.mark.parametrize("format, how", CASES)
def test_generate(gesso, tmp_path, broken_server, format, how):
    whole, broken = encoded(image((64, 64))), damaged(format, how)
    address = broken_server(broken, whole)
    out = tmp_path / "out"
    run = gesso("generate", "a fox", "-n", "2", "--base-url", address, "--out", out, OPENAI_API_KEY="sk-test")
    assert run.status == 4, run.errors
    assert run.report["error"]["mayHaveBeenBilled"] and "incomplete" in run.errors and "billed" in run.errors
    kept = [path for path in out.iterdir() if "incomplete" in path.name]
    assert len(kept) == 1 and kept[0].read_bytes() == broken and str(kept[0]) in run.errors
    assert (out / "generated-1.png").read_bytes() == whole


def test_edit(gesso, tmp_path, broken_server):
    photo = tmp_path / "photo.png"
    photo.write_bytes(encoded(image((1024, 1024))))
    broken = damaged("PNG", "bit")
    run = gesso(
        "edit", photo, "--prompt", "x", "--mask-rect", "300,300,90,90", "--base-url", broken_server(broken), "--out", tmp_path / "out",
        OPENAI_API_KEY="sk-test",
    )  # fmt: skip
    assert run.status == 4 and run.report["error"]["mayHaveBeenBilled"], run.errors
    assert any(path.read_bytes() == broken for path in (tmp_path / "out").iterdir())


def test_collisions_are_found_before_the_request(gesso, tmp_path, broken_server):
    whole = encoded(image((1024, 1024)))
    address = broken_server(whole)
    out = tmp_path / "out"
    for name in ["photo-old.png", "photo.png", "фото.png", "日本.png", "a b.png", "a-b.png"]:
        (tmp_path / name).write_bytes(whole)
        arguments = ["edit", tmp_path / name, "--prompt", "x", "--mask-rect", "300,300,90,90", "--base-url", address, "--out", out]
        thumbnails = ["--thumbnail", "32x32:webp:q80", "--thumbnail", "32x32:webp:q20"]
        run = gesso(*arguments, *thumbnails, OPENAI_API_KEY="sk-test")
        assert run.status == 0, run.errors
        assert len({output["path"] for output in run.report["outputs"]}) == 3
        again = gesso(*arguments, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL="http://127.0.0.1:1")
        assert again.status == 1 and "--force" in again.errors and not again.report["error"]["mayHaveBeenBilled"]
