"""/edits and /generations: forms, results, proof, events and their resume, lists, deletion."""

import io
import json

import numpy
import pytest
from conftest import PHOTOGRAPHS, Server
from fake_api import FakeAPI
from PIL import Image, ImageDraw, ImageOps

STATES = ["queued", "preparing", "uploading", "waiting", "partialImage", "finishing", "finished"]


@pytest.fixture(scope="module")
def edited(shared_client):
    """A finished edit, its photo, and the events that it had."""
    photo = shared_client.upload()
    job = shared_client.edit(photo, mask={"rectangle": {"x": 300, "y": 200, "width": 400, "height": 300}})
    events = shared_client.events(f"/edits/{job['id']}/events")
    return shared_client.get(f"/edits/{job['id']}").json(), photo, events


def test_events_come_in_order_and_end(edited):
    _, _, events = edited
    names = [name for _, name, _ in events]
    assert [name for name in STATES if name in names] == list(dict.fromkeys(names))
    assert names[-1] == "finished" and "partialImage" in names
    numbers = [int(number) for number, _, _ in events]
    assert numbers == sorted(set(numbers))


def test_a_partial_image_lies_where_the_part_was(edited):
    _, photo, events = edited
    partial = next(data for _, name, data in events if name == "partialImage")
    window = partial["window"]
    assert 0 <= window["x"] <= 300 and window["x"] + window["width"] >= 700
    assert window["x"] + window["width"] <= photo["width"]
    assert abs(partial["width"] / partial["height"] - window["width"] / window["height"]) < 0.02
    assert partial["image"].startswith("data:image/webp;base64,")


def test_an_edit_changes_nothing_outside_the_mask(edited, shared_client):
    job, _, _ = edited
    audit = job["result"]["audit"]
    assert audit["changedPixels"] == 0 and audit["keptPixels"] > 1_000_000
    before = ImageOps.exif_transpose(Image.open(PHOTOGRAPHS / "dogs-phone.jpg")).convert("RGB")
    lossless = next(each for each in job["result"]["downloads"] if each["format"] == "PNG")
    after = shared_client.get(lossless["url"]).image().convert("RGB")
    difference = numpy.abs(numpy.asarray(before, int) - numpy.asarray(after, int)).max(axis=2)
    assert difference[210:490, 310:690].max() > 30
    inside = numpy.zeros(difference.shape, bool)
    inside[200 - 12:500 + 12, 300 - 12:700 + 12] = True
    # Two JPEG decoders differ by a level or two, everywhere.
    assert difference[~inside].max() <= 3


def test_each_download_is_what_it_says(edited, shared_client):
    job, photo, _ = edited
    downloads = job["result"]["downloads"]
    assert [each["format"] for each in downloads] == ["JPEG", "PNG", "WebP", "AVIF"]
    for download in downloads:
        response = shared_client.get(download["url"])
        assert response.status == 200
        assert response.headers["content-type"] == f"image/{download['format'].lower()}"
        if download.get("byteCount"):
            assert len(response.body) == download["byteCount"]
        if download["format"] != "AVIF":
            assert ImageOps.exif_transpose(response.image()).size == (photo["width"], photo["height"])


def test_the_heatmap_is_dark_where_nothing_changed(edited, shared_client):
    job, photo, _ = edited
    response = shared_client.get(job["result"]["heatmap"])
    pixels = numpy.asarray(response.image().convert("RGB"), int)
    scale = pixels.shape[0] / photo["height"]
    saturation = pixels.max(axis=2) - pixels.min(axis=2)
    inside = saturation[int(220 * scale):int(480 * scale), int(320 * scale):int(680 * scale)]
    outside = saturation[int(700 * scale):, :]
    assert inside.mean() > 15
    assert outside.mean() < 1
    tag = response.headers["etag"]
    assert shared_client.get(job["result"]["heatmap"], if_none_match=tag).status == 304


@pytest.mark.parametrize("seen", [0, 1, 3, -2])
def test_events_resume_after_the_last_one_seen(edited, shared_client, seen):
    job, _, events = edited
    number = events[seen][0]
    rest = shared_client.events(f"/edits/{job['id']}/events", after=number)
    assert rest, "nothing came"
    assert all(int(each) > int(number) for each, _, _ in rest)
    assert rest[-1][1] == "finished"


def test_a_partial_image_that_is_damaged_does_not_end_the_stream(tmp_path):
    api = FakeAPI(partials=[b"\x89PNG\r\n\x1a\n" + b"\0" * 100])
    server = Server(tmp_path, environment=api.environment)
    client = server.client()
    job = client.edit(client.upload("dandelions.webp"))
    names = [name for _, name, _ in client.events(f"/edits/{job['id']}/events")]
    assert names[-1] == "finished" and "partialImage" not in names
    server.stop()
    api.stop()


