"""A reverse proxy that keeps nothing: each request goes to another host, on a connection of its own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from urllib.parse import urlsplit

#: Belong to a connection, not to the request.
_OWN = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@contextmanager
def reverse_proxy(hosts: Sequence[str]) -> Iterator[str]:
    """Run one before these hosts, such as ``http://127.0.0.1:8080``; gives its own address."""
    turns, lock = cycle([urlsplit(host).netloc for host in hosts]), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            with lock:
                host = next(turns)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            upstream = HTTPConnection(host, timeout=30)
            try:
                kept = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
                upstream.request(self.command, self.path, body, kept)
                answer = upstream.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _OWN:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            finally:
                upstream.close()

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
