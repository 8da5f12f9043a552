"""An Images API that counts what it sells: an oracle for purchases that shares no code with the library."""

import base64
import http.server
import io
import json
import re
import threading
import time

from PIL import Image


class FakeAPI:
    """Waits `seconds` before each response; a stream has the files `partials` before its image."""

    def __init__(self, seconds=1.0, partials=()):
        self.seconds, self.begun, self.sold = seconds, 0, 0
        lock = threading.Lock()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with lock:
                    api.begun += 1
                time.sleep(api.seconds)
                size = re.search(rb'name="size"\r\n\r\n(\d+)x(\d+)', body)
                width, height = (int(each) for each in size.groups()) if size else (1024, 1024)
                file = io.BytesIO()
                Image.new("RGB", (width, height), (200, 40, 40)).save(file, "PNG")
                image = base64.b64encode(file.getvalue()).decode()
                with lock:
                    api.sold += 1
                event = {"type": "image_edit.completed", "b64_json": image, "created_at": 1, "size": f"{width}x{height}",
                         "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}
                if b'name="stream"' in body:
                    events = [
                        {"type": "image_edit.partial_image", "b64_json": base64.b64encode(file).decode(), "created_at": 1,
                         "size": f"{width}x{height}", "partial_image_index": index}
                        for index, file in enumerate(partials)]
                    data = b"".join(
                        f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in (*events, event))
                    kind = "text/event-stream"
                else:
                    data, kind = json.dumps({"created": 1, "data": [{"b64_json": image}]}).encode(), "application/json"
                try:
                    self.send_response(200)
                    self.send_header("content-type", kind)
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        return {"OPENAI_BASE_URL": f"http://127.0.0.1:{self.server.server_port}/v1", "OPENAI_API_KEY": "test-key"}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
