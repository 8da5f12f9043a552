"""An S3 server that is strict: moto behind a gate that checks what moto accepts unseen.

The gate verifies SigV4 query signatures (AWS Signature Version 4, "Authenticating Requests: Using Query Parameters") and their
expiry, that every `x-amz-` header is signed, `If-None-Match`, and SHA-256 checksums. It answers as S3 does, and fails as told.
"""

import base64
import hashlib
import hmac
import http.client
import http.server
import logging
import threading
import time
import urllib.parse
from collections import Counter

from moto.server import ThreadedMotoServer

ACCESS_KEY, SECRET_KEY, REGION, BUCKET = "AKIDGESSOINTEROP", "secret-of-the-interop-test", "us-east-1", "images"
ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>'


logging.getLogger("werkzeug").setLevel(logging.ERROR)


class Refused(Exception):
    def __init__(self, status, code, message, more=""):
        super().__init__(code)
        self.status, self.code, self.message, self.more = status, code, message, more


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Gate:
    def __init__(self):
        self.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.moto.start()
        self.moto_address = self.moto.get_host_and_port()
        self.lock = threading.Lock()
        self.active = 0
        self.reset()
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_request(self):
                with gate.lock:
                    gate.active += 1
                try:
                    gate.serve(self)
                finally:
                    with gate.lock:
                        gate.active -= 1

            do_GET = do_PUT = do_DELETE = do_HEAD = handle_request

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # the client hung up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self):
        self.log = []  # method, path, status and bytes of the body that was sent
        self.faults = []  # applied to the next requests, one each
        self.outage = None  # applied to every request
        self.clock = 0  # seconds that this server's clock is ahead
        self.ignores_ranges = False
        self.accepted = Counter()

    def drain(self):
        """Returns when nothing is in progress, also of what its client has given up."""
        while self.active:
            time.sleep(0.01)

    def stop(self):
        self.server.shutdown()
        self.moto.stop()

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        target = urllib.parse.urlsplit(handler.path)
        fault = self.outage or (self.faults.pop(0) if self.faults else None)
        if fault == "slow":
            time.sleep(3)
        try:
            if fault == "503":
                raise Refused(503, "SlowDown", "Please reduce your request rate.")
            if fault == "conflict":
                raise Refused(409, "ConditionalRequestConflict", "A conflicting operation occurred.")
            if fault == "corrupt":
                body = bytes([body[0] ^ 1]) + body[1:]
            self.check_signature(handler.command, target, handler.headers)
            status, headers, answer = self.carry_out(handler.command, target.path, handler.headers, body)
        except Refused as refused:
            answer = ERROR.format(code=refused.code, message=refused.message, more=refused.more).encode()
            status, headers = refused.status, {"content-type": "application/xml", "x-amz-request-id": "REQUEST1"}
        self.log.append((handler.command, target.path, status, len(answer)))
        if fault == "lost response":
            handler.close_connection = True
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if "content-length" not in headers:
            handler.send_header("content-length", str(len(answer)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(answer)

    def check_signature(self, method, target, headers):
        query = urllib.parse.parse_qsl(target.query, keep_blank_values=True, strict_parsing=True)
        given = dict(query)
        if "X-Amz-Signature" not in given or len(given) != len(query):
            raise Refused(403, "AccessDenied", "Access Denied")
        date, scope = given["X-Amz-Date"], given["X-Amz-Credential"].split("/", 1)
        day, expected_scope = date[:8], f"{date[:8]}/{REGION}/s3/aws4_request"
        if given["X-Amz-Algorithm"] != "AWS4-HMAC-SHA256" or scope != [ACCESS_KEY, expected_scope]:
            raise Refused(403, "InvalidAccessKeyId", "The key does not exist in our records.")
        signed = given["X-Amz-SignedHeaders"].split(";")

        def quoted(text):
            return urllib.parse.quote(text, safe="-_.~")

        canonical_query = "&".join(
            f"{quoted(k)}={quoted(v)}" for k, v in sorted(query) if k != "X-Amz-Signature"
        )
        canonical_headers = "".join(f"{name}:{' '.join((headers.get(name) or '').split())}\n" for name in signed)
        canonical = "\n".join(
            [method, target.path, canonical_query, canonical_headers, ";".join(signed), "UNSIGNED-PAYLOAD"]
        )
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256", date, expected_scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = hmac256(b"AWS4" + SECRET_KEY.encode(), day)
        for part in (REGION, "s3", "aws4_request"):
            key = hmac256(key, part)
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        if "host" not in signed or not hmac.compare_digest(signature, given["X-Amz-Signature"]):
            more = f"<SignatureProvided>{given['X-Amz-Signature']}</SignatureProvided><StringToSign>{to_sign}</StringToSign>"
            raise Refused(
                403, "SignatureDoesNotMatch", "The request signature we calculated does not match the one you provided.",
                more)
        unsigned = [n for n in headers if n.lower().startswith("x-amz-") and n.lower() not in signed]
        if unsigned:
            raise Refused(403, "AccessDenied", "There were headers present in the request which were not signed")
        begin = time.mktime(time.strptime(date, "%Y%m%dT%H%M%SZ")) - time.timezone
        if time.time() + self.clock > begin + int(given["X-Amz-Expires"]):
            raise Refused(403, "AccessDenied", "Request has expired")

    def carry_out(self, method, path, headers, body):
        with self.lock:
            if method == "PUT":
                checksum = headers.get("x-amz-checksum-sha256")
                if checksum and base64.b64encode(hashlib.sha256(body).digest()).decode() != checksum:
                    raise Refused(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
                if headers.get("if-none-match") == "*" and self.forward("HEAD", path, {}, b"")[0] == 200:
                    raise Refused(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
            passed = {n: v for n, v in headers.items() if n.lower() in ("content-type", "cache-control")}
            if headers.get("range") and not self.ignores_ranges:
                passed["range"] = headers["range"]
            status, fields, answer = self.forward(method, path, passed, body)
        if status < 300:
            self.accepted[method] += 1
        return status, fields, answer

    def forward(self, method, path, headers, body):
        connection = http.client.HTTPConnection(*self.moto_address, timeout=30)
        # moto reads whose request it is from this, and verifies nothing.
        signed_in = {"authorization": f"AWS {ACCESS_KEY}:unchecked"}
        connection.request(method, path, body if method == "PUT" else None, {**headers, **signed_in})
        response = connection.getresponse()
        answer = response.read()
        dropped = ("connection", "transfer-encoding", "server", "content-length")
        fields = {n.lower(): v for n, v in response.getheaders() if n.lower() not in dropped}
        # Once, in the name that S3 has for its clock.
        fields.pop("date", None)
        connection.close()
        return response.status, fields, answer
