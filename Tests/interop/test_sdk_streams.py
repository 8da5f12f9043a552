"""Streams, through the official SDK."""

import base64
import json
import time
from pathlib import Path

import openai
import pytest
from conftest import decoded, encoded, mask, image

MODEL = "gpt-image-2.6-flare"
SMALL = dict(model=MODEL, prompt="a stream", size="832x800", output_format="webp", output_compression=20)


@pytest.mark.parametrize("partials", [None, 0, 1, 2, 3])
def test_generate(client, partials):
    options = {} if partials is None else {"partial_images": partials}
    events = list(client.images.generate(**SMALL, stream=True, **options))
    *before, last = events
    assert [event.type for event in before] == ["image_generation.partial_image"] * (partials or 0)
    assert [event.partial_image_index for event in before] == list(range(partials or 0))
    assert last.type == "image_generation.completed"
    assert last.usage.output_tokens == 1472 + 100 * (partials or 0)
    for event in events:
        assert decoded(base64.b64decode(event.b64_json)).size == (832, 800)
        assert (event.size, event.output_format, event.background) == ("832x800", "webp", "opaque")


def test_edit(client):
    events = list(
        client.images.edit(
            **SMALL, image=[("a.png", encoded(image()), "image/png")], mask=("m.png", encoded(mask()), "image/png"),
            stream=True, partial_images=2,
        )
    )  # fmt: skip
    assert [event.type for event in events] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_usages_of_the_events_add_up(client, count):
    whole = client.images.generate(**SMALL, n=count).usage
    usages = [event.usage for event in client.images.generate(**SMALL, n=count, stream=True)]
    assert len(usages) == count
    assert sum(usage.output_tokens for usage in usages) == whole.output_tokens
    assert sum(usage.total_tokens for usage in usages) == whole.total_tokens


@pytest.fixture(scope="module")
def troubled(serve, tmp_path_factory):
    """A mock server with one fault for each request, in order."""

    def start(*faults, **behavior):
        path = tmp_path_factory.mktemp("behavior") / "behavior.json"
        path.write_text(json.dumps({**behavior, "faults": list(faults)}))
        server = serve("--behavior", str(path))
        return openai.OpenAI(api_key="k", base_url=server.base_url, max_retries=0, timeout=20)

    return start


@pytest.mark.parametrize("form", ["data", "event", "bare"])
def test_error_event(troubled, form):
    error = {"message": "blocked", "type": "image_generation_user_error", "code": "moderation_blocked"}
    client = troubled({"events": {"errorAfter": 1, "error": error, "errorForm": form}})
    stream = client.images.generate(**SMALL, stream=True, partial_images=1)
    received = []
    # The bare form has no `error` member, so this SDK returns the object as an event.
    if form == "bare":
        received = list(stream)
        assert len(received) == 2 and received[1].code == "moderation_blocked"
        return
    with pytest.raises(openai.APIError) as caught:
        for event in stream:
            received.append(event)
    assert caught.value.code == "moderation_blocked"
    assert [event.type for event in received] == ["image_generation.partial_image"]


def test_line_ends_comments_and_done_do_not_matter(troubled):
    events = {"lineEnd": "crlf", "comments": True, "done": True, "dataLines": True}
    client = troubled({"events": events})
    assert [event.type.split(".")[1] for event in client.images.generate(**SMALL, stream=True, partial_images=1)] == [
        "partial_image", "completed",
    ]  # fmt: skip


def test_a_stream_may_come_compressed(troubled):
    client = troubled({"gzip": True})
    raw = client.images.with_raw_response.generate(**SMALL, stream=True, partial_images=2)
    assert raw.headers["content-encoding"] == "gzip"
    # zlib checks its length and checksum at the end.
    *before, last = list(raw.parse())
    assert len(before) == 2
    assert decoded(base64.b64decode(last.b64_json)).size == (832, 800)


def test_an_error_may_come_after_the_last_event(troubled):
    stream = troubled({"events": {"errorAfter": 2}}).images.generate(**SMALL, stream=True, partial_images=1)
    received = []
    with pytest.raises(openai.APIError):
        for event in stream:
            received.append(event.type)
    assert received == ["image_generation.partial_image", "image_generation.completed"]


