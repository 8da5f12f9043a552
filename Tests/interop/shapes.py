"""The shapes in which servers respond that speak (nearly) the Images API, each with the outcome that is right.

`python3 shapes.py PORT` serves them on loopback: http://127.0.0.1:PORT/SHAPE/v1/images/generations.
"""

import base64
import gzip
import json
import re
import struct
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def png(width=64, height=63):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(
        b"\0" + b"".join(bytes([x * 4 & 255, y * 4 & 255, x * y * 7 & 255]) for x in range(width)) for y in range(height)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


IMAGE = next(image for height in range(63, 80) if len(image := png(64, height)) % 3 == 1)
OTHER = png(32, 33)
B64 = base64.b64encode(IMAGE).decode()
assert "+" in B64 and "/" in B64 and B64.endswith("==")
URLSAFE = base64.urlsafe_b64encode(IMAGE).decode()
WRAPPED = "\n".join(B64[i : i + 76] for i in range(0, len(B64), 76))
CRLF_WRAPPED = "\r\n".join(B64[i : i + 61] for i in range(0, len(B64), 61))
DATA_URI = "data:image/png;base64," + B64
# 1.9 million characters were seen in one `url`; more than the megabyte that other text may have.
TEXT = b"tEXtnote\0" + b"x" * 1_400_000
LARGE = IMAGE[:-12] + struct.pack(">I", len(TEXT) - 4) + TEXT + struct.pack(">I", zlib.crc32(TEXT)) + IMAGE[-12:]
LARGE_URI = "data:image/png;base64," + base64.b64encode(LARGE).decode()
USAGE = {"total_tokens": 100, "input_tokens": 50, "output_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}}  # fmt: skip

JSON, SSE = "application/json", "text/event-stream"
DONE = {"type": "image_generation.completed", "b64_json": B64, "usage": USAGE}
PART = {"type": "image_generation.partial_image", "b64_json": B64, "partial_image_index": 0}
RESPONSES_ITEM = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": B64}
CHUNK = {"object": "image.edit.chunk", "created": 1, "model": "m"}


def body(extra=None, **item):
    return {"created": 1713833628, "data": [item], **(extra or {})}


def event(payload, name=None, eol="\n"):
    return (f"event: {name}{eol}" if name else "") + "data: " + json.dumps(payload) + eol + eol


def response(content, status=200, ctype=JSON, headers=None):
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    return status, ctype, content if isinstance(content, bytes) else content.encode(), headers or {}


def stream(*events, ctype=SSE):
    return response("".join(events), ctype=ctype)


# What is right: the image, a URL, an error in a response that may have been billed, or a refusal by status.
READ = ("image", None)
URL = ("url", None)


def unusable(code):
    """Raw bytes are kept, and the exit status is 4."""
    return ("unusable", code)


def refused(code):
    """The exit status is 3, and nothing is kept."""
    return ("refused", code)


# Name: (expected outcome, what the server sends). `{origin}` becomes the server's own address.
SHAPES = {
    # Base64
    "plain": (READ, lambda: response(body(b64_json=B64, extra={"usage": USAGE}))),
    "datauri-b64": (READ, lambda: response(body(b64_json=DATA_URI))),
    "datauri-parameters": (READ, lambda: response(body(b64_json="data:image/png;charset=utf-8;base64," + B64))),
    "datauri-wrapped": (READ, lambda: response(body(b64_json="data:image/png;base64,\n" + WRAPPED))),
    "urlsafe-b64": (READ, lambda: response(body(b64_json=URLSAFE))),
    "urlsafe-unpadded-b64": (READ, lambda: response(body(b64_json=URLSAFE.rstrip("=")))),
    "unpadded-b64": (READ, lambda: response(body(b64_json=B64.rstrip("=")))),
    "wrapped-b64": (READ, lambda: response(body(b64_json=WRAPPED))),
    "crlf-wrapped-b64": (READ, lambda: response(body(b64_json=CRLF_WRAPPED))),
    "unicode-wrapped-b64": (READ, lambda: response(json.dumps(body(b64_json=WRAPPED)).replace("\\n", "\\u000a"))),
    "raw-wrapped-b64": (READ, lambda: response(json.dumps(body(b64_json=WRAPPED)).replace("\\n", "\n"))),
    "blank-b64": (READ, lambda: response(body(b64_json=" " + WRAPPED.replace("\n", " \t") + " "))),
    "trailing-newline-b64": (READ, lambda: response(body(b64_json=B64 + "\n"))),
    "escaped-slash-b64": (READ, lambda: response(json.dumps(body(b64_json=B64)).replace("/", "\\/"))),
    "escaped-plus-b64": (READ, lambda: response(json.dumps(body(b64_json=B64)).replace("+", "\\u002B"))),
    "escaped-equals-b64": (READ, lambda: response(json.dumps(body(b64_json=B64)).replace("=", "\\u003D"))),
    "not-base64": (unusable("malformedBase64"), lambda: response(body(b64_json="<html>" + B64))),
    "not-an-image": (unusable("malformedImage"), lambda: response(body(b64_json=base64.b64encode(b"<html>busy</html>").decode()))),
    "html-in-b64": (unusable("malformedImage"), lambda: response(body(b64_json=base64.b64encode(b"<!DOCTYPE html><p><svg></svg>").decode()))),
    # URLs
    "datauri-url": (READ, lambda: response(body(url=DATA_URI))),
    "large-datauri-url": (("large", None), lambda: response(body(url=LARGE_URI))),
    "http-url": (URL, lambda: response(body(url="{origin}/file/a.png"))),
    "relative-url": (URL, lambda: response(body(url="/file/a.png"))),
    "both-null-b64": (URL, lambda: response(body(url="{origin}/file/a.png", b64_json=None))),
    "image-url-key": (URL, lambda: response({"images": [{"image_url": "{origin}/file/a.png"}]})),
    "url-list": (URL, lambda: response({"output": ["{origin}/file/a.png"]})),
    "result-sample": (URL, lambda: response({"id": "b1", "status": "Ready", "result": {"sample": "{origin}/file/a.png"}})),
    "empty-url": (unusable("moderationBlocked"), lambda: response(body(url="", b64_json=None, extra={"usage": {"cost_in_usd_ticks": 0}}))),
    "xai-moderated": (unusable("moderationBlocked"), lambda: response(body(url="", b64_json="", respect_moderation=False))),
    "xai-moderated-empty": (unusable("moderationBlocked"), lambda: response({"data": [], "respect_moderation": False})),
    # Documents
    "created-float": (READ, lambda: response({"created": 1713833628.25, "data": [{"b64_json": B64}]})),
    "created-string": (READ, lambda: response({"created": "1713833628", "data": [{"b64_json": B64}]})),
    "created-missing": (READ, lambda: response({"data": [{"b64_json": B64}], "model": "gemini-2.5-flash-image"})),
    "data-null": (unusable("emptyResponse"), lambda: response({"created": 1, "data": None})),
    "data-empty": (unusable("emptyResponse"), lambda: response({"created": 1, "data": []})),
    "data-object": (READ, lambda: response({"created": 1, "data": {"b64_json": B64}})),
    "data-strings": (READ, lambda: response({"data": [B64]})),
    "top-b64": (READ, lambda: response({"created": 1, "b64_json": B64})),
    "top-array": (READ, lambda: response([{"b64_json": B64}])),
    "top-strings": (READ, lambda: response([DATA_URI])),
    "images-key": (READ, lambda: response({"created": 1, "images": [{"b64_json": B64}]})),
    "images-strings": (READ, lambda: response({"images": [B64]})),
    "result-data": (READ, lambda: response({"id": "t1", "status": "completed", "result": {"data": [{"b64_json": B64}]}})),
    "b64-key": (READ, lambda: response(body(b64=B64))),
    "base64-key": (READ, lambda: response({"base64": B64})),
    "base64-list": (READ, lambda: response({"base64": [DATA_URI], "finishReason": "SUCCESS"})),
    "image-key": (READ, lambda: response({"output": {"image": {"bytes": B64}}})),
    "preview-first": (READ, lambda: response({"preview": base64.b64encode(OTHER).decode(), "data": [{"b64_json": B64}]})),
    "echoed-input": (unusable("emptyResponse"), lambda: response({"input": {"image": DATA_URI}, "data": []})),
    "together": (READ, lambda: response({"id": "x", "model": "m", "object": "list", "data": [{"index": 0, "type": "b64_json", "b64_json": B64}]})),
    "openrouter": (READ, lambda: response({"created": 1, "data": [{"b64_json": B64, "media_type": "image/png"}], "usage": {"prompt_tokens": 6, "completion_tokens": 1299, "total_tokens": 1305, "completion_tokens_details": {"image_tokens": 1290}, "cost": 0.0387243}})),
    "usage-null": (READ, lambda: response(body(b64_json=B64, extra={"usage": None}))),
    "usage-zero": (READ, lambda: response(body(b64_json=B64, extra={"usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}}))),
    "usage-float": (READ, lambda: response(body(b64_json=B64, extra={"usage": {"input_tokens": 50.0, "output_tokens": 50.0, "total_tokens": 100.0}}))),
    "nan": (READ, lambda: response(json.dumps(body(b64_json=B64)).replace("1713833628", "NaN"))),
    "infinity": (READ, lambda: response(json.dumps(body(b64_json=B64)).replace("1713833628", "-Infinity"))),
    "trailing-junk": (READ, lambda: response(json.dumps(body(b64_json=B64)) + "\n\n{}")),
    "trailing-text": (READ, lambda: response(json.dumps(body(b64_json=B64)) + "\n<!-- cached -->")),
    "byte-order-mark": (READ, lambda: response("\ufeff" + json.dumps(body(b64_json=B64)))),
    "leading-blanks": (READ, lambda: response(" \n\n" + json.dumps(body(b64_json=B64)))),
    "no-content-type": (READ, lambda: response(body(b64_json=B64), ctype=None)),
    "json-as-html": (READ, lambda: response(body(b64_json=B64), ctype="text/html")),
    "json-as-sse": (READ, lambda: response(body(b64_json=B64), ctype=SSE)),
    "json-utf8-upper": (READ, lambda: response(body(b64_json=B64), ctype="Application/JSON; charset=UTF-8")),
    "raw-png": (READ, lambda: response(IMAGE, ctype="image/png", headers={"Content-Disposition": "attachment"})),
    "raw-png-as-json": (READ, lambda: response(IMAGE)),
    "ndjson": (READ, lambda: response(json.dumps(PART) + "\n" + json.dumps(DONE) + "\n", ctype="application/x-ndjson")),
    "ndjson-as-json": (READ, lambda: response(json.dumps(PART) + "\r\n" + json.dumps(body(b64_json=B64)) + "\r\n")),
    "gzip": (unusable("unexpectedContent"), lambda: response(gzip.compress(json.dumps(body(b64_json=B64)).encode(), mtime=0), headers={"Content-Encoding": "gzip"})),
    "created-201": (READ, lambda: response(body(b64_json=B64), status=201)),
    "html-200": (unusable("unexpectedContent"), lambda: response("<html>busy</html>", ctype="text/html")),
    "html-svg-200": (unusable("unexpectedContent"), lambda: response("<!DOCTYPE html><svg>busy</svg>", ctype="text/html")),
    "text-200": (unusable("unexpectedContent"), lambda: response("busy", ctype="text/plain")),
    "binary-200": (unusable("unexpectedContent"), lambda: response(b"\0\0\0\x1cftypavif" + bytes(99), ctype="image/avif")),
    "cut-json": (unusable("malformedResponse"), lambda: response(json.dumps(body(b64_json=B64))[:-200])),
    "broken-json": (unusable("malformedResponse"), lambda: response('{"created": 1, "data": [}')),
    # Accepted and not finished
    "async-task": (unusable("accepted"), lambda: response({"code": 200, "data": [{"status": "submitted", "task_id": "task_01"}]})),
    "async-polling": (unusable("accepted"), lambda: response({"id": "task_01", "polling_url": "https://api.example/v1/get_result?id=task_01"})),
    "async-202": (unusable("accepted"), lambda: response({"id": "task_01", "status": "queued"}, status=202)),
    "async-request-id": (unusable("accepted"), lambda: response({"request_id": "task_01", "status": "IN_QUEUE", "status_url": "https://queue.example/r/task_01/status"})),
    # Errors by status
    "error-string": (refused("badRequest"), lambda: response({"error": "prompt required"}, status=400)),
    "error-xai": (refused("badRequest"), lambda: response({"code": "Client specified an invalid argument", "error": "Unknown model: x"}, status=400)),
    "error-sdcpp-500": (refused("serverError"), lambda: response({"error": "server_error", "message": "vector::_M_range_check"}, status=500)),
    "error-list": (refused("badRequest"), lambda: response({"error": [{"message": "size is wrong", "code": 400}]}, status=400)),
    "error-errors": (refused("badRequest"), lambda: response({"errors": [{"title": "size is wrong", "status": "400"}]}, status=400)),
    "error-problem": (refused("badRequest"), lambda: response({"type": "about:blank", "title": "size is wrong", "status": 422}, status=422)),
    "error-fastapi-str": (refused("badRequest"), lambda: response({"detail": "Model mismatch: request specifies 'a' but server is running 'b'."}, status=400)),
    "error-fastapi-list": (refused("badRequest"), lambda: response({"detail": [{"loc": ["body", "size"], "msg": "size is wrong", "type": "value_error"}]}, status=422)),
    "error-vllm": (refused("badRequest"), lambda: response({"object": "error", "message": "bad size", "type": "BadRequestError", "param": None, "code": 400}, status=400)),
    "error-apim": (refused("authenticationFailed"), lambda: response({"statusCode": 401, "message": "Access denied due to invalid subscription key."}, status=401)),
    "error-azure-filter": (refused("moderationBlocked"), lambda: response({"error": {"code": "contentFilter", "message": "Your task failed as a result of our safety system.", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, status=400)),
    "error-azure-filter2": (refused("moderationBlocked"), lambda: response({"error": {"code": "content_policy_violation", "inner_error": {"code": "ResponsibleAIPolicyViolation", "content_filter_results": {}}, "message": "rejected", "param": None, "type": "invalid_request_error"}}, status=400)),
    "error-azure-inner": (refused("moderationBlocked"), lambda: response({"error": {"code": "400", "inner_error": {"code": "ResponsibleAIPolicyViolation", "content_filter_results": {"violence": {"filtered": True, "severity": "high"}}}, "message": "rejected"}}, status=400)),
    "error-litellm-nested": (refused("moderationBlocked"), lambda: response({"error": {"message": "litellm.BadRequestError: OpenAIException - " + json.dumps({"error": {"code": "moderation_blocked", "message": "Your request was rejected", "type": "image_generation_user_error"}}), "type": None, "param": None, "code": "400"}}, status=400)),
    "error-google-quota": (refused("quotaExceeded"), lambda: response([{"error": {"code": 429, "message": "You exceeded your current quota", "status": "RESOURCE_EXHAUSTED"}}], status=429)),
    "error-openrouter-402": (refused("quotaExceeded"), lambda: response({"error": {"code": 402, "message": "Insufficient credits"}}, status=402)),
    "error-litellm-budget": (refused("quotaExceeded"), lambda: response({"error": {"message": "Budget has been exceeded! Current cost: 1, Max budget: 1", "type": "budget_exceeded", "param": None, "code": "400"}}, status=400)),
    "error-newapi-quota": (refused("quotaExceeded"), lambda: response({"error": {"message": "quota is not enough", "type": "new_api_error", "code": "insufficient_user_quota"}}, status=403)),
    "error-msg": (refused("quotaExceeded"), lambda: response({"code": 1001, "msg": "no balance"}, status=400)),
    "error-with-image": (refused("badRequest"), lambda: response({"error": {"message": "size is wrong"}, "data": [{"b64_json": B64}]}, status=400)),
    "error-text": (refused("serverError"), lambda: response("upstream connect error", status=502, ctype="text/plain")),
    # Errors in a successful response
    "error-200": (unusable("serverError"), lambda: response({"error": {"message": "upstream failed", "type": "upstream_error", "code": "bad_response"}})),
    "error-200-moderation": (unusable("moderationBlocked"), lambda: response({"error": {"message": "blocked", "type": "image_generation_user_error", "code": "moderation_blocked"}})),
    "error-200-string": (unusable("serverError"), lambda: response({"error": "upstream failed"})),
    "error-200-echo": (unusable("serverError"), lambda: response({"error": {"message": "upstream failed", "image": B64}, "images": [B64]})),
    "error-200-quota": (unusable("quotaExceeded"), lambda: response({"code": 1001, "msg": "no balance", "data": None})),
    "error-200-failed": (unusable("serverError"), lambda: response({"id": "t1", "status": "failed", "message": "upstream failed", "input": {"image": DATA_URI}})),
    "error-200-code0": (READ, lambda: response({"code": 0, "message": "success", "data": [{"b64_json": B64}]})),
    # Event streams
    "sse": (READ, lambda: stream(event(PART, PART["type"]), event(DONE, DONE["type"]))),
    "sse-byte-order-mark": (READ, lambda: stream("\ufeff", event(PART), event(DONE))),
    "sse-noevent": (READ, lambda: stream(event(PART), event(DONE))),
    "sse-keepalive": (READ, lambda: stream(": PING\n\n", ": OPENROUTER PROCESSING\n\n", event(PART), ":\n\n", event(DONE), "data: [DONE]\n\n")),
    "sse-crlf": (READ, lambda: stream(event(PART, eol="\r\n"), event(DONE, eol="\r\n"))),
    "sse-retry-first": (READ, lambda: stream("retry: 3000\n\n", "id: 1\n", event(DONE))),
    "sse-nospace": (READ, lambda: stream("data:" + json.dumps(DONE) + "\n\n")),
    "sse-noblank-end": (READ, lambda: stream(event(PART), "data: " + json.dumps(DONE))),
    "sse-url": (URL, lambda: stream(event({"type": "image_generation.completed", "url": "{origin}/file/a.png"}))),
    "sse-datauri": (READ, lambda: stream(event({**DONE, "b64_json": DATA_URI}))),
    "sse-wrapped": (READ, lambda: stream(event({**DONE, "b64_json": WRAPPED}))),
    "sse-vllm": (READ, lambda: stream(
        event({**CHUNK, "type": "ar_delta", "delta": "think", "index": 0}),
        event({**CHUNK, "type": "image", "data": [{"b64_json": B64, "url": None, "revised_prompt": None}], "output_format": "png", "size": "64x64"}),
        "data: [DONE]\n\n")),
    "sse-object-data": (READ, lambda: stream(event({"created": 1, "data": [{"b64_json": B64}]}), "data: [DONE]\n\n")),
    "sse-edit-type": (READ, lambda: stream(event({**DONE, "type": "image_edit.completed"}))),
    "sse-unknown-type": (READ, lambda: stream(event({"type": "image.done", "image": {"b64": B64}}), "data: [DONE]\n\n")),
    "sse-responses": (READ, lambda: stream(
        event({"type": "response.created", "sequence_number": 0}),
        event({"type": "response.image_generation_call.partial_image", "partial_image_b64": base64.b64encode(OTHER).decode(), "partial_image_index": 0}),
        event({"type": "response.output_item.done", "item": RESPONSES_ITEM}),
        event({"type": "response.completed", "response": {"object": "response", "status": "completed", "error": None, "output": [RESPONSES_ITEM]}}))),
    "responses": (READ, lambda: response({"object": "response", "status": "completed", "error": None, "output": [{"type": "reasoning"}, RESPONSES_ITEM], "usage": {"input_tokens": 9, "output_tokens": 9, "total_tokens": 18}, "tool_usage": {"image_gen": USAGE}})),
    "responses-blocked": (unusable("moderationBlocked"), lambda: response({"object": "response", "status": "failed", "output": [{"type": "image_generation_call", "status": "failed", "result": None, "error": {"code": "moderation_blocked", "message": "blocked", "moderation_details": {"moderation_stage": "output", "categories": ["violence"]}}}]})),
    "sse-text-chunk": (READ, lambda: stream(event({"type": "image_generation.text_chunk", "phase": "draft", "text": "<svg"}), event(DONE))),
    "sse-error-string": (unusable("serverError"), lambda: stream(event(PART), event({"error": "upstream failed"}))),
    "sse-error-null": (READ, lambda: stream(event({**DONE, "error": None}))),
    "sse-error-openrouter": (unusable("moderationBlocked"), lambda: stream(event({"type": "error", "error": {"message": "blocked", "code": "moderation_blocked"}}), "data: [DONE]\n\n")),
    "sse-cut": (unusable("streamEndedEarly"), lambda: stream(event(PART))),
    "sse-done-early": (unusable("streamEndedEarly"), lambda: stream(event(PART), "data: [DONE]\n\n")),
    "sse-wrong-type": (READ, lambda: stream(event(PART), event(DONE), ctype=JSON)),
    "sse-no-type": (READ, lambda: stream(": PING\n\n", event(DONE), ctype=None)),
}  # fmt: skip


# Addresses that cannot be fetched: one that has nothing, and one that is private and of another host.
FETCHES = {
    "gone": (URL, lambda: response(body(url="{origin}/gone/a.png"))),
    "inward": (URL, lambda: response(body(url="http://127.0.0.2:9/a.png"))),
}  # fmt: skip
SENTENCES = [b"upstream failed", b"upstream connect error", b"blocked", b"busy", b"is wrong", b"bad size", b"no balance", b"rejected"]


def echoing(content, request, headers):
    """The response with what the request had: in further members, and in every sentence."""
    key = headers.get("authorization", "").removeprefix("Bearer ")
    found = re.search(rb'"prompt": ?"([^"]*)"|name="prompt"\r\n\r\n(.*?)\r\n', request, re.DOTALL)
    prompt = (found[1] or found[2]).decode()
    try:
        content.decode()
    except UnicodeDecodeError:
        return content
    echo = json.dumps({"request": {"authorization": f"Bearer {key}", "prompt": prompt}, "echo": f"{key} {prompt}"})[:-1]
    content = re.sub(rb"\{(?=\s*\")", lambda _: echo.encode() + b", ", content, count=1)
    for sentence in SENTENCES:
        content = content.replace(sentence, sentence + f" for {key}: {prompt}.".encode())
    return content


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        if self.path.startswith("/file/"):
            return self.send(200, "image/png", IMAGE, {})
        self.send(404, JSON, b'{"error": {"message": "no such path"}}', {})

    def do_POST(self):
        request = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.requests.append((self.path, dict(self.headers)))
        shape, _, echo = self.path.strip("/").split("/")[0].partition("+")
        status, ctype, content, headers = {**SHAPES, **FETCHES}[shape][1]()
        if echo:
            content = echoing(content, request, self.headers)
            headers = {**headers, "X-Request-Id": "req-" + self.headers.get("authorization", "").split(" ")[-1]}
        self.send(status, ctype, content, headers)

    def send(self, status, ctype, content, headers):
        content = content.replace(b"{origin}", self.server.origin.encode())
        self.send_response(status)
        if ctype:
            self.send_header("Content-Type", ctype)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class ShapesServer(ThreadingHTTPServer):
    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.requests = []
        self.origin = f"http://127.0.0.1:{self.server_port}"


if __name__ == "__main__":
    server = ShapesServer(int(sys.argv[1]))
    print(server.origin, flush=True)
    server.serve_forever()
