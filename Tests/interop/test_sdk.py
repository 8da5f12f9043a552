"""The official Python SDK, unchanged, against `gesso serve`."""

import asyncio
import base64

import openai
import pytest
from conftest import decoded, encoded, mask, image
from openai.types import ImagesResponse
from PIL import Image, ImageDraw

MODEL = "gpt-image-2.6-sunburst"
SIZE = "832x800"


def first(response):
    return decoded(base64.b64decode(response.data[0].b64_json))


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_generate_gives_the_requested_size_and_format(client, format):
    response = client.images.generate(model=MODEL, prompt="a quiet valley", size="1536x1024", output_format=format)
    image = first(response)
    assert image.size == (1536, 1024)
    assert image.format.lower() == format
    assert (response.size, response.output_format, response.quality) == ("1536x1024", format, "medium")
    assert response.created > 1_700_000_000
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    assert response.usage.input_tokens_details.image_tokens == 0
    assert response._request_id.startswith("req_")


def test_generate_several_images(client):
    response = client.images.generate(model=MODEL, prompt="x", size=SIZE, n=3, background="transparent")
    assert len({image.b64_json for image in response.data}) == 3
    assert first(response).mode == "RGBA"
    assert response.background == "transparent"


def test_the_asynchronous_client_too(mock_server):
    async def run():
        async with openai.AsyncOpenAI(api_key="k", base_url=mock_server.base_url) as client:
            return await asyncio.gather(*[client.images.generate(model=MODEL, prompt=f"{i}", size=SIZE) for i in range(4)])

    assert all(first(response).size == (832, 800) for response in asyncio.run(run()))


def test_every_response_names_the_mock_server(client):
    raw = client.images.with_raw_response.generate(model=MODEL, prompt="x", size=SIZE)
    assert raw.headers["x-gesso-mock-server"] == "1"
    assert raw.headers["openai-version"] == "2020-10-01"


def test_models_are_listed_with_the_day_they_end(client):
    models = {model.id: model for model in client.models.list()}
    assert models[MODEL].shutdown_date is None
    assert models["gpt-image-1.5"].shutdown_date == "2026-12-01"
    assert client.models.retrieve(MODEL).id == MODEL


def test_edit_with_a_mask_changes_only_the_masked_pixels(client):
    before, box = image(), (300, 200, 500, 450)
    response = client.images.edit(
        model=MODEL, prompt="a window", size=SIZE, image=("photo.png", encoded(before), "image/png"),
        mask=("mask.png", encoded(mask(box=box)), "image/png"),
    )  # fmt: skip
    after = first(response)
    inside_before, inside_after = before.crop(box), after.crop(box)
    assert inside_before.tobytes() != inside_after.tobytes()
    for source in (before, after):
        source.paste((0, 0, 0), box)
    assert before.tobytes() == after.tobytes()
    assert response.usage.input_tokens_details.image_tokens > 0


def test_edit_from_an_open_file(client, tmp_path):
    path = tmp_path / "photo.jpg"
    image().save(path, quality=90)
    with open(path, "rb") as file:
        assert first(client.images.edit(model=MODEL, prompt="x", size=SIZE, image=file)).size == (832, 800)


@pytest.mark.parametrize("count", [1, 3, 16])
def test_edit_with_several_images(client, count):
    formats = [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
    images = [
        (f"{index}.bin", encoded(image((160 + index, 120)), formats[index % 3][0]), formats[index % 3][1])
        for index in range(count)
    ]
    response = client.images.edit(model=MODEL, prompt="together", size=SIZE, image=images)
    assert first(response).size == (832, 800)
    assert response.usage.input_tokens_details.image_tokens == count * (65 + 129)


def test_size_auto_follows_the_aspect_ratio_of_the_image(client):
    response = client.images.edit(model=MODEL, prompt="x", size="auto", image=("a.png", encoded(image((300, 500))), "image/png"))
    assert first(response).size == (1024, 1536)


BAD_GENERATIONS = [
    (dict(n=11), "integer_above_max_value", "n"),
    (dict(size="1000x1000"), "invalid_value", "size"),
    (dict(quality="hd"), "invalid_value", "quality"),
    (dict(output_format="jpeg", background="transparent"), "invalid_value", "background"),
    (dict(response_format="url"), "unknown_parameter", "response_format"),
    (dict(prompt=""), "empty_string", "prompt"),
    (dict(prompt="x" * 32001), "string_above_max_length", "prompt"),
    (dict(extra_body={"typo": 1}), "unknown_parameter", "typo"),
]


@pytest.mark.parametrize("options, code, param", BAD_GENERATIONS, ids=[case[1] + " " + case[2] for case in BAD_GENERATIONS])
def test_bad_parameters_are_bad_requests(client, options, code, param):
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**{"model": MODEL, "prompt": "x", **options})
    assert (caught.value.code, caught.value.param, caught.value.type) == (code, param, "invalid_request_error")
    assert caught.value.request_id.startswith("req_")


