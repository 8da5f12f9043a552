"""Where outputs go: pipes, devices, names as typed, file systems without hard links, and errors that say what happened."""

import errno
import io
import json
import os
import stat
import subprocess

import pytest
from conftest import ENVIRONMENT, GESSO, ROOT, encoded, image
from PIL import Image


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(image((96, 64))))
    return path


def run(*arguments, shell=None, **options):
    command = ["bash", "-c", shell, "bash", GESSO, *map(str, arguments)] if shell else [GESSO, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env={**ENVIRONMENT, **options.pop("environment", {})}, timeout=120, **options)


def test_standard_input_and_output(photo):
    done = run("convert", "-", "-", "--format", "webp", input=photo.read_bytes())
    assert done.returncode == 0, done.stderr
    assert Image.open(io.BytesIO(done.stdout)).format == "WEBP"
    report = run("inspect", "-", "--json", input=photo.read_bytes())
    assert json.loads(report.stdout)["size"] == {"width": 96, "height": 64}
    piped = run(photo, shell='"$1" convert <(cat "$2") >(cat >"$2.out") --format png; wait; sleep 0.2')
    assert piped.returncode == 0 and Image.open(f"{photo}.out").size == (96, 64)
    for device in ["/dev/stdin", "/proc/self/fd/0"]:
        assert run("inspect", device, input=photo.read_bytes()).returncode == 0
    assert run("convert", "-", "-", input=photo.read_bytes()).returncode == 64, "a format is needed"
    assert run("convert", "-", "-", "--format", "png", "--json", input=b"").returncode == 64


def test_finish_reads_and_writes_pipes(tmp_path, photo):
    import base64

    body = json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(photo.read_bytes()).decode()}]}).encode()
    done = run("finish", "-", "--out", "-", input=body)
    assert done.returncode == 0 and done.stdout == photo.read_bytes(), done.stderr
    done = run("finish", "-", "--out", tmp_path / "out", input=body)
    assert done.returncode == 0 and (tmp_path / "out/image-0.png").exists(), done.stderr


@pytest.mark.parametrize("arguments", [["inspect"], ["convert", "-"], ["--help"], ["--version"]])
def test_a_full_disk_behind_standard_output(photo, arguments):
    command = {
        "inspect": f'"$1" inspect "{photo}"', "convert": f'"$1" convert "{photo}" - --format png',
    }.get(arguments[0], f'"$1" {arguments[0]}')  # fmt: skip
    done = run(shell=f"{command} >/dev/full")
    assert done.returncode == 1 and b"No space left" in done.stderr


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_pipes_and_devices_are_written_into(tmp_path, photo, force):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    assert run("convert", photo, pipe, "--format", "png", *force).returncode == 0
    assert Image.open(io.BytesIO(reader.communicate()[0])).size == (96, 64)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    assert run("convert", photo, link, "--format", "png", *force).returncode == 0
    assert link.is_symlink() and stat.S_ISCHR(os.stat("/dev/null").st_mode)
    folder = tmp_path / "folder.png"
    folder.mkdir()
    assert run("convert", photo, folder, *force).returncode == 1 and folder.is_dir()


@pytest.mark.parametrize(
    "name", ["a b.png", "ünï-日本.png", ".hidden.png", "-.png", "%41.png", "a?b#.png", "~.png", "new\nline.png", "x" * 251 + ".png"]
)
def test_names_are_taken_as_typed(tmp_path, photo, name):
    done = run("convert", photo, tmp_path / name)
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / name).size == (96, 64)


def test_control_characters_are_escaped(tmp_path, photo):
    for target in [tmp_path / "a\x1b[31m\u202e.png", tmp_path / "missing\x1b[31m/\x07.png"]:
        done = run("convert", photo, target)
        assert b"\x1b" not in done.stdout + done.stderr and b"\\u{1b}" in done.stdout + done.stderr
    done = run("inspect", "no\x1b[31m\r\nfile")
    assert b"\x1b" not in done.stderr and done.stderr.count(b"\n") == 1
    assert b"\x1b" not in run("\x1b[31m").stderr


