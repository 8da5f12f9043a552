"""The program against servers that speak TLS, rightly and not."""

import base64
import json
import os
import random
import socket
import ssl
import struct
import subprocess

import pytest
from conftest import ENVIRONMENT, GESSO, encoded, image
from loopback import LoopbackServer
from PIL import Image

IMAGE = base64.b64encode(encoded(image((64, 48)))).decode()
BODY = json.dumps({"created": 1, "data": [{"b64_json": IMAGE}]}).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


class Server(LoopbackServer):
    """Responds once to each connection with `respond(socket)`, over TLS; and tunnels connections as a proxy."""

    def __init__(self, certificate, respond=lambda connection: connection.sendall(RESPONSE), most=ssl.TLSVersion.TLSv1_3, tunnel="200 Connection established", takes=None):
        self.tunnel, self.takes = tunnel, takes
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.context.minimum_version = min(ssl.TLSVersion.TLSv1_2, most)
        self.context.maximum_version = most
        if most < ssl.TLSVersion.TLSv1_2:
            # The library's default security level has no cipher for so old a protocol.
            self.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        self.respond, self.requests, self.tunnels = respond, [], []
        super().__init__()

    def serve(self, connection):
        if connection.recv(7, socket.MSG_PEEK) == b"CONNECT":
            head = self.head(connection)
            self.tunnels.append(head.split()[1].decode())
            connection.sendall(b"HTTP/1.1 %b\r\nX-Request-Id: of-the-proxy\r\n\r\n" % self.tunnel.encode())
            if not self.tunnel.startswith("200"):
                return
        secure = self.context.wrap_socket(connection, server_side=True)
        head = self.head(secure)
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        taken = 0
        while taken < min(length, self.takes or length):
            data = secure.recv(65536)
            if not data:
                return
            taken += len(data)
        self.requests.append(head)
        self.respond(secure)

    @staticmethod
    def head(connection):
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                raise OSError("gone")
            data += byte
        return data


def generate(folder, address, *options, **environment):
    completed = subprocess.run(
        [GESSO, "generate", "x", "--out", folder / "out", "--json", "--base-url", address, *options],
        capture_output=True, env={**ENVIRONMENT, "OPENAI_API_KEY": "sk-tls", **environment}, timeout=60,
    )  # fmt: skip
    return completed.returncode, json.loads(completed.stdout)


def test_the_right_name_and_a_trusted_certificate(start, certificate, tmp_path):
    server = start()
    status, report = generate(tmp_path, f"https://localhost:{server.port}/v1", "--ca-file", certificate[0])
    assert status == 0 and report["outputs"]
    assert len(server.requests) == 1


def test_another_name_is_refused_and_sends_nothing(start, certificate, tmp_path):
    server = start()
    status, report = generate(tmp_path, f"https://127.0.0.1:{server.port}/v1", "--ca-file", certificate[0])
    assert (status, report["error"]["code"]) == (1, "tlsFailed")
    assert not server.requests


def test_an_untrusted_certificate_is_refused(start, tmp_path):
    server = start()
    status, report = generate(tmp_path, f"https://localhost:{server.port}/v1")
    assert (status, report["error"]["code"]) == (1, "tlsFailed")
    assert not server.requests


OLD = """openssl_conf = of_the_test
[of_the_test]
ssl_conf = of_the_test_ssl
[of_the_test_ssl]
system_default = lenient
[lenient]
MinProtocol = TLSv1
CipherString = DEFAULT:@SECLEVEL=0
"""


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(start, certificate, tmp_path):
    """By the program itself: server and system would both speak it."""
    server = start(most=ssl.TLSVersion.TLSv1_1)
    context = ssl.create_default_context(cafile=certificate[0])
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost") as control:
        assert control.version() == "TLSv1.1"
    (tmp_path / "openssl.cnf").write_text(OLD)
    options = {"OPENSSL_CONF": str(tmp_path / "openssl.cnf")}
    status, report = generate(tmp_path, f"https://localhost:{server.port}/v1", "--ca-file", certificate[0], **options)
    assert (status, report["error"]["code"]) == (1, "tlsFailed")
    assert not server.requests


def end(connection, words=b""):
    """Says something, then ends by FIN and RST at once: from then on a write is a broken pipe."""
    connection.sendall(words)
    raw = socket.socket(fileno=connection.detach())
    raw.shutdown(socket.SHUT_WR)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


ENDS = {"under the upload": (100_000, b"", 1, "connectionLost"), "after the response": (None, RESPONSE, 0, None)}


