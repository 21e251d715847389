"""A model of a cluster that receives a repository's commits: what can happen to one Secret during an adoption.

A small model of three actors, each rule with its source:

- GitOps applies what the revision builds, and prunes what is no longer built, unless the live object says
  `Prune=false` or has an owner (argo-cd `sync_context.go`, gitops-engine `pkg/cache/cluster.go:1571`).
- The controller makes the Secret of an existing SealedSecret. It overwrites a Secret only if this SealedSecret owns it
  or it has `managed: "true"`; with `skip-set-owner-references` in the template it sets no owner. It gives up after
  some tries, and tries again after a change of the spec or a restart (sealed-secrets `controller.go:426-516`).
- The garbage collector deletes a Secret whose owner is gone (Kubernetes).

A state is a value; `explore` visits every order of events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MANAGED = "sealedsecrets.bitnami.com/managed"
SKIPS = "sealedsecrets.bitnami.com/skip-set-owner-references"
SYNC = "argocd.argoproj.io/sync-options"


@dataclass(frozen=True)
class Secret:
    """A Secret as it is built or live."""

    value: str
    annotations: frozenset
    owner: int | None = None
    tracked: bool = False


@dataclass(frozen=True)
class Sealed:
    """A SealedSecret: its value, and the annotations of its template."""

    value: str
    annotations: frozenset


@dataclass(frozen=True)
class Revision:
    """What one commit builds: the Secret, or the SealedSecret, or neither."""

    name: str
    secret: Secret | None = None
    sealed: Sealed | None = None


@dataclass(frozen=True)
class Cluster:
    """What is live."""

    revision: int
    secret: Secret | None
    sealed: Sealed | None
    # Each SealedSecret that is made has its own uid.
    uid: int
    # Whether the controller still has to process its SealedSecret.
    pending: bool
    # The remaining steps of a sync.
    todo: tuple = ()


def sync(cluster: Cluster, revisions: list[Revision], target: int) -> Cluster:
    """A sync to a revision begins: it prunes first, then applies built-in kinds, custom resources last."""
    wanted = revisions[target]
    todo = []
    if wanted.secret is None:
        todo.append("prune-secret")
    if wanted.sealed is None and cluster.sealed is not None:
        todo.append("prune-sealed")
    if wanted.secret is not None:
        todo.append("apply-secret")
    if wanted.sealed is not None:
        todo.append("apply-sealed")
    return replace(cluster, revision=target, todo=tuple(todo))


def step(cluster: Cluster, revisions: list[Revision]) -> Cluster:
    """The next part of the sync."""
    name, todo = cluster.todo[0], cluster.todo[1:]
    wanted = revisions[cluster.revision]
    cluster = replace(cluster, todo=todo)
    if name == "prune-secret":
        live = cluster.secret
        if live is None or not live.tracked or live.owner is not None:
            return cluster
        if (SYNC, "Prune=false") in live.annotations:
            return cluster
        return replace(cluster, secret=None)
    if name == "prune-sealed":
        return replace(cluster, sealed=None, pending=False)
    if name == "apply-secret":
        live = cluster.secret
        # An apply removes what it set before, and keeps the owner and the annotations of others.
        others = live.annotations if live and not live.tracked else frozenset()
        annotations = wanted.secret.annotations | others
        owner = live.owner if live else None
        return replace(cluster, secret=Secret(wanted.secret.value, annotations, owner, True))
    if cluster.sealed == wanted.sealed:
        return cluster
    uid = cluster.uid if cluster.sealed is not None else cluster.uid + 1
    return replace(cluster, sealed=wanted.sealed, uid=uid, pending=True)


def controller(cluster: Cluster) -> Cluster:
    """The controller processes its SealedSecret: it writes the Secret, or gives up."""
    sealed, live = cluster.sealed, cluster.secret
    done = replace(cluster, pending=False)
    if sealed is None:
        return done
    if live is not None:
        may = live.owner == cluster.uid or (MANAGED, "true") in live.annotations
        if not may:
            return done
    owner = None if (SKIPS, "true") in sealed.annotations else cluster.uid
    return replace(done, secret=Secret(sealed.value, sealed.annotations, owner, False))


def collect(cluster: Cluster) -> Cluster:
    """The garbage collector: a Secret is deleted with its owner."""
    live = cluster.secret
    if live is None or live.owner is None:
        return cluster
    if cluster.sealed is not None and live.owner == cluster.uid:
        return cluster
    return replace(cluster, secret=None)


def events(cluster: Cluster, revisions: list[Revision], may_move) -> list[tuple[str, Cluster]]:
    """Everything that can happen next."""
    found = []
    if cluster.todo:
        found.append((f"sync: {cluster.todo[0]}", step(cluster, revisions)))
    else:
        for target in (cluster.revision - 1, cluster.revision, cluster.revision + 1):
            if 0 <= target < len(revisions) and may_move(cluster, target):
                found.append((f"sync to {revisions[target].name}", sync(cluster, revisions, target)))
    if cluster.pending:
        found.append(("controller", controller(cluster)))
    # A restarted controller processes everything again.
    found.append(("controller restarts", controller(replace(cluster, pending=True))))
    found.append(("garbage collector", collect(cluster)))
    return [(name, state) for name, state in found if state != cluster]


def explore(revisions: list[Revision], may_move, value: str) -> tuple[int, list[str] | None]:
    """The number of states, and the shortest path to one without the Secret or with another value."""
    first = Cluster(0, Secret(value, revisions[0].secret.annotations, None, True), None, 0, False)
    paths = {first: []}
    queue = [first]
    for cluster in queue:
        for name, after in events(cluster, revisions, may_move):
            after = replace(after, uid=min(after.uid, 6))
            if after in paths:
                continue
            paths[after] = paths[cluster] + [name]
            if after.secret is None or after.secret.value != value:
                return len(paths), paths[after]
            queue.append(after)
    return len(paths), None
