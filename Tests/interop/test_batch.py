"""`gesso batch` with a mock server in its own process: the whole flow, and kill -9 at random moments of it."""

import json
import random
import signal
import subprocess
import time
import urllib.request

import pytest
from conftest import ENVIRONMENT, GESSO, decoded, image

KEY = {"OPENAI_API_KEY": "sk-interop"}
KILLS = 10


def jobs(folder):
    """Six generations and four edits of two small photographs."""
    for name in ("one", "two"):
        image((200 if name == "one" else 240, 180)).save(folder / f"{name}.png")
    lines = [
        {"id": f"generation-{number}", "prompt": f"a lighthouse, number {number}", "model": "gpt-image-2", "size": "1024x1024", "quality": "low"}
        for number in range(6)
    ] + [
        {"id": f"edit-{number}", "image": str(folder / ("one.png" if number % 2 else "two.png")), "prompt": f"a fox, number {number}",
         "model": "gpt-image-2", "maskEllipse": "40,50,60,60", "thumbnail": ["48x48:png"]}
        for number in range(4)
    ]  # fmt: skip
    manifest = folder / "jobs.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return manifest


def batches(server):
    request = urllib.request.Request(f"{server.base_url}/batches?limit=100", headers={"Authorization": "Bearer sk-interop"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]


def bought(server):
    """Batches and images that were bought."""
    found = batches(server)
    return len(found), sum(batch["request_counts"]["completed"] for batch in found)


def steps(server, manifest, run, out):
    connection = ["--base-url", server.base_url]
    return [
        ["batch", "plan", "--manifest", manifest, "--run", run, "--shard-lines", "3"],
        ["batch", "submit", "--run", run, "--settle", "1", *connection],
        ["batch", "status", "--run", run, "--wait", "--interval", "1", *connection],
        ["batch", "collect", "--run", run, "--out", out, *connection],
    ]


def files(out):
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name != "results.jsonl"}


def results(out):
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def undisturbed(gesso, serve, tmp_path_factory):
    """The files of a run that nobody stops, and how long its steps take."""
    folder = tmp_path_factory.mktemp("batch")
    server, manifest = serve("--wrong-size", "96x80"), jobs(folder)
    durations, reports = [], []
    for step in steps(server, manifest, folder / "run", folder / "out"):
        start = time.monotonic()
        done = gesso(*step, **KEY)
        assert done.status == 0, done.errors
        durations.append(time.monotonic() - start)
        reports.append(done.report)
    return {"folder": folder, "server": server, "manifest": manifest, "files": files(folder / "out"),
            "durations": durations, "reports": reports}  # fmt: skip


def test_the_whole_flow(undisturbed, gesso):
    plan, submission, status, collected = undisturbed["reports"]
    assert (plan["jobs"], plan["requests"]) == (10, 10)
    assert [shard["requests"] for shard in plan["shards"]] == [3, 3, 3, 1]
    assert submission["created"] == [1, 2, 3, 4]
    assert status["isFinished"] and status["completed"] == 10 and status["spent"] > 0
    assert (collected["done"], collected["failed"], collected["pending"]) == (10, 0, [])
    assert bought(undisturbed["server"]) == (4, 10)
    assert len(undisturbed["files"]) == 6 + 2 * 4
    lines = results(undisturbed["folder"] / "out")
    assert [line["line"] for line in lines] == list(range(1, 11))
    assert all(line["status"] == "done" and line["cost"] > 0 for line in lines)
    assert decoded(undisturbed["files"]["edit-1-0-full.png"]).size == (200, 180)
    # The run has nothing more to do.
    again = gesso(*steps(undisturbed["server"], undisturbed["manifest"], undisturbed["folder"] / "run", undisturbed["folder"] / "out")[1], **KEY)
    assert again.report["created"] == again.report["found"] == []


def test_edits_equal_those_of_the_edit_verb(undisturbed, gesso, tmp_path):
    edit = gesso(
        "edit", undisturbed["folder"] / "one.png", "--prompt", "a fox, number 1", "--model", "gpt-image-2", "--mask-ellipse", "40,50,60,60",
        "--thumbnail", "48x48:png", "--out", tmp_path, "--base-url", undisturbed["server"].base_url, **KEY,
    )  # fmt: skip
    assert edit.status == 0, edit.errors
    for name in ("full", "48"):
        assert (tmp_path / f"one-0-{name}.png").read_bytes() == undisturbed["files"][f"edit-1-0-{name}.png"]


