"""The client of the engines: what it makes of workers that die, against a worker of Python that dies when it is told to."""

import sys
import threading
import time

import pytest
from conftest import GESSO, ROOT
from worker_conformance import SMALL, THUMBNAIL

sys.path.insert(0, str(ROOT / "Integrations/worker"))
from gesso_worker import Worker  # noqa: E402

MORTAL = '''
import json, os, sys
print(json.dumps({"protocol": 1, "window": 4, "windowBytes": 1 << 20}), flush=True)
while line := sys.stdin.buffer.readline():
    job = json.loads(line)
    body = sys.stdin.buffer.read(job["bytes"])
    if job.get("poison"): os._exit(9)
    if job.get("once") and not os.path.exists(job["once"]):
        open(job["once"], "w").close()
        os._exit(9)
    sys.stdout.buffer.write(json.dumps({"id": job["id"], "status": "done", "bytes": len(body)}).encode() + b"\\n" + body)
    sys.stdout.flush()
'''


def mortal(bad, once=None):
    for index in range(40):
        job = {"poison": index in bad}
        if index == once:
            job["once"] = mortal.flag
        yield job, bytes([index]) * 1000


@pytest.fixture
def worker(tmp_path):
    mortal.flag = str(tmp_path / "flag")
    worker = Worker(sys.executable, "-c", MORTAL)
    yield worker
    worker.stop(kill=True)


@pytest.mark.parametrize("bad", [set(), {0}, {39}, {5, 6, 7}, {1, 20, 38}])
def test_only_the_jobs_that_kill_it_are_lost(worker, bad):
    results = list(worker.map(mortal(bad)))
    assert [result["status"] for result, _ in results] == ["failed" if index in bad else "done" for index in range(40)]
    assert [body for _, body in results] == [b"" if index in bad else bytes([index]) * 1000 for index in range(40)]
    assert {result["error"]["code"] for result, _ in results if "error" in result} == ({"workerDied"} if bad else set())
    # It serves on.
    assert all(result["status"] == "done" for result, _ in worker.map(mortal(set())))


def test_a_worker_that_is_killed_once_loses_nothing(worker):
    results = list(worker.map(mortal(set(), once=17)))
    assert worker.deaths == 1 and [body for _, body in results] == [bytes([index]) * 1000 for index in range(40)]


@pytest.mark.parametrize("program", ["print('{}')", "print('text')", "import sys; sys.exit(3)", "print('{}', flush=True); input()"])
def test_a_program_that_is_no_worker_is_an_error_and_is_ended(program):
    worker = Worker(sys.executable, "-c", program)
    for _ in range(2):
        with pytest.raises((RuntimeError, ValueError)):
            list(worker.map([({}, b"")]))
        assert worker.process is None


ENDING = '''
import json, os, sys
print(json.dumps({"protocol": 1, "window": 4, "windowBytes": 1 << 30}), flush=True)
while line := sys.stdin.buffer.readline():
    job = json.loads(line)
    sys.stdin.buffer.read(job["bytes"])
    is_new = not os.path.exists(sys.argv[1])
    with open(sys.argv[1], "a") as log: log.write(job["id"] + " ")
    is_read = not job.get("unreadable")
    is_ending = is_new and job.get("last") or not is_read
    if is_ending: os.close(0)
    result = {"id": job["id"], "status": "done"} if is_read else {"id": None, "status": "failed", "error": {"code": "x"}}
    print(json.dumps(result), flush=True)
    if is_ending: os._exit(2)
'''
# More than a pipe holds, so that the client is still writing when the worker ends.
LARGE = bytes(1 << 20)


def test_a_result_written_before_the_end_counts(tmp_path):
    worker = Worker(sys.executable, "-c", ENDING, str(tmp_path / "log"))
    results = list(worker.map([({"last": True}, LARGE)] * 4))
    worker.stop()
    assert [result["status"] for result, _ in results] == ["done"] * 4 and worker.deaths == 1
    assert (tmp_path / "log").read_text() == "0 1 2 3 ", "each job ran once"


def test_a_job_that_the_worker_cannot_read_fails_alone(tmp_path):
    worker = Worker(sys.executable, "-c", ENDING, str(tmp_path / "log"))
    results = list(worker.map([({"unreadable": index == 2}, LARGE) for index in range(6)]))
    worker.stop()
    assert [result["status"] for result, _ in results] == ["done", "done", "failed", "done", "done", "done"]
    assert results[2][0]["error"] == {"code": "x"} and results[2][0]["id"] == "2"


def test_a_line_that_gesso_cannot_read_is_one_failed_result():
    worker = Worker(GESSO, "worker", "--threads", "1")
    jobs = [({"operation": "inspect", "decode": "x" * (2 << 20) if index == 5 else "strict"}, SMALL) for index in range(10)]
    results = list(worker.map(jobs))
    worker.stop()
    assert [result["status"] for result, _ in results] == ["failed" if index == 5 else "done" for index in range(10)]
    assert results[5][0]["error"]["code"] == "limitExceeded"


def test_results_that_nobody_takes_do_not_come_later(worker):
    iterator = worker.map(mortal(set()))
    next(iterator)
    iterator.close()
    assert [body[:1] for _, body in worker.map(mortal(set()))] == [bytes([index]) for index in range(40)]


def test_gesso_that_is_killed_loses_nothing(tmp_path):
    worker = Worker(GESSO, "worker", "--threads", "1")
    job = {"operation": "renditions", "outputs": [THUMBNAIL]}
    reference = [body for _, body in worker.map([(job, SMALL)])]
    is_over = threading.Event()

    def kill():
        while not is_over.is_set():
            time.sleep(0.5)
            process = worker.process
            if process:
                process.kill()

    # Never within the same job twice: each kill leaves time for some.
    threading.Thread(target=kill, daemon=True).start()
    results = list(worker.map((job, SMALL) for _ in range(400)))
    is_over.set()
    worker.stop(kill=True)
    done = [body for result, body in results if result["status"] == "done"]
    assert len(results) == 400 and set(done) == set(reference) and len(done) >= 396
