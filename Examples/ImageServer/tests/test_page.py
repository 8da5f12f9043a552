"""The page in Chromium: the whole way at two widths, by keyboard alone, over a killed server, and its accessibility.

`PAGE_SCREENSHOTS=folder` keeps a screenshot of each state.
"""

import os
import pathlib
import re
import shutil
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PHOTOGRAPHS, Server
from fake_api import FakeAPI
from playwright.sync_api import expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PHOTO = PHOTOGRAPHS / "dogs-phone.jpg"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt install chromium, or CHROMIUM=program)")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--force-color-profile=srgb"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, server):
    """Opens the page with a cookie of its own; at the end there must be no error in the console."""
    contexts, problems = [], []

    def open(url=server.url, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.problems = problems
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(url)
        return page

    yield open
    for context in contexts:
        context.close()
    assert problems == []


def shot(page, name):
    if folder := os.environ.get("PAGE_SCREENSHOTS"):
        page.wait_for_timeout(350)
        page.screenshot(path=pathlib.Path(folder) / f"{name}.png")


def accessible(page):
    """No violations by axe's rules of WCAG 2.2 AA and good practice."""
    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    found = [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in results.response["violations"]]
    assert found == []


def no_sideways_scroll(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"


def upload(page, photo=PHOTO):
    page.locator("#photo-file").set_input_files(photo)
    expect(page.locator("#edit-form")).to_be_visible(timeout=20_000)
    expect(page.locator("#canvas:not([aria-busy])")).to_be_visible(timeout=20_000)


def paint(page, points):
    box = page.locator("#canvas").bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for point in at[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def until(page, expression, seconds=20):
    """Waits for an expression without `eval` in the page, which its content security policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def result_is_shown(page):
    expect(page.locator("#result")).to_be_visible(timeout=60_000)
    until(page, "[...document.querySelectorAll('.pair img')].every(each => each.complete && each.naturalWidth)")


@pytest.mark.parametrize(("name", "options"), [
    ("phone", PHONE), ("desktop", DESKTOP), ("phone-dark", PHONE | {"color_scheme": "dark"}),
    ("desktop-dark", DESKTOP | {"color_scheme": "dark"}),
])
def test_the_whole_way(open_page, name, options):
    page = open_page(**options)
    expect(page.locator("#start-title")).to_contain_text("Keep every other pixel")
    shot(page, f"{name}-1-start")
    accessible(page)
    no_sideways_scroll(page)

    upload(page)
    paint(page, [(0.46, 0.5), (0.55, 0.52), (0.52, 0.6)])
    page.locator("#prompt").fill("A red ball in the grass")
    expect(page.locator("#price-figure")).not_to_have_text("–", timeout=10_000)
    shot(page, f"{name}-2-mask")
    accessible(page)
    no_sideways_scroll(page)

    page.get_by_role("button", name="Edit this part").click()
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#progress-note")).to_contain_text("first look", timeout=30_000)
    shot(page, f"{name}-3-progress")
    accessible(page)

    result_is_shown(page)
    expect(page.locator("#proof-sentence")).to_contain_text("exactly as they were")
    shot(page, f"{name}-4-result")
    accessible(page)
    no_sideways_scroll(page)
    divider = page.get_by_role("slider", name="Divider")
    divider.focus()
    before = divider.input_value()
    page.keyboard.press("ArrowRight")
    assert divider.input_value() != before
    page.get_by_role("button", name="Show the measurement").click()
    until(page, "document.querySelector('.heat')?.naturalWidth > 0")
    shot(page, f"{name}-5-heatmap")
    with page.expect_download() as download:
        page.get_by_role("link", name="WebP").click()
    assert download.value.suggested_filename.endswith(".webp")
    assert pathlib.Path(download.value.path()).read_bytes()[8:12] == b"WEBP"

    page.get_by_role("link", name="New photo").click()
    expect(page.locator(".card")).to_have_count(1)
    page.locator("#history").scroll_into_view_if_needed()
    shot(page, f"{name}-6-history")
    page.locator(".card").click()
    result_is_shown(page)


def test_by_keyboard_alone(open_page):
    page = open_page(**DESKTOP)

    def tab_to(selector, most=40):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement?.matches({selector!r})"):
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    tab_to("#photo-file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(PHOTO)
    expect(page.locator("#edit-form")).to_be_visible(timeout=20_000)
    expect(page.locator("#canvas:not([aria-busy])")).to_be_visible(timeout=20_000)

    tab_to("#canvas")
    page.keyboard.press("r")
    expect(page.locator("[data-tool=rectangle]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    shot(page, "keyboard-1-rectangle")
    page.keyboard.press("b")
    page.keyboard.press("]")
    page.keyboard.press("Space")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    page.keyboard.press("Control+z")
    expect(page.locator("#redo")).to_be_enabled()
    page.keyboard.press("+")
    expect(page.locator("#zoom-level")).not_to_have_text("100 %")
    page.keyboard.press("0")
    expect(page.locator("#zoom-level")).to_have_text("100 %")
    tab_to("#prompt")
    page.keyboard.type("A wooden box")
    page.keyboard.press("Control+Enter")
    result_is_shown(page)
    # The focus went along, to what is new.
    assert page.evaluate("document.activeElement.closest('#result') !== null")
    tab_to("#continue")
    page.keyboard.press("Enter")
    expect(page.locator("#edit-form")).to_be_visible(timeout=20_000)


def test_drawing_erasing_undoing_and_reloading(open_page):
    page = open_page(**DESKTOP)
    upload(page)
    operations = "JSON.parse(sessionStorage['gesso-draft']).operations.length"
    paint(page, [(0.45, 0.4), (0.55, 0.4)])
    page.locator("[data-tool=rectangle]").click()
    paint(page, [(0.45, 0.5), (0.55, 0.6)])
    page.locator("[data-tool=eraser]").click()
    paint(page, [(0.48, 0.55), (0.5, 0.55)])
    assert page.evaluate(operations) == 3
    page.locator("#undo").click()
    assert page.evaluate(operations) == 2
    page.locator("#redo").click()
    assert page.evaluate(operations) == 3
    page.locator("#prompt").fill("A kite")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("A kite")
    assert page.evaluate(operations) == 3
    page.locator("#clear").click()
    page.get_by_role("button", name="Edit this part").click()
    expect(page.locator("#mask-hint")).to_contain_text("Nothing is selected")
    page.locator("#undo").click()
    page.locator("#prompt").fill("")
    page.get_by_role("button", name="Edit this part").click()
    expect(page.locator("#prompt-error")).to_contain_text("Describe")
    shot(page, "errors-in-place")


def test_fingers_paint_and_pinch(open_page):
    page = open_page(**PHONE)
    upload(page)
    box = page.locator("#canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send("Input.dispatchTouchEvent", {
            "type": kind, "touchPoints": [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]})

    touch("touchStart", (x, y))
    for step in range(1, 8):
        touch("touchMove", (x + 6 * step, y))
    touch("touchEnd")
    count = "JSON.parse(sessionStorage['gesso-draft']).operations.length"
    until(page, f"{count} === 1")
    touch("touchStart", (x - 20, y), (x + 20, y))
    for step in range(1, 10):
        touch("touchMove", (x - 20 - 8 * step, y), (x + 20 + 8 * step, y))
    touch("touchEnd")
    until(page, "parseInt(document.querySelector('#zoom-level').textContent) > 150")
    assert page.evaluate(count) == 1, "a pinch painted"


def test_a_photo_that_comes_late_does_no_harm(open_page):
    page = open_page(**DESKTOP)
    previews = []
    page.route("**/images/**", lambda route: previews.append(route))
    page.locator("#photo-file").set_input_files(PHOTO)
    expect(page.locator("#canvas[aria-busy]")).to_be_visible(timeout=20_000)
    page.locator("#zoom-in").click()
    page.locator("#zoom-fit").click()
    page.get_by_role("link", name="New photo").click()
    expect(page.locator("#start")).to_be_visible()
    expect(page.locator("#canvas")).not_to_have_attribute("aria-busy", "true")
    with page.expect_response("**/images/**") as response:
        for route in previews:
            route.continue_()
    response.value.finished()
    page.unroute("**/images/**")
    # Decoded after the one that the page has waited for.
    page.evaluate(f"(() => {{ const image = new Image(); image.src = {response.value.url!r}; return image.decode(); }})()")
    expect(page.locator("#status-line")).to_be_empty()


def test_a_heic_photo(open_page, tmp_path):
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    Image.open(PHOTO).resize((640, 960)).save(tmp_path / "IMG_0001.HEIC", "HEIF")
    page = open_page(**DESKTOP)
    upload(page, tmp_path / "IMG_0001.HEIC")
    expect(page.locator("#status-line")).to_contain_text("HEIC")


def test_a_file_that_is_no_photo(open_page, tmp_path):
    (tmp_path / "notes.jpg").write_text("not an image")
    page = open_page(**PHONE)
    page.locator("#photo-file").set_input_files(tmp_path / "notes.jpg")
    expect(page.locator("#notice")).to_contain_text("give an image", timeout=10_000)
    shot(page, "refused-file")
    accessible(page)
    # The browser itself reports the status 415.
    page.problems[:] = [each for each in page.problems if "415" not in each]


def test_generating_and_editing_the_result(open_page):
    page = open_page(**DESKTOP)
    page.locator("#generate-prompt").fill("A lighthouse at dusk")
    expect(page.locator("#generate-price")).not_to_be_empty(timeout=10_000)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#progress")).to_be_visible()
    shot(page, "generate-1-progress")
    result_is_shown(page)
    shot(page, "generate-2-result")
    accessible(page)
    page.get_by_role("button", name="Edit this image").click()
    expect(page.locator("#edit-form")).to_be_visible(timeout=20_000)


def test_the_server_is_killed_in_the_middle(open_page, tmp_path):
    api = FakeAPI(seconds=4)
    server = Server(tmp_path, environment=api.environment)
    page = open_page(server.url, **DESKTOP)
    upload(page)
    paint(page, [(0.46, 0.5), (0.55, 0.52)])
    page.locator("#prompt").fill("A red ball")
    page.get_by_role("button", name="Edit this part").click()
    expect(page.locator("[data-step=waiting]")).to_have_attribute("aria-current", "step", timeout=20_000)
    server.kill()
    expect(page.locator("#progress-note")).to_contain_text("connection", timeout=20_000)
    shot(page, "killed-1-lost")
    server.start()
    expect(page.locator("#failure")).to_be_visible(timeout=40_000)
    expect(page.locator("#failure-title")).to_have_text("It was interrupted")
    expect(page.locator("#failure-billing")).to_contain_text("may have been billed")
    shot(page, "killed-2-decide")
    accessible(page)
    page.get_by_role("button", name=re.compile("Send it again")).click()
    result_is_shown(page)
    # Lost connections are what the browser reports as errors.
    page.problems[:] = [each for each in page.problems if "ERR_" not in each]
    server.stop()
    api.stop()
