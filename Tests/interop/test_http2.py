"""The program against a server of HTTP/2, from the same library that proxies in Python use."""

import base64
import json
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import pytest
from conftest import encoded, image
from loopback import LoopbackServer
from test_tls import BODY, generate

IMAGE = base64.b64encode(encoded(image((64, 48)))).decode()


def event(name):
    payload = {"type": f"image_generation.{name}", "b64_json": IMAGE, "partial_image_index": 0}
    return f"event: image_generation.{name}\ndata: {json.dumps(payload)}\n\n".encode()


class Server(LoopbackServer):
    """Responds to every request with `respond(connection, stream)`, and counts them."""

    def __init__(self, certificate, respond):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.context.set_alpn_protocols(["h2"])
        self.respond, self.requests = respond, 0
        super().__init__()
        self.address = f"https://localhost:{self.port}/v1"

    def serve(self, connection):
        secure = self.context.wrap_socket(connection, server_side=True)
        protocol = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        protocol.initiate_connection()
        secure.sendall(protocol.data_to_send())
        while data := secure.recv(65536):
            for event in protocol.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, h2.events.StreamEnded):
                    self.requests += 1
                    self.respond(protocol, event.stream_id)
            secure.sendall(protocol.data_to_send())
            if protocol.state_machine.state == h2.connection.ConnectionState.CLOSED:
                break


def head(protocol, stream, kind="text/event-stream", status="200"):
    protocol.send_headers(stream, [(":status", status), ("content-type", kind), ("x-request-id", "req_h2")])


def whole(protocol, stream):
    head(protocol, stream, "application/json")
    protocol.send_data(stream, BODY, end_stream=True)


def streamed(protocol, stream):
    head(protocol, stream)
    protocol.send_data(stream, event("partial_image") + event("completed"), end_stream=True)


def reset_in_the_middle(protocol, stream):
    head(protocol, stream)
    protocol.send_data(stream, event("partial_image") + event("completed")[:100])
    protocol.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)


def send_goaway(protocol, stream):
    head(protocol, stream)
    protocol.send_data(stream, event("partial_image"))
    protocol.close_connection(h2.errors.ErrorCodes.INTERNAL_ERROR, last_stream_id=stream)


def ends_early(protocol, stream):
    head(protocol, stream)
    protocol.send_data(stream, event("partial_image"), end_stream=True)


def reset_at_once(protocol, stream):
    protocol.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)


def busy(protocol, stream):
    head(protocol, stream, "application/json", "400")
    protocol.send_data(stream, b'{"error":{"message":"no","code":"moderation_blocked"}}', end_stream=True)


STREAM = ["--stream", "--partials", "1"]
CASES = [
    (whole, [], 0, None), (streamed, STREAM, 0, None), (busy, [], 3, "moderationBlocked"),
    (reset_in_the_middle, STREAM, 4, None), (send_goaway, STREAM, 4, None), (reset_at_once, [], 4, None),
    (ends_early, STREAM, 4, "streamEndedEarly"),
]  # fmt: skip


@pytest.mark.parametrize("respond, options, status, code", CASES, ids=[case[0].__name__ for case in CASES])
def test_responses(start, certificate, tmp_path, respond, options, status, code):
    server = start(respond)
    exit_status, report = generate(tmp_path, server.address, "--ca-file", certificate[0], *options)
    assert exit_status == status, report
    assert server.requests == 1
    if status:
        assert report["error"]["mayHaveBeenBilled"] == (status == 4)
        assert code is None or report["error"]["code"] == code
    else:
        assert len(report["outputs"]) >= 1