@pytest.mark.parametrize("after", ["x", "-5", "99999999999999999999999", "", "1;drop"])
def test_a_last_event_that_is_none_begins_with_the_state(edited, shared_client, after):
    job, _, _ = edited
    assert shared_client.events(f"/edits/{job['id']}/events", after=after or None)[-1][1] == "finished"


def test_a_mask_as_a_file(client):
    photo = client.upload("dandelions.webp")
    mask = Image.new("RGBA", (photo["width"], photo["height"]), (0, 0, 0, 255))
    ImageDraw.Draw(mask).ellipse((100, 100, 220, 200), fill=(0, 0, 0, 0))
    white = Image.new("L", mask.size, 0)
    ImageDraw.Draw(white).ellipse((100, 100, 220, 200), fill=255)
    for image, means in ((mask, None), (white, "white")):
        file = io.BytesIO()
        image.save(file, "PNG")
        fields = {"mask_means": means} if means else {}
        response = client.send(
            "POST", "/edits", photo=photo["id"], prompt="a bee", mask=("mask.png", file.getvalue()), **fields)
        assert response.status == 202, response.body
        job = client.finished(response.json())
        assert job["state"] == "finished" and job["result"]["audit"]["changedPixels"] == 0


@pytest.mark.parametrize(
    "prompt", ["👨‍👩‍👧‍👦" * 450, "\x01/\"\\" * 400, "a" + "\u0301" * 8_000, "é" * 8_000],
    ids=["families", "escapes", "accents", "letters"])
def test_a_prompt_of_any_characters_has_a_label_that_fits(client, prompt):
    photo = client.upload("dandelions.webp")
    job = client.edit(photo, prompt=prompt)
    assert prompt.startswith(job["prompt"])
    assert client.get(f"/edits/{job['id']}").json()["photo"]["id"] == photo["id"]


def test_strokes_and_erasers(client):
    photo = client.upload("dandelions.webp")
    stroke = {"strokes": [{"radius": 30, "points": [[100, 100], [300, 180]]}]}
    erased = {"strokes": [{"radius": 10, "points": [[200, 140]]}]}
    mask = {"union": [{"subtraction": {"from": stroke, "remove": erased}},
                      {"rectangle": {"x": 400, "y": 50, "width": 60, "height": 60}}]}
    job = client.finished(client.edit(photo, mask=mask))
    assert job["state"] == "finished", job["failure"]


def test_one_request_does_all(client):
    file = (PHOTOGRAPHS / "dandelions.webp").read_bytes()
    response = client.send(
        "POST", "/edits", photo=("p.webp", file), prompt="a bee", rendition=["256.webp", "128-cover.jpg"],
        mask=json.dumps({"ellipse": {"x": 100, "y": 100, "width": 90, "height": 90}}))
    assert response.status == 202
    assert response.headers["location"] == f"/edits/{response.json()['id']}"
    result = client.finished(response.json())["result"]
    assert max(client.get(result["renditions"]["256.webp"]).image().size) == 256
    assert client.get(result["renditions"]["128-cover.jpg"]).image().size == (128, 128)


@pytest.mark.parametrize("rendition", ["5.webp", "256", "../../x", "256.gif", "99999.png"])
def test_a_rendition_that_is_none_is_refused(client, rendition):
    photo = client.upload("dandelions.webp")
    response = client.send("POST", "/edits", photo=photo["id"], prompt="x", rendition=rendition)
    assert response.status == 400
    assert "rendition" in response.message


def test_the_price_is_told_before(client):
    photo = client.upload("dandelions.webp")
    mask = json.dumps({"rectangle": {"x": 100, "y": 100, "width": 90, "height": 90}})
    prices = {}
    for quality in ("low", "high"):
        response = client.send("POST", "/edits/price", photo=photo["id"], mask=mask, quality=quality)
        assert response.status == 200, response.body
        prices[quality] = response.json()["price"]
        assert prices[quality]["note"]
    if prices["low"].get("high") is not None:
        assert prices["low"]["high"] < prices["high"]["high"]
    response = client.send("POST", "/generations/price", prompt="a lighthouse")
    assert response.status == 200 and "price" in response.json()


def test_a_request_that_is_sent_twice_is_one_job(client):
    photo = client.upload("dandelions.webp")
    mask = json.dumps({"rectangle": {"x": 100, "y": 100, "width": 90, "height": 90}})
    ids = {
        client.send("POST", "/edits", headers={"idempotency-key": "k1"}, photo=photo["id"], prompt="x", mask=mask).json()["id"]
        for _ in range(3)
    }
    assert len(ids) == 1
    assert len(client.get("/edits").json()["jobs"]) == 1


