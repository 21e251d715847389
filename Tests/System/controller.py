"""A Kubernetes API server on loopback with a sealed-secrets controller behind its service proxy, for the real kubectl.

What kubectl 1.32 does, found out with servers such as this one (1.27 and 1.33 say the same):

* `get --raw PATH` and `create --raw PATH -f -` are one request each, without discovery; some builds of kubectl ask for
  `/version` before it. The body goes out byte for byte, chunked, without a Content-Type; nothing is added to the answer
  on standard output. A token is not sent over plain HTTP.
* Success is exit status 0, and every failure is 1 with nothing on standard output, but for an answer that is cut off:
  its beginning is printed, with `error: unexpected EOF`.
* Standard error begins with `Error from server (REASON): `, where REASON is `NotFound` for 404, **`AlreadyExists`** for
  a 409 without a Status, `TooManyRequests` for 429, `InternalError` for 500, `ServiceUnavailable` for 503, `Forbidden`
  for 403; with no server it says `The connection to the server HOST was refused - did you specify the right host or
  port?`. A Status object's message follows as it is, whatever is in it. `test_controller.py` holds kubectl to this.
* `get` heeds Retry-After, ten times. `create` never tries again: who posts has to.

What the controller does is taken from the recorded runs h001 to h013, and from its source where no run shows it.
"""

from __future__ import annotations

import json
import math
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable, Iterable, NamedTuple

import yaml

import oracle

SCOPES = (oracle.ANNOTATION_PREFIX + "cluster-wide", oracle.ANNOTATION_PREFIX + "namespace-wide")
LAST_APPLIED = {f"{tool}/last-applied-configuration" for tool in ("kubectl.kubernetes.io", "kubecfg.ksonnet.io")}
SERVICE = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/services/(?P<service>[^/]+)")
PROXY = re.compile(SERVICE.pattern + r"/proxy(?P<endpoint>/.*)")
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
VERSION = {"major": "1", "minor": "32", "gitVersion": "v1.32.4", "platform": "linux/amd64"}
SECOND = 1_000_000_000
UNREADABLE = (oracle.OracleError, yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError)


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}