@pytest.mark.parametrize("takes, words, status, code", ENDS.values(), ids=ENDS)
def test_a_reset_does_not_end_the_program(start, certificate, tmp_path, takes, words, status, code):
    """The TLS close_notify is written to a broken pipe, and older versions of libcurl let the TLS library raise SIGPIPE."""
    server = start(lambda connection: end(connection, words), takes=takes)
    photo = tmp_path / "noise.png"
    size = (2048, 2048) if takes else (64, 48)
    noise = random.Random(16).randbytes(size[0] * size[1] * 3)
    photo.write_bytes(encoded(Image.frombytes("RGB", size, noise), compress_level=0))
    for number in range(int(os.environ.get("GESSO_RESETS", "2"))):
        out = tmp_path / f"out-{number}"
        completed = subprocess.run(
            [GESSO, "edit", photo, "--prompt", "x", "--out", out, "--json", "--base-url", f"https://localhost:{server.port}/v1", "--ca-file", certificate[0]],
            capture_output=True, env={**ENVIRONMENT, "OPENAI_API_KEY": "sk-tls"}, timeout=60,
        )  # fmt: skip
        report = json.loads(completed.stdout)
        assert completed.returncode == status, report
        if code:
            assert (report["error"]["code"], report["error"]["mayHaveBeenBilled"]) == (code, False)
            assert not out.exists() or not list(out.iterdir())


# A loopback name bypasses the proxy; with a trailing dot it is the same name but does not.
TUNNELLED = "https://localhost.:443/v1"


def through(server, folder, certificate, address=TUNNELLED):
    return generate(folder, address, "--ca-file", certificate[0], https_proxy=f"http://127.0.0.1:{server.port}")


def test_through_a_proxy_the_name_is_still_the_servers(start, certificate, tmp_path):
    server = start()
    status, report = through(server, tmp_path, certificate)
    assert status == 0 and report["outputs"]
    assert server.tunnels == ["localhost.:443"] and len(server.requests) == 1
    status, report = through(server, tmp_path / "other", certificate, "https://elsewhere.test/v1")
    assert (status, report["error"]["code"], report["error"]["mayHaveBeenBilled"]) == (1, "tlsFailed", False)
    assert server.tunnels[1] == "elsewhere.test:443" and len(server.requests) == 1


def test_through_a_proxy_the_response_is_the_servers(start, certificate, tmp_path):
    body = b'{"error":{"message":"no","type":"image_generation_user_error","code":"moderation_blocked"}}'
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nX-Request-Id: of-the-server\r\nContent-Length: %d\r\n\r\n"
    server = start(lambda connection: connection.sendall(head % len(body) + body))
    status, report = through(server, tmp_path, certificate)
    assert status == 3
    assert (report["error"]["code"], report["error"]["requestID"]) == ("moderationBlocked", "of-the-server")


def test_a_proxy_that_refuses_its_tunnel_has_cost_nothing(start, certificate, tmp_path):
    server = start(tunnel="407 Proxy Authentication Required")
    status, report = through(server, tmp_path, certificate)
    assert (status, report["error"]["code"], report["error"]["mayHaveBeenBilled"]) == (1, "couldNotConnect", False)
    assert not server.requests


def without_end(connection, body):
    """Sends a body that only the end of the connection delimits, without a TLS close_notify."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
    socket.socket(fileno=connection.detach()).close()


def test_an_end_without_tls_saying_so_is_a_lost_connection(start, certificate, tmp_path):
    server = start(lambda connection: without_end(connection, BODY[:-20]))
    status, report = generate(tmp_path, f"https://localhost:{server.port}/v1", "--ca-file", certificate[0])
    assert (status, report["error"]["code"], report["error"]["mayHaveBeenBilled"]) == (4, "connectionLost", True)
    assert len(server.requests) == 1


def test_a_delimited_response_needs_no_close_notify(start, certificate, tmp_path):
    server = start(lambda connection: without_end(connection, BODY))
    status, report = generate(tmp_path, f"https://localhost:{server.port}/v1", "--ca-file", certificate[0])
    assert status == 0 and report["outputs"]
    assert len(server.requests) == 1


def test_session_keys_are_written_nowhere(start, certificate, tmp_path):
    server = start()
    log = tmp_path / "session-keys"
    status, _ = generate(tmp_path, f"https://localhost:{server.port}/v1", "--ca-file", certificate[0], SSLKEYLOGFILE=str(log))
    assert status == 0
    assert not log.exists()
