"""What the loopback fakes of HTTP services have in common: a log of requests, faults on request, an end.

Each request is appended to FOLDER/requests.jsonl as it came. FOLDER/faults.json, read anew for each request, is
{"fault": NAME, "times": N, "skip": M, "on": ACTION, ...}: of the requests of that action (of all, without), the
first M pass and the next N meet the fault. A fake prints its port and answers until its standard input ends.
"""
import base64, json, os, sys, threading, time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.RLock()


class Fake(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    folder = ""  # set by serve
    shift = 0  # seconds that the service's clock is ahead
    served = {"fault": None, "count": 0}

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):  # the Date header: a service's clock may be another
        return formatdate((timestamp or time.time()) + self.shift, usegmt=True)

    def take(self):
        """The request's body."""
        self.shift = 0
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def note(self, action, raw):
        with LOCK, open(os.path.join(self.folder, "requests.jsonl"), "a") as log:
            log.write(json.dumps({"action": action, "path": self.path, "headers": [[k, v] for k, v in self.headers.items()],
                                  "body": base64.b64encode(raw).decode()}) + "\n")

    def due_fault(self, action):
        """The fault that this request meets, or {}."""
        try:
            fault = json.load(open(os.path.join(self.folder, "faults.json")))
        except (OSError, ValueError):
            return {}
        with LOCK:
            if self.served["fault"] != fault:
                self.served.update(fault=fault, count=0)
            if fault.get("on", action) != action:
                return {}
            self.served["count"] += 1
            first = fault.get("skip", 0)
            return fault if first < self.served["count"] <= first + fault.get("times", 1) else {}

    def answer(self, status, body, kind, length=None, headers=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True


def serve(handler, folder):
    handler.folder = folder
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    os.write(1, b"%d\n" % server.server_address[1])  # at once: the reader takes one read
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()
