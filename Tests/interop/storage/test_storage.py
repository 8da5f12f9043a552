"""Sinks, sources and the purchase journal against an S3 server that really checks signatures; boto3 signs.

In an environment of its own (`.venv/storage`, made by `Scripts/test`); skipped where moto is not installed.
"""

import base64
import http.server
import json
import os
import subprocess
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("moto", reason="moto is not installed; Scripts/test installs it into .venv/storage")
import boto3  # noqa: E402
import botocore.config  # noqa: E402
from gate import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, Gate  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
CLIENT = os.environ.get("STORAGE_CLIENT", str(ROOT / ".build/debug/storage-client"))
PHOTOGRAPH = ROOT / "Sources/gesso-cli/Photographs/dogs-phone.jpg"
METHODS = {"GET": "get_object", "PUT": "put_object", "DELETE": "delete_object"}
PARAMETERS = {
    "if-none-match": "IfNoneMatch",
    "content-type": "ContentType",
    "x-amz-checksum-sha256": "ChecksumSHA256",
    "cache-control": "CacheControl",
}


def sdk(address):
    checksums = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    config = botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"}, **checksums)
    return boto3.client(
        "s3", endpoint_url=address, region_name=REGION, aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY, config=config)  # fmt: skip


class Signer:
    """Signs with boto3 for the client under test, which asks over loopback; and lists, by the SDK."""

    def __init__(self, gate):
        self.gate, self.tampers = gate, False
        self.presigning = sdk(gate.url)
        self.direct = sdk("http://{}:{}".format(*gate.moto_address))
        signer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                question = json.loads(base64.urlsafe_b64decode(urllib.parse.urlsplit(self.path).query))
                answer = signer.answer(question).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, question):
        if "list" in question:
            pages = self.direct.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=question["list"])
            return json.dumps([o["Key"] for page in pages for o in page.get("Contents", [])])
        return self.sign(question["method"], question["key"], question["headers"])

    def sign(self, method, key, headers={}):
        parameters = {PARAMETERS[name]: value for name, value in headers.items()}
        url = self.presigning.generate_presigned_url(
            METHODS[method], Params={"Bucket": BUCKET, "Key": key, **parameters}, ExpiresIn=60)  # fmt: skip
        if self.tampers:
            # Another object under the same signature.
            url = url.replace(f"/{BUCKET}/", f"/{BUCKET}/other-", 1)
        return url


class Client:
    def __init__(self, signer, spool):
        spool.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [CLIENT, signer.url, str(spool)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        self.lines = []

    def __call__(self, do, **fields):
        self.process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the client ended"
        self.lines.append(line)
        return json.loads(line)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def gate():
    gate = Gate()
    yield gate
    gate.stop()


@pytest.fixture
def signer(gate):
    gate.reset()
    signer = Signer(gate)
    signer.direct.create_bucket(Bucket=BUCKET)
    yield signer
    gate.drain()
    for key in json.loads(signer.answer({"list": ""})):
        signer.direct.delete_object(Bucket=BUCKET, Key=key)
    signer.server.shutdown()


@pytest.fixture
def start(signer, tmp_path):
    """Starts clients, each with a spool of its own unless it is named."""
    clients = []

    def start(spool=None):
        clients.append(Client(signer, spool or tmp_path / f"spool-{len(clients)}"))
        return clients[-1]

    yield start
    for client in clients:
        client.kill()
        # Whatever was reported, no line has a signature or a name of who signed.
        shown = "".join(client.lines)
        assert "X-Amz" not in shown and ACCESS_KEY not in shown, shown


def stored(signer, key):
    try:
        return signer.direct.get_object(Bucket=BUCKET, Key=key)
    except signer.direct.exceptions.NoSuchKey:
        return None


PUT = {"do": "put", "file": str(PHOTOGRAPH)}


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("key", ["a.jpg", "folder/ä b+c&d=1%2F~.jpg"])
def test_a_presigned_put(signer, gate, start, key, checksum):
    assert start()(**PUT, key=key, checksum=checksum) == {"kept": False, "bytes": PHOTOGRAPH.stat().st_size}
    found = stored(signer, key)
    assert found["Body"].read() == PHOTOGRAPH.read_bytes() and found["ContentType"] == "image/jpeg"
    assert [entry[0::2][0] for entry in gate.log] == ["PUT"]


def test_a_conditional_put(signer, gate, start):
    client = start()
    assert client(**PUT, key="a")["kept"] is False
    before = stored(signer, "a")["LastModified"]
    assert client(**PUT, key="a", existing="keep")["kept"] is True
    assert client(**PUT, key="a", existing="refuse")["error"] == "fileExists"
    assert stored(signer, "a")["LastModified"] == before
    for key, existing in (("b", "keep"), ("c", "refuse")):
        gate.faults = ["conflict", "conflict"]
        assert client(**PUT, key=key, existing=existing)["kept"] is False, "the other write came to nothing"
        assert stored(signer, key)["Body"].read() == PHOTOGRAPH.read_bytes()
    assert client(**PUT, key="a", existing="replace")["kept"] is False


def test_many_writers_of_one_name(signer, gate, start):
    clients = [start() for _ in range(4)]
    for number in range(5):
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda client: client(**PUT, key=f"k{number}", existing="keep"), clients))
        assert sorted(result["kept"] for result in results) == [False, True, True, True]


