#!/usr/bin/env python3
"""A loopback fake of NovaCron's HTTP API, with faults on request. For tests, and to try a configuration by hand.

usage: fake_novacron.py FOLDER [a|b]    prints its port, answers until its standard input ends

a, the api-server: rows of a table and no hypervisor. Prefix /api/v1 and /api, tokens (HS256) from POST
/api/auth/login of USERS, bare arrays without pages, newest first; a machine stays "creating" until it is started;
GET of metrics answers zeros, also for a machine that is not there.
b, the core-server: /api/v1/api/v1/vms, the role in X-Role, pages of at most 100, errors {code, message}, envelopes
that become more with each evacuation.

Requests are logged and meet faults as ../fake_server.py tells; actions are such as "GET /vms", "POST /vms/start".
FOLDER/metrics.json, if there, is {machine's name: {"cpu_usage": ...}}: what a server that writes metrics would answer.
"""
import base64, hashlib, hmac, json, os, socket, struct, sys, threading, time
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from fake_server import Fake, serve

FOLDER = sys.argv[1]
B = sys.argv[2:] == ["b"]
SECRET = b"AUTH_SECRET of the fake"
USERS = {"scaler": "pass+word", "verify": "not-a-real-secret",  # what `plugins verify` has for every secret
         "twofold": "pass+word"}  # has a second factor
LOCK = threading.RLock()
vms = {}  # by id, in order of creation
layers = 0  # envelopes of a core-server


def now():
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token_of(user, lives_s=86400):
    head = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps({
        "user_id": user, "username": user, "role": "user", "tenant_id": "default", "iat": int(time.time()),
        "exp": int(time.time()) + lives_s}).encode())
    return head + "." + b64(hmac.new(SECRET, head.encode(), hashlib.sha256).digest())


def claims_in(token):
    """The claims of a token, or None."""
    head, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, b64(hmac.new(SECRET, head.encode(), hashlib.sha256).digest())):
        return None
    body = head.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims if claims["exp"] > time.time() else None