def test_generations(client):
    response = client.send("POST", "/generations", prompt="a lighthouse")
    assert response.status == 202, response.body
    job = response.json()
    events = client.events(f"/generations/{job['id']}/events")
    assert events[-1][1] == "finished"
    assert any(name == "partialImage" for _, name, _ in events)
    result = client.get(f"/generations/{job['id']}").json()["result"]
    assert client.get(result["photo"]["preview"]).status == 200
    # The result can be edited further.
    further = client.finished(client.edit(result["photo"]))
    assert further["state"] == "finished", further


def test_lists_are_newest_first_in_pages_and_ones_own(client, server):
    photo = client.upload("dandelions.webp")
    ids = [client.edit(photo, prompt=f"number {i}")["id"] for i in range(5)]
    page = client.get("/edits?limit=2").json()
    assert [job["prompt"] for job in page["jobs"]] == ["number 4", "number 3"]
    rest = client.get(f"/edits?limit=9&before={page['next']}").json()
    assert [job["prompt"] for job in rest["jobs"]] == ["number 2", "number 1", "number 0"]
    assert rest.get("next") is None
    other = server.client()
    assert other.get("/edits").json()["jobs"] == []
    for method, path in (("GET", ""), ("GET", "/events"), ("DELETE", ""), ("POST", "/resend"), ("GET", "/heatmap")):
        assert other.send(method, f"/edits/{ids[0]}{path}").status == 404, (method, path)
    for each in ids:
        client.finished({"kind": "edit", "id": each})


def test_deleting_removes_images_but_not_what_others_need(client):
    photo = client.upload("dandelions.webp")
    masks = [{"rectangle": {"x": x, "y": 100, "width": 90, "height": 90}} for x in (100, 300, 300)]
    first, second, third = (client.finished(client.edit(photo, mask=mask)) for mask in masks)
    addresses = [each["url"] for each in first["result"]["downloads"]] + [first["result"]["thumbnail"]]
    assert all(client.get(each).status == 200 for each in addresses)
    assert client.send("DELETE", f"/edits/{first['id']}").status == 204
    assert {client.get(each).status for each in addresses} == {404}
    assert client.get(f"/edits/{first['id']}").status == 404
    assert client.get(photo["preview"]).status == 200
    # The mock server makes the same image of the same request.
    assert client.send("DELETE", f"/edits/{second['id']}").status == 204
    assert client.get(third["result"]["thumbnail"]).status == 200
    assert client.send("DELETE", f"/edits/{third['id']}").status == 204
    assert client.get(third["result"]["thumbnail"]).status == 404
    assert client.get(photo["preview"]).status == 404
    assert client.send("DELETE", f"/edits/{third['id']}").status == 404


@pytest.mark.parametrize("name", ["..", "%2e%2e", "x" * 300, "a%2fb", "%00", "' or 1=1--"])
def test_ids_that_are_none(client, name):
    import urllib.parse

    for method in ("GET", "DELETE"):
        assert client.send(method, f"/edits/{urllib.parse.quote(name, safe='%')}").status in (400, 404)


def test_health_ready_and_request_ids(client):
    assert client.get("/health").body == b"ok\n"
    assert client.get("/ready").status == 200
    ids = {client.get("/health").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3 and None not in ids
    missing = client.get("/nothing")
    assert missing.status == 404
    assert missing.json()["error"]["requestID"] == missing.headers["x-request-id"]
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy"):
        assert missing.headers[name]


def test_metrics_are_text_and_name_nobody(server, client):
    photo = client.upload()
    assert client.get(photo["thumbnail"], accept="image/webp").status == 200
    response = client.get("/metrics")
    assert response.status == 200 and response.headers["content-type"].startswith("text/plain; version=0.0.4")
    values = {}
    for line in response.body.decode().splitlines():
        if not line.startswith("# TYPE "):
            name, value = line.rsplit(" ", 1)
            values[name] = float(value)
    assert values['gesso_images_decoded{format="jpeg"}'] >= 1
    assert values['gesso_images_encoded{format="webp"}'] >= 1
    assert values['gesso_encode_duration_seconds_sum{format="webp",outcome="ok"}'] > 0
    assert values["gesso_pool_cpu_nanoseconds"] > 0
    counts = [name for name in values if name.startswith("http_request_duration_seconds_count")]
    assert any('photos",method="POST",status="201"' in name for name in counts)
    assert photo["id"].encode() not in response.body and b"signature" not in response.body


def test_metrics_have_no_label_that_a_client_makes_up(client):
    client.get("/made-up-path")
    client.get("/images/made-up-id/made-up-name/more")
    client.send("MADEUPMETHOD", "/health")
    client.send("MADEUPMETHOD", "/made-up-path")
    text = client.get("/metrics").body.decode()
    assert 'http_request_duration_seconds_count{route="NotFound",method="GET",status="404"}' in text
    assert "made-up" not in text and "MADEUP" not in text
