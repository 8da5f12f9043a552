"""GET /images/{id}/{rendition}: formats, conditions, ranges, signatures, names that are none."""

import os
import threading
import time
import urllib.parse

import pytest
from conftest import Server, noise
from PIL import features


@pytest.fixture(scope="module")
def photo(shared_client):
    return shared_client.upload()


@pytest.fixture
def preview(photo):
    return photo["thumbnail"]


def test_a_phone_photo_is_shown_upright(client, photo):
    assert (photo["width"], photo["height"]) == (1024, 1536) or photo["height"] > photo["width"]
    image = client.get(photo["thumbnail"]).image()
    assert max(image.size) == 480 and image.size[1] > image.size[0]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("image/avif,image/webp,*/*", "image/avif"),
        ("image/webp,*/*;q=0.8", "image/webp"),
        ("image/*", "image/jpeg"),
        ("*/*", "image/jpeg"),
        ("image/avif;q=0.5,image/webp", "image/webp"),
        ("image/png", "image/png"),
    ],
)
def test_accept_decides_the_format(client, preview, accept, kind):
    response = client.get(preview, accept=accept)
    assert response.status == 200
    assert response.headers["content-type"] == kind
    assert response.headers["vary"] == "Accept"
    if kind != "image/avif" or features.check("avif"):
        assert response.image().format == kind[6:].upper()


def test_an_accept_without_images_is_refused(client, preview):
    response = client.get(preview, accept="text/html")
    assert response.status == 406
    assert "AVIF" in response.message


def test_a_client_that_has_the_image_gets_no_bytes(client, preview):
    first = client.get(preview, accept="image/webp")
    tag = first.headers["etag"]
    assert tag.startswith('"') and "immutable" in first.headers["cache-control"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        second = client.get(preview, accept="image/webp", if_none_match=condition)
        assert (second.status, second.body) == (304, b"")
        assert second.headers["etag"] == tag
    assert client.get(preview, accept="image/webp", if_none_match='"other"').status == 200
    assert client.get(preview, accept="image/avif").headers["etag"] != tag


def test_ranges(client, preview):
    whole = client.get(preview, accept="image/webp")
    length = len(whole.body)
    cases = {
        "bytes=0-99": (0, 100), "bytes=100-": (100, length), "bytes=-50": (length - 50, length),
        f"bytes={length - 1}-{length + 500}": (length - 1, length), f"bytes=-{length * 2}": (0, length),
    }
    for header, (start, end) in cases.items():
        part = client.get(preview, accept="image/webp", range=header)
        assert part.status == 206, header
        assert part.body == whole.body[start:end], header
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{length}", header
    for header in (f"bytes={length}-", "bytes=-0"):
        part = client.get(preview, accept="image/webp", range=header)
        assert (part.status, part.headers["content-range"]) == (416, f"bytes */{length}"), header
    for header in ("bytes=5-2", "bytes=a-b", "lines=0-5", "bytes=0-1,5-6", "bytes=", "bytes=99999999999999999999-"):
        assert client.get(preview, accept="image/webp", range=header).status in (200, 416), header


def test_if_range_of_another_file_gives_all_of_it(client, preview):
    tag = client.get(preview, accept="image/webp").headers["etag"]
    assert client.get(preview, accept="image/webp", range="bytes=0-9", if_range=tag).status == 206
    assert client.get(preview, accept="image/webp", range="bytes=0-9", if_range='"x"').status == 200


def test_head_says_the_length_and_sends_nothing(client, preview):
    whole = client.get(preview, accept="image/webp")
    head = client.send("HEAD", preview, headers={"accept": "image/webp"})
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    # Ranges are of GET alone.
    head = client.send("HEAD", preview, headers={"accept": "image/webp", "range": "bytes=0-9"})
    assert (head.status, head.headers["content-length"]) == (200, str(len(whole.body)))


def test_addresses_that_were_not_given_out_are_refused(client, photo):
    path, query = photo["preview"].split("?")
    fields = dict(urllib.parse.parse_qsl(query))
    later = str(int(fields["expires"]) + 86_400)
    other = path.replace("2048", "2047")
    tampered = {
        path: 403, f"{other}?{query}": 403, f"{path}?expires={later}&signature={fields['signature']}": 403,
        f"{path}?expires={fields['expires']}&signature={fields['signature'][:-2]}AA": 403,
        f"{path}?expires=&signature=": 403, f"{path}?expires=1e9&signature=!!": 403,
    }
    for address, status in tampered.items():
        response = client.get(address)
        assert response.status == status, address
        assert "gave out" in response.message


def test_an_address_is_the_same_all_day_and_for_two_at_the_most(client, photo):
    expires = int(urllib.parse.parse_qs(photo["preview"].split("?")[1])["expires"][0])
    assert expires % 86_400 == 0
    assert 86_400 <= expires - time.time() <= 2 * 86_400
    again = client.get(photo["preview"])
    age = int(again.headers["cache-control"].split("max-age=")[1].split(",")[0])
    assert age <= expires - time.time() + 5


@pytest.mark.parametrize(
    "rendition",
    ["0", "15", "4097", "0512", "512.gif", "512.", "512-cover", "full", "original.png", "-512", "512.webp.webp", "۵۱۲"],
)
def test_names_are_exact(client, photo, rendition):
    path = f"/images/{photo['id']}/{urllib.parse.quote(rendition)}"
    assert client.get(path).status in (403, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/images/../signing-key", "/images/%2e%2e/signing-key", "/images/..%2f..%2fetc%2fpasswd/original",
        "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc", "/scripts/../../../signing-key",
        "/scripts/%2e%2e/%2e%2e/signing-key", "/images/%00/original", "//etc/passwd", "/scripts/main.js%00.css",
    ],
)
def test_no_path_leads_outside(client, path):
    response = client.get(path)
    assert response.status in (400, 403, 404), path
    assert b"root:" not in response.body


def test_many_who_ask_at_once_get_one_rendition(client, server):
    import concurrent.futures

    photo = client.upload(data=noise(900, 700))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        bodies = set(pool.map(lambda _: client.get(photo["preview"], accept="image/webp").body, range(24)))
    assert len(bodies) == 1


def test_files_that_come_and_go_while_the_cache_is_trimmed_do_no_harm(tmp_path):
    folder = tmp_path / "renditions" / ("0" * 16) / ("0" * 64)
    folder.mkdir(parents=True)
    for number in range(2_000):
        (folder / f"{number}.webp").write_bytes(b"x")
    oldest = folder.parent / "oldest.webp"
    oldest.write_bytes(b"x" * 10_000)
    os.utime(oldest, (0, 0))
    is_over = threading.Event()

    def rename():
        while not is_over.is_set():
            for number in range(2_000):
                (folder / f"{number}.webp").rename(folder / "moved.webp")
                (folder / "moved.webp").rename(folder / f"{number}.webp")

    renaming = threading.Thread(target=rename)
    renaming.start()
    try:
        for _ in range(3):
            server = Server(tmp_path, "--mock", "--cache-bytes", "5000")
            end = time.monotonic() + 30
            while oldest.exists():
                assert server.process.poll() is None, "the server ended"
                assert time.monotonic() < end, "nothing was trimmed"
                time.sleep(0.05)
            server.stop()
            oldest.write_bytes(b"x" * 10_000)
            os.utime(oldest, (0, 0))
    finally:
        is_over.set()
        renaming.join()


def test_what_is_stored_is_for_the_servers_user_alone(client, server):
    client.upload()
    for name in ("images", "renditions", "uploads", "signing-key"):
        assert (server.folder / name).stat().st_mode & 0o077 == 0, name
