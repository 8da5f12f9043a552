"""Clients that send or read a byte now and then: they are ended by their deadline, and nobody else notices."""

import concurrent.futures
import pathlib
import socket
import sys
import time

import pytest
from conftest import Server, noise


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A server with short deadlines."""
    server = Server(
        tmp_path_factory.mktemp("data"), "--mock", "--request-seconds", "3", "--read-seconds", "2")
    yield server
    server.stop()


def closed_after(connection, send, limit):
    """Seconds until the server closes, while `send` is called now and then."""
    begin = time.monotonic()
    connection.settimeout(0.2)
    while time.monotonic() - begin < limit:
        try:
            send(connection)
            if connection.recv(1) == b"":
                return time.monotonic() - begin
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - begin
    raise AssertionError(f"still open after {limit} s")


def test_a_body_that_trickles_is_ended(hasty):
    connection = socket.create_connection(("127.0.0.1", hasty.port))
    head = b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n"
    connection.sendall(head + b"--b\r\n")
    assert 2 < closed_after(connection, lambda each: each.sendall(b"x"), 15) < 10


def has_open(server, connection):
    """Whether the server's process has its end of a connection: it has no inode before it is accepted and once it is closed."""
    ends = f":{server.port:04X}", f":{connection.getsockname()[1]:04X}"
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
            return fields[9] != "0"
    return False


def seconds_until(condition, limit):
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < limit, f"not within {limit} s"
        time.sleep(0.05)
    return time.monotonic() - begin


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_response_that_nobody_reads_is_ended(hasty):
    client = hasty.client()
    photo = client.upload(data=noise(2000, 2000))
    assert client.get(photo["preview"]).status == 200
    connection = socket.create_connection(("127.0.0.1", hasty.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    # Several times the same, so that it cannot all lie in the system's buffers.
    connection.sendall(f"GET {photo['preview']} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 12)
    seconds_until(lambda: has_open(hasty, connection), 20)
    assert seconds_until(lambda: not has_open(hasty, connection), 20) > 1
    connection.close()


def test_others_are_unaffected_by_200_slow_ones(hasty):
    head = b"POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", hasty.port)) for _ in range(200)]
    for connection in slow:
        connection.sendall(head + b"--b")
    client = hasty.client()
    times = []
    for _ in range(40):
        begin = time.monotonic()
        assert client.get("/health").status == 200
        times.append(time.monotonic() - begin)
    assert sorted(times)[-2] < 1.0
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda each: closed_after(each, lambda other: other.sendall(b"x"), 20), slow))
