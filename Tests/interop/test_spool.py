"""The spool of the program: empty after success, and with everything paid for after a failure."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading

import pytest
from conftest import ENVIRONMENT, GESSO, ROOT, image
from PIL import Image

KEY = {"OPENAI_API_KEY": "sk-interop"}


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


def entries(gesso, spool):
    return gesso("spool", "list", "--spool", spool).report["entries"]


def generate(gesso, server, tmp_path, spool, *options, out="out"):
    return gesso(
        "generate", "a lighthouse", "--size", "1024x1024", "--base-url", server, "--out", tmp_path / out,
        "--spool", spool, *options, **KEY,
    )  # fmt: skip


class Cutter:
    """A server that reads a request whole, sends `head` and hangs up."""

    def __init__(self, response):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1"
        self.response = response
        self.requests = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            head, body = data.split(b"\r\n\r\n", 1)
            length = int(next(line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")))
            while len(body) < length:
                body += connection.recv(65536)
            self.requests += 1
            connection.sendall(self.response)
            connection.close()


def test_success_leaves_the_spool_empty(gesso, mock_server, tmp_path, spool):
    photo = tmp_path / "photo.png"
    image((300, 200)).save(photo)
    assert generate(gesso, mock_server.base_url, tmp_path, spool, "--thumbnail", "64x64").status == 0
    assert generate(gesso, mock_server.base_url, tmp_path, spool, "--stream", out="streamed").status == 0
    for verb, options in (("edit", ["--prompt", "p", "--mask-rect", "5,5,40,40"]), ("vary", [])):
        run = gesso(verb, photo, *options, "--base-url", mock_server.base_url, "--out", tmp_path / verb, "--spool", spool, **KEY)
        assert run.status == 0, run.errors
    assert list(spool.iterdir()) == []


def test_responses_are_kept_on_request_and_pruned(gesso, mock_server, tmp_path, spool):
    for number in range(3):
        assert generate(gesso, mock_server.base_url, tmp_path, spool, "--keep-spooled", out=str(number)).status == 0
    found = entries(gesso, spool)
    assert [entry["state"] for entry in found] == ["done"] * 3
    assert all(entry["operation"] == "images.generations" and entry["label"] == "generated" for entry in found)
    text = "".join(path.read_text() for path in spool.glob("*.entry"))
    assert "lighthouse" not in text and "sk-interop" not in text
    removed = gesso("spool", "prune", "--keep", 1, "--spool", spool).report["entries"]
    assert [entry["key"] for entry in removed] == [entry["key"] for entry in found[:2]]
    assert gesso("spool", "prune", "--older-than", 1, "--spool", spool).report["entries"] == []
    assert gesso("spool", "prune", "--older-than", 0, "--spool", spool, "--state", "unknown").report["entries"] == []
    assert len(gesso("spool", "prune", "--older-than", 0, "--spool", spool).report["entries"]) == 1
    assert list(spool.iterdir()) == []


def test_a_default_spool_lies_in_the_state_directory(gesso, mock_server, tmp_path):
    run = gesso(
        "generate", "a dog", "--keep-spooled", "--base-url", mock_server.base_url, "--out", tmp_path / "out",
        XDG_STATE_HOME=str(tmp_path / "state"), **KEY,
    )  # fmt: skip
    assert run.status == 0, run.errors
    assert len(list((tmp_path / "state/gesso").iterdir())) == 2
    assert (tmp_path / "state/gesso").stat().st_mode & 0o777 == 0o700
    run = gesso("generate", "a dog", "--mock", "--out", tmp_path / "mock", XDG_STATE_HOME=str(tmp_path / "other"))
    assert run.status == 0 and not (tmp_path / "other").exists(), "what costs nothing is not kept"


def test_a_request_that_was_refused_leaves_nothing(gesso, mock_server, tmp_path, spool):
    run = gesso("generate", "a dog", "--base-url", mock_server.base_url, "--out", tmp_path / "out", "--spool", spool)
    assert run.status == 3 and list(spool.iterdir()) == []


def test_a_response_that_never_came_is_unknown_until_it_is_resolved(gesso, tmp_path, spool):
    cutter = Cutter(b"")
    run = generate(gesso, cutter.base_url, tmp_path, spool)
    assert run.status == 4 and cutter.requests == 1
    [entry] = entries(gesso, spool)
    assert entry["state"] == "unknown" and entry["mayHaveBeenBilled"]
    assert run.report["error"]["facts"]["purchaseKey"] == entry["key"]
    finish = gesso("spool", "finish", "--out", tmp_path / "finished", "--spool", spool)
    assert finish.status == 0 and finish.report["withoutImages"] == [entry["key"]] and finish.report["outputs"] == []
    assert gesso("spool", "resolve", entry["key"], "--spool", spool).report["entries"][0]["state"] == "failed"
    assert gesso("spool", "resolve", "none", "--spool", spool).status != 0


@pytest.mark.parametrize("whole", [0, 1, 2])
def test_the_whole_images_of_a_cut_response_are_finished(gesso, mock_server, tmp_path, spool, whole):
    whole_run = generate(gesso, mock_server.base_url, tmp_path, spool, "--keep-spooled", "-n", 2, out="whole")
    assert whole_run.status == 0
    [kept] = spool.glob("*.json")
    body = kept.read_bytes()
    shutil.rmtree(spool)
    images = [len(body.split(b'"b64_json"')[0]), body.rindex(b'"b64_json"'), len(body) - 1]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    cutter = Cutter(head + body[: images[whole] + 100])
    run = generate(gesso, cutter.base_url, tmp_path, spool, "-n", 2)
    if whole == 2:
        # Nothing was missing but the last byte, or not even that.
        assert run.status in (0, 4)
        return
    assert run.status == 4 and str(spool) in run.report["error"]["message"]
    [entry] = entries(gesso, spool)
    assert entry["state"] == "unknown" and entry["files"][0].endswith(".part")
    finish = gesso("spool", "finish", "--out", tmp_path / "finished", "--spool", spool)
    assert finish.status == 0, finish.errors
    written = [open(output["path"], "rb").read() for output in finish.report["outputs"]]
    expected = [open(output["path"], "rb").read() for output in whole_run.report["outputs"]]
    assert written == expected[:whole]
    assert len(entries(gesso, spool)) == 1, "what broke off stays"
    alone = gesso("finish", entry["files"][0], "--out", tmp_path / "alone")
    assert (alone.status == 0) == (whole > 0)


def test_a_response_in_the_spool_finishes_an_edit_unpaid(gesso, mock_server, tmp_path, spool):
    photo = tmp_path / "photo.png"
    image((300, 200)).save(photo)
    edit = ["edit", photo, "--prompt", "p", "--mask-rect", "5,5,40,40", "--spool", spool]
    assert gesso(*edit, "--keep-spooled", "--out", tmp_path / "paid", "--base-url", mock_server.base_url, **KEY).status == 0
    [output] = gesso("spool", "finish", "--out", tmp_path / "finished", "--spool", spool).report["outputs"]
    assert list(spool.iterdir()) == []
    run = gesso(*edit, "--kept", output["path"], "--out", tmp_path / "again", "--base-url", "http://127.0.0.1:9/v1", **KEY)
    assert run.status == 0, run.errors
    assert (tmp_path / "paid/photo-0-full.png").read_bytes() == (tmp_path / "again/photo-0-full.png").read_bytes()


@pytest.mark.parametrize("options", [["--spool", "/proc/none"], ["--spool", "/dev/null"]])
def test_a_spool_that_cannot_be_used_refuses_the_purchase(gesso, tmp_path, options):
    cutter = Cutter(b"")
    run = gesso("generate", "a dog", "--base-url", cutter.base_url, "--out", tmp_path / "out", *options, **KEY)
    assert run.status == 1 and cutter.requests == 0
    assert "--allow-unspooled" in run.report["error"]["message"]


def test_unspooled_requests_are_sent_when_that_is_allowed(gesso, mock_server, tmp_path):
    for number, options in enumerate((["--spool", "/proc/none", "--allow-unspooled"], ["--no-spool"])):
        run = gesso("generate", "a dog", "--base-url", mock_server.base_url, "--out", tmp_path / str(number), *options, **KEY)
        assert run.status == 0, run.errors


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_an_output_directory_without_room_refuses_the_purchase(gesso, tmp_path, spool):
    out = tmp_path / "small"
    out.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", out], check=True)
    try:
        cutter = Cutter(b"")
        run = generate(gesso, cutter.base_url, tmp_path, spool, out="small")
        assert run.status == 1 and cutter.requests == 0 and "bytes free" in run.report["error"]["message"]
    finally:
        subprocess.run(["umount", "-l", out], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="full disks need root")
def test_nothing_is_lost_when_processes_are_killed_and_disks_are_full():
    """A sample of Scripts/crash-recovery."""
    run = subprocess.run(
        [sys.executable, ROOT / "Scripts/crash-recovery", "--kills", "12", "--step", "160", "--kinds", "edit,generate"],
        capture_output=True, text=True, timeout=600, env={**ENVIRONMENT, "GESSO_BUILD": os.path.dirname(GESSO)},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
