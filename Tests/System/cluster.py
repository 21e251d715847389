"""An API server that answers lists and single objects from a dictionary, in pages, for the real kubectl."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterable
from urllib.parse import parse_qs, urlsplit

import yaml

#: The plural of a kind, and its path in the API.
KINDS = {
    "Secret": ("/api/v1", "secrets"),
    "Pod": ("/api/v1", "pods"),
    "ConfigMap": ("/api/v1", "configmaps"),
    "SealedSecret": ("/apis/bitnami.com/v1alpha1", "sealedsecrets"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "StatefulSet": ("/apis/apps/v1", "statefulsets"),
    "DaemonSet": ("/apis/apps/v1", "daemonsets"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
    "ReplicationController": ("/api/v1", "replicationcontrollers"),
    "Rollout": ("/apis/argoproj.io/v1alpha1", "rollouts"),
    "Job": ("/apis/batch/v1", "jobs"),
    "CronJob": ("/apis/batch/v1", "cronjobs"),
    "Cluster": ("/apis/postgresql.cnpg.io/v1", "clusters"),
    "Namespace": ("/api/v1", "namespaces"),
    "Node": ("/api/v1", "nodes"),
}
#: The kinds without a namespace.
CLUSTER_WIDE = {"Namespace", "Node"}


def failure(code: int, reason: str, message: str) -> tuple[int, dict]:
    """A Status with which the API server refuses."""
    return code, {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": code,
    }


class Cluster:
    """The server; `objects` are its present objects."""

    def __init__(self, objects: Iterable[dict] = (), page: int = 1000, tls: tuple[Path, Path] | None = None) -> None:
        self.objects = list(objects)
        #: Plurals that must not be read, and those that the server does not know.
        self.forbidden: set[str] = set()
        self.unknown: set[str] = set()
        #: Plurals whose request fails otherwise: code, reason, message.
        self.broken: dict[str, tuple[int, str, str]] = {}
        #: Answers of services behind the server, by path.
        self.proxied: dict[str, dict] = {}
        #: Whether the server lists its kinds.
        self.discovers = True
        self.page = page
        self.requests: list[tuple[str, str]] = []
        #: The ConfigMaps that may be replaced, by name.
        self.writable: set[str] = set()
        #: What a request must contain, if anything.
        self.token: str | None = None
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def log_message(self, *arguments: object) -> None:
                """Nothing is printed."""

            def do_GET(self) -> None:  # pylint: disable=invalid-name
                """Answers."""
                cluster.requests.append(("GET", self.path))
                code, answer = cluster.answer(self.path)
                if cluster.token is not None and self.headers["Authorization"] != f"Bearer {cluster.token}":
                    code, answer = failure(401, "Unauthorized", "Unauthorized")
                body = json.dumps(answer).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:  # pylint: disable=invalid-name
                """Changes are refused."""
                cluster.requests.append(("POST", self.path))
                self.send_error(405)

            do_PATCH = do_DELETE = do_POST

            def do_PUT(self) -> None:  # pylint: disable=invalid-name
                """Replaces one of the ConfigMaps that may be replaced."""
                cluster.requests.append(("PUT", self.path))
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                code, old = cluster.answer(self.path.partition("?")[0])
                writes = cluster.token is None or self.headers["Authorization"] == f"Bearer {cluster.token}"
                if code != 200 or not writes or body["metadata"]["name"] not in cluster.writable:
                    self.send_error(403)
                    return
                cluster.objects = [body if item["metadata"] is old["metadata"] else item for item in cluster.objects]
                answer = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Ends the server."""
        self.server.shutdown()
        self.server.server_close()

    def write_kubeconfig(self, path: Path) -> Path:
        """A kubeconfig with this one cluster."""
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "lab", "cluster": {"server": address}}],
            "users": [{"name": "lab", "user": {}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
            "current-context": "lab",
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def answer(self, target: str) -> tuple[int, dict]:
        """What the server says to a GET."""
        url = urlsplit(target)
        if url.path in self.proxied:
            return 200, self.proxied[url.path]
        if "/proxy/" in url.path:
            return failure(403, "Forbidden", 'pods "x" is forbidden: User "lab" cannot get resource "pods/proxy"')
        if url.path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        groups = {group for group, plural in KINDS.values() if plural not in self.unknown}
        if not self.discovers:
            groups = {"/api/v1"}
        if url.path == "/apis":
            return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": name, "versions": [{"groupVersion": f"{name}/{version}", "version": version}],
                 "preferredVersion": {"groupVersion": f"{name}/{version}", "version": version}}
                for name, version in sorted(group.split("/")[2:] for group in groups if group.startswith("/apis/"))]}
        if url.path in groups:
            return 200, {"kind": "APIResourceList", "groupVersion": url.path.split("/", 2)[2], "resources": [
                {"name": plural, "singularName": kind.lower(), "namespaced": kind not in CLUSTER_WIDE, "kind": kind,
                 "verbs": ["get", "list"], "shortNames": []}
                for kind, (group, plural) in KINDS.items()
                if group == url.path and plural not in self.unknown and (self.discovers or plural == "secrets")]}
        for kind in CLUSTER_WIDE:
            path = url.path.removeprefix(f"/api/v1/{KINDS[kind][1]}/")
            if path == url.path or "/" in path:
                continue
            if KINDS[kind][1] in self.broken:
                return failure(*self.broken[KINDS[kind][1]])
            if KINDS[kind][1] in self.forbidden:
                return failure(403, "Forbidden", f'{KINDS[kind][1]} "{path}" is forbidden: User cannot get it')
            found = [item for item in self.objects if item["kind"] == kind and item["metadata"]["name"] == path]
            return (200, found[0]) if found else failure(404, "NotFound", f'{KINDS[kind][1]} "{path}" not found')
        for kind, (group, plural) in KINDS.items():
            prefix = f"{group}/namespaces/"
            parts = url.path.removeprefix(prefix).split("/")
            if not url.path.startswith(prefix) or len(parts) not in (2, 3) or parts[1] != plural:
                continue
            if plural in self.unknown:
                break
            if plural in self.broken:
                return failure(*self.broken[plural])
            if plural in self.forbidden:
                name = plural if group == "/api/v1" else f"{plural}.{group.split('/')[2]}"
                named = f'{name} "{parts[2]}"' if len(parts) == 3 else name
                return failure(403, "Forbidden", f'{named} is forbidden: User "lab" cannot read it')
            found = [
                item
                for item in self.objects
                if item["kind"] == kind and item["metadata"].get("namespace") == parts[0]
            ]
            if len(parts) == 3:
                named = [item for item in found if item["metadata"]["name"] == parts[2]]
                if named:
                    return 200, {"apiVersion": group.split("/", 2)[2]} | named[0]
                return failure(404, "NotFound", f'{plural} "{parts[2]}" not found')
            query = parse_qs(url.query)
            start = int(query.get("continue", ["0"])[0])
            size = min(self.page, int(query.get("limit", ["1000"])[0]))
            metadata = {"continue": str(start + size)} if start + size < len(found) else {}
            # As a real server: objects in a list have no kind.
            items = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in found]
            version = group.split("/", 2)[2]
            return 200, {
                "kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": items[start : start + size]}
        return failure(404, "NotFound", "the server could not find the requested resource")