class Handler(Fake):
    def say(self, status, json_body, headers=()):
        if B and layers and status < 400:
            for _ in range(layers):
                json_body = {"data": json_body, "error": None, "pagination": None}
        body = json.dumps(json_body) + "\n"
        if self.fault.get("fault") == "half":
            return self.answer(status, body[:len(body) // 2], "application/json", len(body))
        if self.fault.get("fault") == "lost":  # done, and nobody hears of it
            return self.hang_up()
        self.answer(status, body, "application/json", headers=headers)

    def wrong(self, status, text, code="internal"):
        self.say(status, {"error": {"code": code, "message": text} if B else text})

    def no_route(self):
        self.answer(404, "404 page not found\n", "text/plain; charset=utf-8")

    def hang_up(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
        self.wfile = open(os.devnull, "wb")

    def do_GET(self):
        self.serve_one()

    do_POST = do_DELETE = do_PUT = do_PATCH = do_GET

    def serve_one(self):
        raw = self.take()
        self.fault = {}
        at = urlsplit(self.path)
        prefix, rest = self.route(at.path)
        parts = rest.strip("/").split("/")
        what = self.command + " /" + "/".join([parts[0]] + parts[2:])
        self.note(what, raw)
        self.fault = self.due_fault(what)
        name = self.fault.get("fault", "")
        if name == "500":
            return self.wrong(500, "failed to reach the database")
        if name == "409":
            return self.wrong(409, "no room: " + self.headers.get("Authorization", ""), self.fault.get("code", "INSUFFICIENT_CAPACITY"))
        if name == "401":
            return self.wrong(401, "invalid or expired token " + self.headers.get("Authorization", ""))
        if name == "reset":
            return self.hang_up()
        if name == "garbage":
            return self.answer(200, self.fault.get("body", "<html>"), "text/html")
        if name == "slow":
            time.sleep(self.fault["seconds"])
        if prefix is None:
            return self.no_route()
        if rest != "/" and rest.endswith("/"):  # mux's StrictSlash
            return self.answer(301, "", "text/html", headers=[("Location", at.path.rstrip("/"))])
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            return self.wrong(400, "invalid request body", "invalid")
        with LOCK:
            if rest in ("/auth/login", "/login"):
                return self.login(body)
            if self.allowed():
                (self.core if B else self.api)(self.command, parts, body, parse_qs(at.query))

    def route(self, path):
        """The prefix that a path has here, and what follows it."""
        if not B and path == "/auth/login":
            return "", path
        for prefix in (["/api/v1/api/v1", "/api/v1"] if B else ["/api/v1", "/api"]):
            if path.startswith(prefix + "/"):
                rest = path[len(prefix):]
                return (None if B and prefix == "/api/v1" and rest.startswith("/vms") else prefix), rest
        return None, path

    # -- who ------------------------------------------------------------------------------------------
    def login(self, body):
        if B or self.command != "POST":
            return self.no_route()
        user = body.get("username") or body.get("email")
        if not user or USERS.get(user) != body.get("password"):
            return self.wrong(401, "invalid credentials")
        row = {"id": user, "email": user, "role": "user", "tenantId": "default", "tenant_id": "default", "status": "active"}
        if user == "twofold":
            return self.say(200, {"requires_2fa": True, "temp_token": "t", "expiresAt": now(), "user": row})
        return self.say(200, {"token": token_of(user), "expiresAt": now(), "user": row})

    def allowed(self):
        if B:
            role = self.headers.get("X-Role", "viewer")
            if role in ("operator", "admin") or (role == "viewer" and self.command == "GET"):
                return True
            self.wrong(403, "Insufficient permissions", "forbidden")
            return False
        header = self.headers.get("Authorization", "")
        self.claims = None
        if not header:
            self.wrong(401, "authorization header required")
        elif not header.startswith("Bearer "):
            self.wrong(401, "authorization header must start with 'Bearer '")
        elif not header[7:]:
            self.wrong(401, "token is required")
        else:
            self.claims = claims_in(header[7:])
            if not self.claims:
                self.wrong(401, "invalid or expired token")
        return bool(self.claims)

    # -- a, the api-server -----------------------------------------------------------------------------
    def api(self, method, parts, body, _query):
        if parts[0] == "monitoring" and parts[1:] == ["metrics"]:
            return self.say(200, {"currentCpuUsage": 45.2, "currentMemoryUsage": 72.1, "currentDiskUsage": 58.3})
        if parts[0] != "vms" or len(parts) > 3:
            return self.no_route()
        if len(parts) == 1 and method == "GET":
            return self.say(200, list(reversed(vms.values())))
        if len(parts) == 1 and method == "POST":
            if not body.get("name"):
                return self.wrong(400, "name is required")
            return self.say(201, self.made(body, {
                "state": "creating", "status": "creating", "node_id": body.get("node_id"), "tenant_id": self.claims["tenant_id"]}))
        if len(parts) == 3 and parts[2] == "metrics" and method == "GET":
            return self.say(200, {"id": parts[1], "cpu_usage": 0, "memory_usage": 0, **self.written(parts[1])})
        vm = vms.get(parts[1]) if len(parts) > 1 else None
        if vm is None and len(parts) > 1:
            return self.wrong(404, "vm not found")
        if len(parts) == 2 and method == "GET":
            return self.say(200, vm)
        if len(parts) == 2 and method == "DELETE":
            del vms[vm["id"]]
            return self.say(200, {"id": vm["id"], "status": "deleted"})
        if len(parts) == 3 and method == "POST" and parts[2] in ("start", "stop"):
            vm["state"] = vm["status"] = "running" if parts[2] == "start" else "stopped"
            return self.say(200, {"id": vm["id"], "status": vm["status"]})
        return self.answer(405, "", "text/plain")

    # -- b, the core-server ----------------------------------------------------------------------------
    def core(self, method, parts, body, query):
        global layers
        if parts[0] == "nodes" and parts[2:] == ["evacuate"] and method == "POST":
            layers += 1
            return self.say(200, {"status": "started"})
        if parts[0] != "vms" or len(parts) > 3:
            return self.no_route()
        if len(parts) == 1 and method == "GET":
            size = min(100, int(query.get("pageSize", ["20"])[0]))
            page = int(query.get("page", ["1"])[0])
            rows = [{k: v for k, v in vm.items() if k != "tenant_id"} for vm in vms.values()]
            told = {"page": page, "pageSize": size, "total": len(rows)}
            return self.say(200, rows[(page - 1) * size:page * size], [("X-Pagination", json.dumps(told))])
        if len(parts) == 1 and method == "POST":
            for key in ("name", "owner_id", "tenant_id"):
                if not body.get(key):
                    return self.wrong(400, key + " is required", "invalid_argument")
            vm = self.made(body, {"state": "created", "node_id": "node-1"})
            return self.say(201, vm, [("Location", "/api/v1/vms/" + vm["id"])])
        vm = vms.get(parts[1]) if len(parts) > 1 else None
        if vm is None:  # an action on an unknown id is an internal error here
            return self.wrong(500 if len(parts) == 3 else 404, "VM not found", "internal" if len(parts) == 3 else "not_found")
        if len(parts) == 2 and method == "GET":
            return self.say(200, vm)
        if len(parts) == 2 and method == "DELETE":
            del vms[vm["id"]]
            return self.say(200, {"id": vm["id"]})
        if len(parts) == 3 and method == "POST" and parts[2] in ("start", "stop", "restart", "pause", "resume"):
            vm["state"] = {"stop": "stopped", "pause": "paused"}.get(parts[2], "running")
            return self.say(200, vm)
        return self.no_route()

    def made(self, body, more):
        vm = {"id": f"vm-{time.time_ns()}", "name": body["name"], "created_at": now(), "updated_at": now(), **more}
        vms[vm["id"]] = vm
        return vm

    def written(self, id):
        try:
            rows = json.load(open(os.path.join(FOLDER, "metrics.json")))
        except (OSError, ValueError):
            return {}
        return rows.get(vms.get(id, {}).get("name"), {})


serve(Handler, FOLDER)
