"""Two hundred connections that send or read one byte a second: others do not notice, and all end by their deadlines."""

import pathlib
import socket
import tempfile
import time

from conftest import Server, noise
from watch import Bounds, Health

HEAD = (
    "POST /photos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    "Content-Length: 99999\r\n\r\n--b\r\n"
)


def connect(server, is_reader):
    connection = socket.socket()
    if is_reader:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    connection.setblocking(False)
    return connection


def open_ports(server):
    """The clients' ports whose connections the server has open: they have an inode from accept to close."""
    ports = set()
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{server.port:04X}") and fields[9] != "0":
            ports.add(int(fields[2].split(":")[1], 16))
    return ports


def trickle(connection, is_reader):
    try:
        if is_reader:
            connection.recv(1)
        else:
            connection.send(b"x")
    except OSError:
        pass


def run(options):
    bounds = Bounds(f"{options.count} connections of one byte a second")
    # The server looks twice within that time whether a reader has read anything.
    deadline = options.seconds
    with tempfile.TemporaryDirectory() as folder:
        server = Server(
            folder, "--mock", "--request-seconds", str(options.seconds), "--read-seconds", str(options.seconds // 2))
        try:
            client = server.client()
            photo = client.upload(data=noise(2000, 2000))
            assert client.get(photo["preview"]).status == 200
            quiet = Health(server.port)
            time.sleep(5)
            (_, before, _), _ = quiet.stop()
            connections = [(connect(server, number % 2 == 1), number % 2 == 1) for number in range(options.count)]
            get = f"GET {photo['preview']} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 12
            for connection, is_reader in connections:
                connection.send(get if is_reader else HEAD.encode())
            ports = {connection.getsockname()[1]: is_reader for connection, is_reader in connections}
            time.sleep(1)
            held = len(open_ports(server) & set(ports))
            health, begin, last = Health(server.port), time.monotonic(), {False: 0.0, True: 0.0}
            while time.monotonic() - begin < options.seconds * 3 + 20:
                still = open_ports(server) & set(ports)
                for is_reader in (False, True):
                    if any(ports[port] == is_reader for port in still):
                        last[is_reader] = time.monotonic() - begin + 1
                if not still:
                    break
                for connection, is_reader in connections:
                    trickle(connection, is_reader)
                assert client.get(photo["thumbnail"], accept="image/webp").status == 200
                time.sleep(1)
            (half, most, worst), failures = health.stop()
            left = len(open_ports(server) & set(ports))
            for connection, _ in connections:
                connection.close()
        finally:
            server.stop()
    bounds.row("connections held at the beginning", held, least=options.count)
    bounds.row("/health p99 without them", before, "ms")
    bounds.row("/health p50", half, "ms")
    bounds.row("/health p99", most, "ms", most=20)
    bounds.row("/health most", worst, "ms")
    bounds.row("/health failures", failures, most=0)
    bounds.row("last sender ended after", last[False], "s", most=deadline + 3)
    bounds.row("last reader ended after", last[True], "s", most=deadline + 3)
    bounds.row("still open in the end", left, most=0)
    return bounds.end()
