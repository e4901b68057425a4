"""A bridge as plain as can be, unlike our simulator: one page for everything, no filters, absolute URLs."""

import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape


class PlainBridge:
    """Records (method, path, fields) and answers the least that the API reference asks for."""

    def __init__(self):
        #: X-Request-ID, method and first node of each.
        self.told_ids = []
        self.requests = []
        self.spaces, self.calls, self.legs = {}, {}, {}
        self._range = (1, 0, "")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method, path, fields):
        """(created path or None, body) of one request."""
        self.requests.append((method, path, fields))
        node, _, rest = path.removeprefix("/api/v1/").partition("/")
        handler = getattr(self, f"{method.lower()}_{node.lower()}", None)
        if handler:
            return handler(rest, fields)
        created = f"/api/v1/{node}/{uuid.uuid4()}" if method == "POST" else None
        return created, ""

    def get_system(self, rest, fields):
        return None, "<status><softwareVersion>2.0</softwareVersion></status>"

    def get_callbridges(self, rest, fields):
        return None, '<callBridges total="0"></callBridges>'

    def get_participants(self, rest, fields):
        return None, '<participants total="0"></participants>'

    def post_cospacebulkparametersets(self, rest, fields):
        self._range = (int(fields["startIndex"]), int(fields["endIndex"]), fields["coSpaceNameMapping"])
        return f"/api/v1/cospaceBulkParameterSets/{uuid.uuid4()}", ""

    def post_cospacebulksyncs(self, rest, fields):
        first, last, naming = self._range
        for number in range(first, last + 1):
            name = naming.replace("$index$", str(number))
            self.spaces[str(uuid.uuid4())] = {"number": number, "name": name, "nonMemberAccess": "false"}
        return f"/api/v1/cospaceBulkSyncs/{uuid.uuid4()}", ""

    def get_cospacebulksyncs(self, rest, fields):
        return None, f'<cospaceBulkSync id="{rest}"><status>complete</status></cospaceBulkSync>'

    def get_cospaces(self, rest, fields):
        if rest:
            access = f"<nonMemberAccess>{self.spaces[rest]['nonMemberAccess']}</nonMemberAccess>"
            return None, f'<coSpace id="{rest}">{access}<uri>{self.spaces[rest]["number"]}</uri></coSpace>'
        items = "".join(
            f'<coSpace id="{i}"><name>{escape(s["name"])}</name><uri>{s["number"]}</uri></coSpace>'
            for i, s in self.spaces.items()
        )
        return None, f'<coSpaces total="{len(self.spaces)}">{items}</coSpaces>'

    def put_cospaces(self, rest, fields):
        self.spaces[rest].update(fields)
        return None, ""

    def post_calls(self, rest, fields):
        new = str(uuid.uuid4())
        if rest.lower().endswith("calllegs"):
            self.legs[new] = (rest.split("/")[0], fields["remoteParty"])
            return f"{self.url}/api/v1/callLegs/{new}", ""
        self.calls[new] = fields["coSpace"]
        return f"{self.url}/api/v1/calls/{new}", ""

    def get_calls(self, rest, fields):
        items = "".join(f'<call id="{i}"><coSpace>{s}</coSpace></call>' for i, s in self.calls.items())
        return None, f'<calls total="{len(self.calls)}">{items}</calls>'

    def delete_calls(self, rest, fields):
        self.calls.pop(rest, None)
        self.legs = {i: leg for i, leg in self.legs.items() if leg[0] != rest}
        return None, ""

    def get_calllegs(self, rest, fields):
        items = "".join(
            f'<callLeg id="{i}"><remoteParty>{p}</remoteParty><call>{c}</call></callLeg>'
            for i, (c, p) in self.legs.items()
        )
        return None, f'<callLegs total="{len(self.legs)}">{items}</callLegs>'

    def _handler(self):
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                fields = dict(parse_qsl(body, keep_blank_values=True))
                path = urlsplit(self.path).path
                bridge.told_ids.append((self.headers["X-Request-ID"], self.command, path.split("/")[3]))
                created, answer = bridge.answer(self.command, path, fields)
                self.send_response(200)
                if created:
                    self.send_header("Location", created)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815

            def log_message(self, *_):
                pass

        return Handler
