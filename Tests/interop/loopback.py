"""Servers on loopback whose every byte a test decides."""

import shutil
import socket
import subprocess
import threading

import pytest


class LoopbackServer:
    """Runs `serve(connection)`, which subclasses have, on a thread for each connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass
        finally:
            connection.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A self-signed certificate for `localhost` only."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificates")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def start(certificate, request):
    """Starts servers of the kind that the module calls `Server`, with the certificate; all are stopped at the end."""
    servers = []

    def start(*arguments, **options):
        servers.append(request.module.Server(certificate, *arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()
