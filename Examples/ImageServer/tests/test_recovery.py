"""The server is killed in the middle of edits, or ended well: what was paid for is not lost, and not paid for twice."""

import random
import time

import pytest
from conftest import Server
from fake_api import FakeAPI


@pytest.fixture
def api():
    api = FakeAPI()
    yield api
    api.stop()


def test_killed_while_the_model_works(tmp_path, api):
    server = Server(tmp_path, environment=api.environment)
    client = server.client()
    photo = client.upload("dandelions.webp")
    job = client.edit(photo)
    while api.begun == 0:
        time.sleep(0.01)
    server.kill()
    server.start()
    found = client.finished(job)
    # The request went out and no response came: that is said, and it is not sent again by itself.
    assert found["state"] == "unknown"
    assert found["failure"]["mayHaveBeenBilled"] is True
    assert client.events(f"/edits/{job['id']}/events")[-1][1] == "unknown"
    # The queue works, and would have come to it before another one.
    assert client.finished(client.edit(photo, prompt="another"))["state"] == "finished"
    assert api.begun == 2
    # Its owner decides.
    assert client.send("POST", f"/edits/{job['id']}/resend").status == 200
    assert client.finished(job)["state"] == "finished"
    assert api.begun == 3
    server.stop()


def test_killed_at_random_moments(tmp_path, api):
    api.seconds = 0.15
    server = Server(tmp_path, environment=api.environment)
    client = server.client()
    photo = client.upload("dandelions.webp")
    moments = random.Random(4)
    jobs = []
    for _ in range(6):
        jobs += [client.edit(photo, prompt=f"{len(jobs)}-{i}") for i in range(3)]
        time.sleep(moments.uniform(0, 0.9))
        server.kill()
        server.start()
    ended = [client.finished(job) for job in jobs]
    assert {job["state"] for job in ended} <= {"finished", "unknown"}
    finished = [job for job in ended if job["state"] == "finished"]
    assert api.begun <= len(jobs), "something was sent twice"
    assert len(finished) <= api.sold
    for job in finished:
        for download in job["result"]["downloads"][:2]:
            client.get(download["url"]).image().load()
    server.stop()


def test_events_resume_across_a_restart(tmp_path, api):
    server = Server(tmp_path, environment=api.environment)
    client = server.client()
    job = client.edit(client.upload("dandelions.webp"))
    seen = client.events(f"/edits/{job['id']}/events", most=2)
    server.kill()
    server.start()
    rest = client.events(f"/edits/{job['id']}/events", after=seen[-1][0])
    assert all(int(number) > int(seen[-1][0]) for number, _, _ in rest)
    assert rest[-1][1] in ("finished", "unknown")
    server.stop()


def test_history_photos_and_addresses_survive_a_restart(tmp_path, api):
    server = Server(tmp_path, environment=api.environment)
    client = server.client()
    photo = client.upload("dandelions.webp")
    job = client.finished(client.edit(photo))
    before = client.get(job["result"]["photo"]["preview"], accept="image/webp").body
    server.stop()
    server.start()
    assert [each["id"] for each in client.get("/edits").json()["jobs"]] == [job["id"]]
    assert client.get(job["result"]["photo"]["preview"], accept="image/webp").body == before
    assert client.get(photo["preview"]).status == 200
    server.stop()


def test_ending_well_finishes_what_runs_and_ends_listeners(tmp_path, api):
    server = Server(tmp_path, environment=api.environment)
    client = server.client()
    job = client.edit(client.upload("dandelions.webp"))
    while api.begun == 0:
        time.sleep(0.01)
    server.stop()
    server.start()
    assert client.finished(job)["state"] == "finished"
    assert api.begun == 1
    server.stop()


def test_two_servers_cannot_share_a_folder(tmp_path, api):
    server = Server(tmp_path, environment=api.environment)
    with pytest.raises(AssertionError, match="ended"):
        Server(tmp_path, environment=api.environment)
    assert server.client().get("/health").status == 200
    server.stop()
