"""An OpenAI-compatible server on loopback that behaves as a test wants."""

import http.server
import json
import threading


class ModelServer:
    """`answer(request, number)` gives (status, headers, body) or a text to say;
    `requests` holds what was asked, `keys` the Authorization headers seen."""

    def __init__(self, answer):
        self.answer, self.requests, self.keys = answer, [], []
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                request = json.loads(self.rfile.read(length))
                with outer.lock:
                    number = len(outer.requests)
                    outer.requests.append(request)
                    outer.keys.append(self.headers.get("Authorization", ""))
                outer.reply(self, request, outer.answer(request, number))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def reply(handler, request, answer):
        if isinstance(answer, str):
            answer = (200, {}, said(answer, request.get("stream", False)))
        status, headers, body = answer
        data = body.encode()
        handler.send_response(status)
        kind = "text/event-stream" if data.startswith(b"data:") else "application/json"
        headers = {"Content-Type": kind, "Content-Length": str(len(data)), **headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)


def said(text, stream):
    """A whole answer in the form that was asked for."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    if not stream:
        return json.dumps({
            "object": "chat.completion", "model": "served",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": text}}],
            "usage": usage})
    pieces = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage},
    ]
    lines = [f"data: {json.dumps({'model': 'served', **piece})}\n\n" for piece in pieces]
    return "".join(lines) + "data: [DONE]\n\n"