def test_what_exists_is_named_before_the_work(tmp_path, photo):
    out = tmp_path / "out.png"
    out.write_bytes(b"mine")
    done = run("convert", tmp_path / "missing.png", out)
    assert done.returncode == 1 and b"--force" in done.stderr and out.read_bytes() == b"mine"
    assert run("convert", photo, out, "--force").returncode == 0 and Image.open(out).size == (96, 64)


def test_format_and_extension(tmp_path, photo):
    assert run("convert", photo, tmp_path / "a.png", "--format", "jpeg").returncode == 64
    for extension in ["jfif", "jpe", "JPG"]:
        assert run("convert", photo, tmp_path / f"a.{extension}").returncode == 0
        assert Image.open(tmp_path / f"a.{extension}").format == "JPEG"


@pytest.fixture(scope="session")
def failing(tmp_path_factory):
    library = tmp_path_factory.mktemp("failing") / "failing.so"
    compiler = os.environ.get("CC", "clang")
    source = ROOT / "Tests/system-calls/failing.c"
    subprocess.run([compiler, "-O2", "-fPIC", "-shared", "-o", library, source, "-lpthread", "-ldl"], check=True)
    return lambda call, at, number, ever: {
        "LD_PRELOAD": str(library), "GESSO_FAIL_CALL": call, "GESSO_FAIL_AT": str(at), "GESSO_FAIL_EVER": str(int(ever)),
        "GESSO_FAIL_ERRNO": str(number),
    }  # fmt: skip


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_no_hard_links(tmp_path, photo, failing, number, force):
    out = tmp_path / "out"
    environment = failing("link", 1, number, ever=True)
    assert run("convert", photo, out / "a.png", *force, environment=environment).returncode == 0
    assert [path.name for path in out.iterdir()] == ["a.png"] and Image.open(out / "a.png").size == (96, 64)
    again = run("convert", photo, out / "a.png", environment=environment)
    assert again.returncode == 1 and b"exists" in again.stderr


def test_a_directory_that_cannot_be_synced(tmp_path, photo, failing):
    out = tmp_path / "out"
    done = run("convert", photo, out / "a.png", environment=failing("fsync", 2, errno.EIO, ever=False))
    assert done.returncode == 1 and b"was written" in done.stderr and b"nothing" not in done.stderr
    assert Image.open(out / "a.png").size == (96, 64)
    unsupported = failing("fsync", 1, errno.EINVAL, ever=True)
    assert run("convert", photo, out / "b.png", environment=unsupported).returncode == 0


def test_outputs_are_not_judged_by_input_limits(tmp_path, photo):
    run_ = run("convert", photo, tmp_path / "a.png", "--resize", "9000x9000", "--limit", "pixels=10000")
    assert run_.returncode == 0, run_.stderr
    huge = run("convert", photo, tmp_path / "b.png", "--resize", "40000x40000")
    assert huge.returncode == 2 and b"--limit output-pixels" in huge.stderr and b"--pixel-budget" in huge.stderr
    assert not (tmp_path / "b.png").exists()
    assert run("convert", photo, tmp_path / "b.png", "--limit", "pixels=10").returncode == 2
    for wrong in ["pixels", "pixels=0", "pixels=x", "nothing=1", "cpu-seconds=-1"]:
        assert run("convert", photo, tmp_path / "b.png", "--limit", wrong).returncode == 64


def test_thumbnail_of_200_megapixels(tmp_path):
    path = tmp_path / "phone.jpg"
    path.write_bytes(encoded(Image.linear_gradient("L").resize((16320, 12240)).convert("RGB"), "JPEG", quality=60))
    done = run("convert", path, tmp_path / "a.webp", "--resize", "256x256", "--pixel-budget", "128MiB")
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "a.webp").size == (256, 192)