def test_seventeen_images_and_bad_masks_are_bad_requests(client):
    source = ("a.png", encoded(image((64, 48))), "image/png")

    def refusal(**options):
        with pytest.raises(openai.BadRequestError) as caught:
            client.images.edit(**{"model": MODEL, "prompt": "x", "image": source, **options})
        return caught.value.code, caught.value.param

    assert refusal(image=[source] * 17) == ("array_above_max_length", "image")
    opaque = encoded(image((64, 48)))
    assert refusal(mask=("m.png", opaque, "image/png")) == ("invalid_mask_image_format", "mask")
    assert refusal(mask=("m.png", encoded(mask((48, 64))), "image/png")) == ("invalid_mask_image_format", "mask")
    assert refusal(image=("a.txt", b"text", "text/plain")) == ("unsupported_file_mimetype", "image")
    assert refusal(image=("a.png", b"text", "image/png")) == ("invalid_image_file", "image")


def overlay(size=(832, 800)):
    """A markup: transparent but for a stroke."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).line((100, 100, 500, 400), fill=(255, 0, 0, 255), width=12)
    return image


def test_edit_with_a_markup(client):
    response = client.images.edit(
        model=MODEL, prompt="follow the stroke", size=SIZE, image=("photo.png", encoded(image()), "image/png"),
        markup=("markup.png", encoded(overlay()), "image/png"),
    )  # fmt: skip
    assert first(response).size == (832, 800)


def test_markups_that_are_none_are_bad_requests(client):
    source = ("a.png", encoded(image()), "image/png")

    def refusal(markup, **options):
        with pytest.raises(openai.BadRequestError) as caught:
            client.images.edit(model=MODEL, prompt="x", image=source, markup=("m.png", markup, "image/png"), **options)
        return caught.value.param

    assert refusal(encoded(image())) == "markup"
    assert refusal(encoded(overlay((48, 64)))) == "markup"
    assert refusal(encoded(overlay()), mask=("m.png", encoded(mask()), "image/png")) == "markup"


def edit_as_json(client, **body):
    return client.post("/images/edits", cast_to=ImagesResponse, body={"model": MODEL, "prompt": "x", "size": "1024x1024", **body})


def data_url(source=None):
    return "data:image/png;base64," + base64.b64encode(encoded(source or image())).decode()


def test_edit_as_json_by_data_url_and_by_file(client):
    uploaded = client.files.create(file=("a.png", encoded(image()), "image/png"), purpose="vision")
    response = edit_as_json(
        client, images=[{"image_url": data_url()}, {"file_id": uploaded.id}], mask={"image_url": data_url(mask())}, quality="low"
    )
    assert first(response).size == (1024, 1024)


BAD_REFERENCES = {
    "none": [], "seventeen": [{"file_id": "file-x"}] * 17, "both": [{"image_url": "data:,", "file_id": "file-x"}], "neither": [{}],
    "no such file": [{"file_id": "file-missing"}], "no base64": [{"image_url": "data:image/png;base64,!!!"}],
    "no image": [{"image_url": "data:image/png;base64,AAAA"}], "text": "image", "another key": [{"file_id": "file-x", "detail": "high"}],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_REFERENCES)
def test_references_that_are_none_are_refused(client, name):
    with pytest.raises((openai.BadRequestError, openai.NotFoundError)) as caught:
        edit_as_json(client, images=BAD_REFERENCES[name])
    assert caught.value.request_id.startswith("req_") and caught.value.code


def test_other_errors_are_the_classes_they_should_be(mock_server, client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.images.generate(model="gpt-image-1", prompt="x")
    assert caught.value.code == "model_not_found"
    assert "2026-10-23" in caught.value.message
    with pytest.raises(openai.NotFoundError):
        client.post("/images/nothing", cast_to=object, body={})
    keyless = {"Authorization": openai.Omit()}
    anonymous = openai.OpenAI(api_key="k", base_url=mock_server.base_url, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        anonymous.models.list(extra_headers=keyless)
    nobody = openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        nobody.models.list()