@pytest.mark.parametrize("ignores_ranges", [False, True])
def test_a_probe_reads_the_size_and_not_the_file(signer, gate, start, ignores_ranges):
    # Larger than what the sockets hold.
    padded = PHOTOGRAPH.read_bytes() + bytes(32 << 20)
    signer.direct.put_object(Bucket=BUCKET, Key="large.jpg", Body=padded)
    gate.ignores_ranges = ignores_ranges
    result = start()("probe", url=signer.sign("GET", "large.jpg"), origin=gate.url)
    assert result["bytes"] == len(padded) and result["read"] <= 65_536, result
    assert (result["width"], result["height"]) == (2016, 1342), result
    if not ignores_ranges:
        assert gate.log[0][2] == 206 and gate.log[0][3] <= 16_384


def test_a_get_under_the_rules_for_addresses(signer, gate, start):
    signer.direct.put_object(Bucket=BUCKET, Key="a.jpg", Body=PHOTOGRAPH.read_bytes())
    url = signer.sign("GET", "a.jpg")
    client = start()
    image = client("get", url=url, origin=gate.url)
    assert (image["width"], image["height"]) == (43, 64)
    assert client("get", url=url)["error"] == "fetchRefused", "a private address"
    assert client("get", url=url, origin="http://127.0.0.1:1")["error"] == "fetchRefused", "another port"
    assert client("probe", url=url)["error"] == "fetchRefused"
    assert len(gate.log) == 1


@pytest.mark.parametrize("fault, code", [("expired", "presignedURLExpired"), ("tampered", "signatureRefused")])
@pytest.mark.parametrize("do", ["put", "get", "claim"])
def test_an_expired_or_tampered_url_is_a_typed_error(signer, gate, start, do, fault, code):
    signer.direct.put_object(Bucket=BUCKET, Key="a.jpg", Body=PHOTOGRAPH.read_bytes())
    if fault == "expired":
        gate.clock = 61
    else:
        signer.tampers = True
    client = start()
    if do == "put":
        result = client(**PUT, key="new.jpg")
    elif do == "get":
        result = client("get", url=signer.sign("GET", "a.jpg"), origin=gate.url)
    else:
        result = client("claim", purchase="k")
    if do == "claim":
        assert (result["error"], result["facts"]["reason"], result["billed"]) == ("spoolNotWritable", code, False)
        assert "Nothing was sent" in result["message"]
    else:
        assert (result["error"], result["attempts"]) == (code, 1), result
    assert len(gate.log) == 1 and not gate.accepted, "never repeated, never carried out"


def test_a_body_that_changed_on_its_way_is_refused(signer, gate, start):
    gate.faults = ["corrupt"]
    result = start()(**PUT, key="a", checksum=True)
    assert (result["error"], result["facts"]["storageCode"]) == ("badRequest", "BadDigest")
    assert stored(signer, "a") is None