@pytest.mark.parametrize("end", ["finish", "reset"])
def test_a_cut_in_the_head_is_a_connection_error(troubled, end):
    client = troubled({"cut": {"at": 60, "with": end, "part": "head"}})
    with pytest.raises(openai.APIConnectionError):
        client.images.generate(**SMALL)


def test_a_cut_beyond_the_end_is_reported(serve, tmp_path):
    path = tmp_path / "behavior.json"
    path.write_text('{"faults": [{"cut": {"at": 1000000}}]}')
    server = serve("--behavior", str(path))
    openai.OpenAI(api_key="k", base_url=server.base_url, max_retries=0).models.list()
    deadline = time.monotonic() + 10
    while b"1000000" not in (said := Path(server.errors.name).read_bytes()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert b"gesso: request 1: a cut was to be at byte 1000000 of the body, which ended after" in said


@pytest.mark.parametrize(
    "script, place",
    [({"faultz": []}, "faultz"), ({"faults": [{"dellaySeconds": 1}]}, "dellaySeconds"), ({"faults": [{"cut": {"at": 1, "wiht": "reset"}}]}, "cut.wiht")],
)
def test_a_misspelt_script_is_refused(gesso, tmp_path, script, place):
    path = tmp_path / "behavior.json"
    path.write_text(json.dumps(script))
    run = gesso("serve", "--behavior", path)
    message = run.report["error"]["message"]
    assert run.status == 2 and f"{place}: " in message and "Known are" in message


def test_header_fields_can_be_added_and_repeated(troubled):
    client = troubled({"addHeaders": [["x-twice", "1"], ["x-twice", "2"]]})
    raw = client.images.with_raw_response.generate(**SMALL)
    assert raw.http_response.headers.get_list("x-twice") == ["1", "2"]
    assert raw.parse().data
    assert int(raw.headers["x-ratelimit-remaining-tokens"]) < int(raw.headers["x-ratelimit-limit-tokens"])
    assert int(raw.headers["openai-processing-ms"]) > 0


def test_a_reset_in_the_middle_is_a_connection_error(troubled):
    client = troubled({"cut": {"at": 3000, "with": "reset"}})
    with pytest.raises(openai.APIConnectionError):
        list(client.images.generate(**SMALL, stream=True, partial_images=3))


STATUSES = [
    (400, openai.BadRequestError), (401, openai.AuthenticationError), (403, openai.PermissionDeniedError),
    (404, openai.NotFoundError), (409, openai.ConflictError), (422, openai.UnprocessableEntityError),
    (429, openai.RateLimitError), (500, openai.InternalServerError), (502, openai.InternalServerError),
    (503, openai.InternalServerError), (504, openai.InternalServerError), (408, openai.APIStatusError), (418, openai.APIStatusError),
]  # fmt: skip


def test_each_status_is_its_class(troubled):
    faults = [
        {"times": 1, "response": {"status": status, "error": {"message": "on purpose", "code": f"code_{status}"}}}
        for status, _ in STATUSES
    ]
    client = troubled(*faults)
    for status, error in STATUSES:
        with pytest.raises(error) as caught:
            client.images.generate(**SMALL)
        assert caught.value.status_code == status
        assert caught.value.code == f"code_{status}"
        assert caught.value.request_id.startswith("req_")
    assert client.images.generate(**SMALL).data


def test_the_sdk_repeats_what_it_may(troubled):
    response = {"status": 429, "headers": {"retry-after-ms": "1"}, "error": {"message": "slow down"}}
    client = troubled({"times": 2, "response": response}).with_options(max_retries=2)
    raw = client.images.with_raw_response.generate(**SMALL)
    assert raw.retries_taken == 2


def test_a_page_of_a_proxy_is_an_error_with_its_text(troubled):
    html = "<html><body>502 Bad Gateway</body></html>"
    client = troubled({"response": {"status": 502, "headers": {"content-type": "text/html"}, "body": html}})
    with pytest.raises(openai.InternalServerError) as caught:
        client.images.generate(**SMALL)
    assert "502 Bad Gateway" in caught.value.response.text