class Request(NamedTuple):
    """A request that came in, and the status of what was answered."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


def as_json(value: object) -> bytes:
    """JSON without spaces, as Go writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def status(code: int, reason: str, message: str, **details: str) -> Answer:
    """A failure in the API server's own words."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    body |= {"reason": reason, **({"details": details} if details else {}), "code": code}
    return Answer(code, as_json(body) + b"\n", {"Content-Type": "application/json"})


# -- The controller ----------------------------------------------------------------------------------------------


class Limiter:
    """The controller's rate limit: `burst` and one more at once, then `rate` per second; a refusal costs nothing."""

    def __init__(self, rate: int = 2, burst: int = 2) -> None:
        self.interval = SECOND // rate
        self.limit = burst + 1
        self.next = 0
        self.lock = threading.Lock()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether a request may pass now, and the headers that report it."""
        with self.lock:
            now, tolerance = time.monotonic_ns(), self.interval * self.limit
            allowed = max(now, self.next) + self.interval
            passes = allowed - tolerance <= now
            wait = allowed - tolerance - now
            if passes:
                self.next = allowed
            left = self.next - now
        headers = {
            "X-Ratelimit-Limit": str(self.limit),
            "X-Ratelimit-Remaining": str(max(0, (tolerance - left) // self.interval)),
            "X-Ratelimit-Reset": str(math.ceil(left / SECOND)),
        }
        return passes, headers if passes else {**headers, "Retry-After": str(math.ceil(wait / SECOND))}


def decode(body: bytes) -> list[dict]:
    """The SealedSecrets of a body; one of UNREADABLE is raised for anything else."""
    documents = oracle.load_documents(body.decode())
    for document in documents:
        if (document["apiVersion"], document["kind"]) != ("bitnami.com/v1alpha1", "SealedSecret"):
            raise oracle.OracleError("not a SealedSecret")
    return documents


def unseal(document: dict, keys: list) -> dict[str, bytes]:
    """All data of the Secret, `spec.template.data` included; this server renders plain fields only."""
    if document["spec"].get("data") is not None:
        raise oracle.OracleError("the deprecated field data")
    data = oracle.open_document(document, keys)["data"]
    for item, text in ((document["spec"].get("template") or {}).get("data") or {}).items():
        rendered = re.sub(
            r"{{ *\.(\w+) *}}", lambda field: data.get(field[1], b"<no value>").decode(errors="replace"), text
        )
        if "{{" in rendered:
            raise oracle.OracleError(f"{item}: more than plain fields")
        data = {**data, item: rendered.encode()}
    return data


def resealed(document: dict, keys: list) -> dict:
    """What `/v1/rotate` makes of a SealedSecret; it loses what the real controller loses."""
    metadata, spec = document["metadata"], document["spec"]
    data = unseal(document, keys)
    public, label = keys[-1].public_key(), oracle.label(metadata)
    annotations = metadata.get("annotations") or {}
    # The template's metadata becomes a copy of the object's own; the object keeps its name and its scope.
    copied = {name: value for name, value in metadata.items() if name not in ("annotations", "ownerReferences")}
    if left := {name: value for name, value in annotations.items() if name not in LAST_APPLIED}:
        copied["annotations"] = left
    own = {name: metadata[name] for name in ("name", "namespace") if name in metadata}
    if scope := [name for name in SCOPES if annotations.get(name) == "true"]:
        own["annotations"] = {scope[0]: "true"}
    kept = {name: value for name, value in (spec.get("template") or {}).items() if name in ("type", "immutable")}
    return {
        "metadata": own,
        "spec": {
            "template": {"metadata": copied, **kept},
            "encryptedData": {item: oracle.seal(data[item], label, public) for item in sorted(data)},
        },
    }


class Controller:
    """The server; the last of the keys is the newest. `override` and `forge` replace honest answers.

    /v1/verify is limited as the controller's is by default; another Limiter can be given.
    """

    def __init__(
        self,
        keys: Iterable[oracle.KeyPair],
        *,
        namespace: str = "kube-system",
        name: str = "sealed-secrets-controller",
        port: str = "http",
        limiter: Limiter | None = None,
    ) -> None:
        self.become(keys)
        self.service = (namespace, name)
        self.port_name = port
        self.limiter = limiter or Limiter()
        #: Forged answers, by the end of a path; they come before the honest ones.
        self.override: dict[str, list[Answer]] = {}
        #: Changes an honest answer of `/v1/rotate`.
        self.forge: Callable[[dict], bytes] = as_json
        #: The image of its Deployment; None if that cannot be read.
        self.image: str | list | None = "docker.io/bitnami/sealed-secrets-controller:0.40.0"
        self.labels: dict[str, str] = {}
        self.requests: list[Request] = []
        self.held: socket.socket | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def become(self, keys: Iterable[oracle.KeyPair]) -> None:
        """Switches to other keys."""
        pairs = list(keys)
        self.keys = [oracle.load_key(pair.key) for pair in pairs]
        self.certificate = pairs[-1].certificate.read_bytes()

    def stop(self) -> None:
        """From now on its address refuses connections, and nothing else can use it."""
        self.server.shutdown()
        self.server.server_close()
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(self.server.server_address)

    def close(self) -> None:
        """Ends the server, stopped or not."""
        if not self.held:
            self.stop()
        self.held.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def write_kubeconfig(self, path: Path, context: str = "lab") -> Path:
        """A kubeconfig with this one context and no current one."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": {"server": self.url}}],
            "users": [{"name": context, "user": {"token": "not-sent-over-http"}}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def asked(self, end: str = "") -> list[Request]:
        """The requests so far whose path ends like this, without those for the version."""
        return [request for request in self.requests if request.path.endswith(end) and request.path != "/version"]

    # -- Answering

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """The answer to one request."""
        for end, answers in self.override.items():
            if path.endswith(end) and answers:
                return answers.pop(0)
        if path == "/version":
            return Answer(200, as_json(VERSION), {"Content-Type": "application/json"})
        if path.startswith(("/v1/", "/healthz")):
            return self.endpoint(method, path, body)
        proxied = PROXY.fullmatch(path)
        if proxied:
            return self.proxy(proxied, method, body)
        if path == "/apis/apps/v1/namespaces/{}/deployments/{}".format(*self.service) and self.image:
            images = self.image if isinstance(self.image, list) else [self.image]
            pairs = [("controller", image) if isinstance(image, str) else image for image in images]
            containers = [{"name": name, "image": image} for name, image in pairs]
            spec = {"template": {"spec": {"containers": containers}}}
            body = {"kind": "Deployment", "metadata": {"name": self.service[1], "labels": self.labels}, "spec": spec}
            return Answer(200, as_json(body), {"Content-Type": "application/json"})
        found = SERVICE.fullmatch(path)
        if not found or method != "GET":
            return status(404, "NotFound", "the server could not find the requested resource")
        if found.groups() != self.service:
            name = found["service"]
            return status(404, "NotFound", f'services "{name}" not found', name=name, kind="services")
        ports = [{**({"name": self.port_name} if self.port_name else {}), "protocol": "TCP", "port": 8080}]
        metadata = dict(zip(("namespace", "name"), self.service))
        service = {"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": {"ports": ports}}
        return Answer(200, as_json(service), {"Content-Type": "application/json"})

    def proxy(self, found: re.Match, method: str, body: bytes) -> Answer:
        """A request to a port of a service."""
        _, name, port = (found["service"].split(":") + ["", ""])[:3]
        if (found["namespace"], name) != self.service:
            return status(404, "NotFound", f'endpoints "{name}" not found', name=name, kind="endpoints")
        if found["service"] != f"http:{name}:{self.port_name}":
            message = f'no endpoints available for service "{found["service"]}"'
            return status(503, "ServiceUnavailable", message)
        return self.endpoint(method, found["endpoint"], body)

    def endpoint(self, method: str, path: str, body: bytes) -> Answer:
        """What the controller itself answers."""
        if path == "/healthz":
            return Answer(200, b"ok\n", TEXT)
        if path == "/v1/cert.pem":
            return Answer(200, self.certificate, {"Content-Type": "application/x-pem-file"})
        if path == "/v1/rotate":
            try:
                return Answer(200, self.forge(resealed(decode(body)[0], self.keys)), TEXT)
            except UNREADABLE:
                return Answer(500)
        if path != "/v1/verify":
            return Answer(404, b"404 page not found\n", TEXT)
        passes, headers = self.limiter.take()
        if not passes:
            return Answer(429, b"limit exceeded\n", {**TEXT, **headers})
        try:
            (document,) = decode(body)
        except UNREADABLE:
            return Answer(500, b"", headers)
        try:
            unseal(document, self.keys)
        except UNREADABLE:
            return Answer(409, b"", headers)
        return Answer(200, b"", headers)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """The class that speaks HTTP."""
        controller = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def chunks(self) -> Iterable[bytes]:
                while length := int(self.rfile.readline(), 16):
                    yield self.rfile.read(length)
                    self.rfile.readline()
                self.rfile.readline()

            def do_GET(self) -> None:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = b"".join(self.chunks())
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.partition("?")[0]
                answer = controller.answer(self.command, path, body)
                controller.requests.append(Request(self.command, path, dict(self.headers), body, answer.status))
                length = str(len(answer.body))
                headers = {"Date": self.date_time_string(), "Content-Length": length, **answer.headers}
                self.send_response_only(answer.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
                # An answer that announces more than it contains is truncated.
                self.close_connection = headers["Content-Length"] != length

            do_POST = do_GET

        return Handler