@pytest.mark.parametrize(
    "faults, attempts", [(["503"], 2), (["503", "503"], 3), (["slow"], 2), (["lost response"], 2)]
)  # fmt: skip
@pytest.mark.parametrize("existing", ["keep", "replace"])
def test_a_put_is_repeated_while_that_is_safe(signer, gate, start, faults, attempts, existing):
    gate.faults = list(faults)
    assert start()(**PUT, key="a", existing=existing)["kept"] is False, "its own image is not taken for another's"
    puts = [entry for entry in gate.log if entry[0] == "PUT"]
    assert stored(signer, "a")["Body"].read() == PHOTOGRAPH.read_bytes() and len(puts) <= attempts


@pytest.mark.parametrize("outage, code", [("503", "serverError"), ("slow", "firstByteTimeout")])
def test_a_put_that_fails_for_good_keeps_the_image_with_the_caller(signer, gate, start, outage, code):
    gate.outage = outage
    client = start()
    result = client(**PUT, key="a")
    assert (result["error"], result["attempts"], result["facts"]["mayBeStored"]) == (code, 3, "true")
    gate.outage = None
    assert client(**PUT, key="a", existing="keep")["bytes"] == PHOTOGRAPH.stat().st_size


@pytest.mark.parametrize("outage", ["503", "slow"])
def test_no_purchase_is_claimed_from_a_storage_that_fails(signer, gate, start, outage):
    client = start()
    gate.outage = outage
    result = client("claim", purchase="k")
    assert (result["error"], result["billed"]) == ("spoolNotWritable", False), result
    gate.outage = None
    gate.drain()
    # What of the first claim arrived late was ended by a note under its own token.
    assert client("claim", purchase="k")["claim"] == "mine"


def test_one_of_many_processes_gets_each_claim(signer, gate, start):
    clients = [start() for _ in range(4)]
    for number in range(6):
        gate.faults = ["lost response"] if number % 2 else []
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda client: client("claim", purchase=f"k{number}"), clients))
        assert sorted(result.get("claim") for result in results) == ["mine", "unknown", "unknown", "unknown"], results
        assert {result["state"] for result in results if result["claim"] == "unknown"} == {"underWay"}


def test_a_response_is_read_back_by_every_machine(signer, gate, start, tmp_path):
    owner, other = start(), start()
    assert owner("claim", purchase="k")["claim"] == "mine"
    (tmp_path / "spool-0/gesso-k.json").write_text('{"data":[]}')
    assert owner("record", purchase="k", outcome="done", file=str(tmp_path / "spool-0/gesso-k.json")) == {}
    assert other("claim", purchase="k") == {"claim": "done", "response": '{"data":[]}'}
    assert other("list") == {"entries": ["k done"]}


@pytest.mark.parametrize("outage", ["503", "slow"])
def test_nothing_is_lost_when_storing_fails_after_payment(signer, gate, start, tmp_path, outage):
    owner, other = start(), start()
    owner("claim", purchase="k")
    response = tmp_path / "spool-0/gesso-k.json"
    response.write_text('{"data":[]}')
    gate.outage = outage
    result = owner("record", purchase="k", outcome="done", file=str(response))
    assert result["error"] == "spoolNotWritable" and str(response.parent) in result["message"]
    gate.outage = None
    # A slow storage may have taken the response after all.
    assert other("claim", purchase="k")["claim"] in (["unknown"] if outage == "503" else ["unknown", "done"])
    # The owner crashes; its machine still has the response.
    owner.kill()
    again = start(response.parent)
    assert again("claim", purchase="k") == {"claim": "done", "response": '{"data":[]}'}


def test_a_crashed_owner_leaves_an_unknown_purchase_that_is_never_claimed_again(signer, gate, start):
    owner = start()
    owner("claim", purchase="k")
    owner.kill()
    for _ in range(3):
        assert start()("claim", purchase="k")["claim"] == "unknown"
    assert start()("resolve", purchase="k", outcome="failed")["error"] == "purchaseUnresolved", "within its lease"


def test_a_failed_purchase_is_claimed_again_by_one(signer, gate, start):
    owner, *others = [start() for _ in range(4)]
    owner("claim", purchase="k")
    assert owner("record", purchase="k", outcome="failed") == {}
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda client: client("claim", purchase="k")["claim"], others))
    assert sorted(results) == ["mine", "unknown", "unknown"]
