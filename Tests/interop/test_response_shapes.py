"""Whatever shape a server responds in: an image is read, a URL is a result, and what cannot be read is kept as it came."""

import base64
import hashlib
import json
import threading

import pytest
from conftest import encoded, image
from shapes import FETCHES, IMAGE, LARGE, SHAPES, URL, ShapesServer

KEY = "sk-canary-7f3b9d41c0aa5e62"
PROMPT = "a lighthouse canary-prompt-51f0"
MODES = ("plain", "stream", "edit")


@pytest.fixture(scope="module")
def server():
    server = ShapesServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    path = tmp_path_factory.mktemp("photograph") / "photo.png"
    path.write_bytes(encoded(image((1024, 1024))))
    return path


def call(gesso, server, shape, mode, photograph, folder, *options, spool=True):
    """Runs one request; `folder` gets the outputs, and the spool beside them."""
    spools = ["--spool", folder / "spool"] if spool else ["--no-spool"]
    verb = ["edit", photograph, "--prompt", PROMPT] if mode == "edit" else ["generate", PROMPT, "--size", "1024x1024"]
    stream = ["--stream", "--partials", "1"] if mode == "stream" else []
    return gesso(
        *verb, *stream, "--base-url", f"{server.origin}/{shape}/v1", "--out", folder / "out", *spools,
        *options, OPENAI_API_KEY=KEY,
    )  # fmt: skip


def kept_responses(folder):
    return sorted(path for path in (folder / "out").glob("*.response.*")) if (folder / "out").exists() else []


# What must be nowhere but in the raw file.
FORMS = [KEY, KEY[:12], PROMPT, base64.b64encode(KEY.encode()).decode()[:16]]


def secrets_in(run):
    """The forms of key and prompt that only the raw file may hold."""
    text = run.output.decode() + run.errors
    return [form for form in FORMS if form in text]


def verify(kind, code, run, folder, mode, server, shape):
    assert not secrets_in(run)
    kept = kept_responses(folder)
    if kind in ("image", "large"):
        assert run.status == 0, run.errors
        outputs = run.report["outputs"]
        assert len([output for output in outputs if "region" not in output["path"]]) >= 1
        if mode != "edit":
            assert len(outputs) == 1
            with open(outputs[0]["path"], "rb") as file:
                data = file.read()
            assert hashlib.sha256(data).digest() == hashlib.sha256(LARGE if kind == "large" else IMAGE).digest()
        assert kept == []
    elif kind == "url":
        assert len(kept) == 1
        url = f"{server.origin}/file/a.png"
        if mode == "edit":
            # Without the image the edit is not finished.
            assert run.status == 4 and run.report["error"]["mayHaveBeenBilled"]
            assert url in run.report["error"]["message"]
        else:
            assert run.status == 0, run.errors
            assert run.report["urls"] == [url] and run.report["responseFile"] == str(kept[0])
    elif kind == "unusable":
        error = run.report["error"]
        assert (run.status, error["code"], error["mayHaveBeenBilled"]) == (4, code, True)
        assert len(kept) == 1 and str(kept[0]) in error["message"] and error["facts"]["responseFile"] == str(kept[0])
        assert kept[0].stat().st_mode & 0o077 == 0
        _, _, sent, _ = SHAPES[shape][1]()
        assert kept[0].read_bytes() == sent.replace(b"{origin}", server.origin.encode())
    else:
        assert (run.status, run.report["error"]["code"]) == (3, code)
        assert kept == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_shape(gesso, server, photograph, tmp_path, shape, mode):
    kind, code = SHAPES[shape][0]
    run = call(gesso, server, shape, mode, photograph, tmp_path)
    verify(kind, code, run, tmp_path, mode, server, shape)
    requests = sum(path.startswith(f"/{shape}/") for path, _ in server.requests)
    server.requests.clear()
    # Only a failed server is asked again: nothing else can be repeated without paying twice.
    assert requests == (3 if (kind, code) == ("refused", "serverError") else 1)
    if kind != "unusable":
        return
    # A second program says the same of the same bytes.
    finish = gesso("finish", kept_responses(tmp_path)[0], "--out", tmp_path / "finished")
    error = finish.report["error"]
    assert (finish.status, error["code"], error["mayHaveBeenBilled"]) == (4, code, True), error
    assert not list((tmp_path / "finished").glob("*")) and not secrets_in(finish)


UNUSABLE = [name for name, (expected, _) in SHAPES.items() if expected[0] == "unusable"]
URLS = [name for name, (expected, _) in SHAPES.items() if expected == URL]


@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize("shape", UNUSABLE)
def test_without_a_spool_the_same_bytes_are_kept(gesso, server, photograph, tmp_path, shape, mode):
    kind, code = SHAPES[shape][0]
    run = call(gesso, server, shape, mode, photograph, tmp_path, spool=False)
    verify(kind, code, run, tmp_path, mode, server, shape)
    server.requests.clear()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", URLS)
def test_an_address_is_fetched_if_asked(gesso, server, photograph, tmp_path, shape, mode):
    server.requests.clear()
    run = call(gesso, server, shape, mode, photograph, tmp_path, "--fetch")
    verify("image", None, run, tmp_path, mode, server, shape)
    fetched = [headers for path, headers in server.requests if path == "/file/a.png"]
    assert len(fetched) == 1
    # The key is for the API, not for whatever it names.
    assert KEY not in json.dumps(fetched)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", FETCHES)
def test_what_cannot_be_fetched_is_not_lost(gesso, server, photograph, tmp_path, shape, mode):
    server.requests.clear()
    run = call(gesso, server, shape, mode, photograph, tmp_path, "--fetch")
    error = run.report["error"]
    assert (run.status, error["mayHaveBeenBilled"]) == (4, True), run.errors
    assert error["code"] == ("notFound" if shape == "gone" else "fetchRefused")
    kept = kept_responses(tmp_path)
    assert len(kept) == 1 and str(kept[0]) in error["message"]
    assert b"a.png" in kept[0].read_bytes()
    # The request is not sent again, since the image is paid for.
    assert sum(path.endswith(("/generations", "/edits")) for path, _ in server.requests) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_server_repeats_stays_in_the_raw_file(gesso, server, photograph, tmp_path, shape, mode):
    """The key and the prompt: in no output, no report, no journal and no name of a file."""
    run = call(gesso, server, shape + "+echo", mode, photograph, tmp_path)
    server.requests.clear()
    kind = SHAPES[shape][0][0]
    wanted = {"image": [0], "large": [0], "url": [4] if mode == "edit" else [0], "unusable": [4], "refused": [3]}[kind]
    assert run.status in wanted, run.errors
    assert not secrets_in(run)
    for path in tmp_path.rglob("*"):
        assert KEY[:12] not in str(path) and "canary" not in path.name
        # The server's own bytes: the raw file, and the response of a purchase in the spool beside its entry.
        is_raw = ".response." in path.name or (path.parent.name == "spool" and path.suffix != ".entry")
        if not path.is_file() or is_raw:
            continue
        content = path.read_bytes()
        assert not any(form.encode() in content for form in FORMS), path