def test_refused_jobs_are_named_together_and_nothing_is_planned(gesso, tmp_path):
    manifest = tmp_path / "jobs.jsonl"
    manifest.write_text(
        '{"id": "a", "prompt": "x", "model": "gpt-image-2"}\nno JSON\n{"id": "a", "prompt": "x", "model": "gpt-image-2"}\n'
        '{"id": "b", "prompt": "x", "image": "missing.png"}\n{"id": "c", "prompt": "x", "tint": "red"}\n'
    )
    refused = gesso("batch", "plan", "--manifest", manifest, "--run", tmp_path / "run")
    assert refused.status == 2
    assert refused.report["error"]["facts"]["lines"] == "2,3,4,5"
    for line in (2, 3, 4, 5):
        assert f"\n  line {line}" in refused.errors, "a line for each"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["lock"]


def test_a_manifest_of_any_editor_is_read(gesso, tmp_path):
    lines = [json.dumps({"id": name, "prompt": "ein Leuchtturm, größer", "model": "gpt-image-2"}, ensure_ascii=False) for name in ("a", "ä", "../b")]
    manifest = tmp_path / "jobs.jsonl"
    # A byte order mark, CRLF, blank lines, and no line feed at the end.
    manifest.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n  \r\n".join(lines).encode())
    plan = gesso("batch", "plan", "--manifest", manifest, "--run", tmp_path / "run")
    assert plan.status == 0, plan.errors
    assert plan.report["jobs"] == 3


def test_lines_that_cannot_be_read_are_refused_with_what_to_do(gesso, tmp_path):
    good = b'{"id": "a", "prompt": "x", "model": "gpt-image-2"}\n'
    long = b'{"id": "b", "prompt": "' + b"x" * (17 << 20) + b'"}\n'
    manifest = tmp_path / "jobs.jsonl"
    manifest.write_bytes(good + long + b'{"id": "c", "prompt": "\xff"}\n' + good.replace(b'"a"', b'"d"'))
    refused = gesso("batch", "plan", "--manifest", manifest, "--run", tmp_path / "run")
    assert refused.status == 2
    assert refused.report["error"]["facts"]["lines"] == "2,3"
    # No advice with an option that this command has not.
    assert "by path" in refused.errors and "--line-bytes" not in refused.errors
    assert "UTF-8" in refused.errors


def test_run_does_all_with_a_mock_server(gesso, tmp_path):
    manifest = jobs(tmp_path)
    done = gesso("batch", "run", "--manifest", manifest, "--run", tmp_path / "run", "--out", tmp_path / "out", "--mock", "--wrong-size", "96x80")
    assert done.status == 0, done.errors
    assert done.report["done"] == 10 and len(files(tmp_path / "out")) == 14


def test_a_killed_run_buys_once_and_writes_the_same_files(undisturbed, gesso, serve, tmp_path):
    server = serve("--wrong-size", "96x80")
    seed = random.randrange(1 << 32)
    choose = random.Random(seed)
    kills = 0
    wanted = {0: 3, 1: 4, 3: 3}
    for index, step in enumerate(steps(server, undisturbed["manifest"], tmp_path / "run", tmp_path / "out")):
        left, attempts = wanted.get(index, 0), 0
        while left and attempts < 40:
            attempts += 1
            process = subprocess.Popen(
                [GESSO, *map(str, step)], env={**ENVIRONMENT, **KEY}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(choose.uniform(0, undisturbed["durations"][index]))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                left, kills = left - 1, kills + 1
            process.wait()
        done = gesso(*step, **KEY)
        assert done.status == 0, f"seed {seed}: {done.errors}"
    assert kills >= KILLS - 2, f"seed {seed}: only {kills} kills met a running command"
    assert bought(server) == (4, 10), f"seed {seed}"
    assert files(tmp_path / "out") == undisturbed["files"], f"seed {seed}"
    assert [line["status"] for line in results(tmp_path / "out")] == ["done"] * 10
