"""Every command that writes, ready to be interrupted, and what must be true of its files afterwards.

`scripts/campaign` kills these commands and breaks their calls; `scripts/power-loss` takes their writes apart. Both ask
`Scenario.outcome` whether the files are all old or all new: ciphertexts differ from run to run, so new means that the
files which changed are those of an undisturbed run, that every sealed item opens, and that the values agree.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Mapping, NamedTuple

import oracle
from controller import Controller
from workspace import Tree, Workspace, binary, copy_small, differences, environment, run_to_end, throwaway_key, tree

#: The name of each text in a journal folder, by how far the run got; the later one counts.
MARKERS = ("abort", "journal", "plan")
STAGED = re.compile(r"\..*\.moltseal-.*")
ROTATION = re.compile(rb"r-\d{8}T\d{6}Z-[0-9a-f]{16}")
CLUSTER = "    cluster: {context: lab, controllerNamespace: kube-system, controllerName: sealed-secrets-controller}\n"
SECRET = (
    b"apiVersion: v1\nkind: Secret\nmetadata: {name: plain, namespace: demo}\n"
    b"stringData: {password: p4ss, user: somebody}\n"
)
ADDED = b"apiVersion: v1\nkind: Secret\nmetadata: {name: plain, namespace: demo}\nstringData: {token: t0ken}\n"
Values = dict[tuple[str, str, str], bytes]


class Torn(Exception):
    """Files that are neither all old nor all new."""


class Leftover(Exception):
    """Something that a finished run should have removed."""


# -- A folder after an interruption ------------------------------------------------------------------------------


class Line(NamedTuple):
    """One file of a journal; `old` is `-` for a new one."""

    path: str
    old: str
    new: str


class State(NamedTuple):
    """The content of a folder: the files and, separately, what a run keeps while it works."""

    tree: Tree
    kept: Tree
    marker: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, root: Path) -> State:
        """Looks at a folder."""
        found = tree(root)
        in_git = (root / ".git").exists()
        names = [path for path in found if STAGED.fullmatch(Path(path).name)]
        if not in_git:
            names += [path for path in found if Path(path).parts[0] == ".moltseal"]
        kept = {path: found.pop(path) for path in dict.fromkeys(names)}
        place = root / (".git/moltseal" if in_git else ".moltseal")
        if in_git and place.is_dir():
            inside = tree(place)
            kept |= {f".git/moltseal/{path}": entry for path, entry in inside.items() if entry[1] is not None}
        journals = {Path(path).name: entry[1] for path, entry in kept.items() if Path(path).name in MARKERS}
        marker = next((name for name in MARKERS if name in journals), "")
        return cls(found, kept, marker, read_journal(journals.get(marker, b"")))

    def work_tree(self) -> Tree:
        """Everything that a person sees: the files, and what a run keeps, unless git's own folder hides it."""
        return self.tree | {path: entry for path, entry in self.kept.items() if not path.startswith(".git/")}


def read_journal(text: bytes) -> tuple[Line, ...]:
    """The files of a journal; none if its end is missing."""
    lines = text.decode(errors="replace").splitlines()
    if not lines or lines[-1] != "end":
        return ()
    fields = [line.split(" ", 4) for line in lines if line.startswith("file ")]
    return tuple(Line(path, old, new) for _, _, old, new, path in fields)


def digest(entry: tuple | None) -> str:
    """A file's digest as a journal has it."""
    return "-" if entry is None else "sha256:" + hashlib.sha256(entry[1]).hexdigest()


def is_folder(entry: tuple | None) -> bool:
    """Whether an entry of a tree is a folder."""
    return entry is not None and entry[0].startswith("d")


def rotations_of(entry: tuple | None) -> set[bytes]:
    """The rotations that a file names."""
    return set(ROTATION.findall(entry[1])) if entry else set()


# -- A scenario --------------------------------------------------------------------------------------------------


@dataclass
class Draft:
    """A command and its folder; `before` is the workspace before the change, if a run has already begun."""

    start: Workspace
    arguments: tuple[str, ...]
    program: str = "moltseal"
    folder: str = "."
    stdin: bytes = b""
    variables: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[Path, ...] = ()
    label: bytes = b""
    before: Workspace | None = None
    undoes: bool = False


class Scenario:
    """A command that writes, its files before and after, and the exit status of a second run of it."""

    def __init__(self, name: str, draft: Draft, tools: Path) -> None:
        self.name = name
        self.draft = draft
        self.start = draft.start
        self.arguments = draft.arguments
        self.is_kubeseal = draft.program == "kubeseal"
        self.program = tools / "kubeseal" if self.is_kubeseal else binary()
        self.in_git = (draft.start.root / ".git").exists()
        self.keys = [oracle.load_key(path) for path in draft.keys or (draft.start.keypair.key,)]
        self.begun = State.of(draft.start.root)
        self.old = State.of((draft.before or draft.start).root).tree
        self.learn()

    def learn(self) -> None:
        """Runs the command undisturbed, twice, to see its result, and once more after the first."""
        first, second = Slot(), Slot()
        try:
            for slot in (first, second):
                self.reset(slot)
                self.must(self.forward(slot))
            self.new = State.of(first.root).tree
            other = State.of(second.root).tree
            self.changed = differences(self.old, self.new)
            self.fixed = {path for path in self.changed if self.new[path] == other[path]}
            values = self.opened(self.new)
            self.values = values if values == self.opened(other) else None
            self.reset(first)
            self.must(self.run(first))
            self.commit(first)
            self.again = self.run(first).returncode
        finally:
            first.remove()
            second.remove()

    def forward(self, slot: Slot) -> subprocess.CompletedProcess:
        """Completes the change: with the command itself, or with a recovery if that goes back."""
        return self.moltseal(slot, "recover") if self.draft.before else self.run(slot)

    def must(self, finished: subprocess.CompletedProcess) -> None:
        """Asserts that a command ended well."""
        if finished.returncode != 0:
            raise AssertionError(f"{self.name}: exit {finished.returncode}: {spoken(finished)}")

    # -- Running it

    def reset(self, slot: Slot) -> None:
        """Makes a slot a copy of the start."""
        copy(self.start.base, slot.base)

    def run(self, slot: Slot, prefix: Iterable[str] = ()) -> subprocess.CompletedProcess:
        """Runs the command; `prefix` is a command that starts it, such as strace."""
        command = [*prefix, self.program, *self.arguments]
        variables = environment(slot.home, self.draft.variables)
        return run_to_end(command, slot.root / self.draft.folder, variables, self.draft.stdin)

    def moltseal(self, slot: Slot, *arguments: str) -> subprocess.CompletedProcess:
        """Runs another command of moltseal in the same folder."""
        return run_to_end([binary(), *arguments], slot.root / self.draft.folder, environment(slot.home))

    def commit(self, slot: Slot) -> None:
        """Commits everything, in a git repository."""
        if self.in_git:
            git(slot.root, "add", "-A")
            git(slot.root, "commit", "-q", "--allow-empty", "-m", "state")

    # -- Judging it

    def outcome(self, found: Tree) -> str:
        """Whether a tree is `old` or `new`; raises Torn or Leftover if it is neither."""
        changed = differences(self.old, found)
        if not changed:
            return "old"
        if all(is_folder(found.get(path)) and path not in self.old for path in changed):
            raise Leftover(f"folders are left: {', '.join(changed)}")
        if changed != self.changed:
            missing, extra = set(self.changed) - set(changed), set(changed) - set(self.changed)
            raise Torn(f"still old: {', '.join(sorted(missing))}; unexpected: {', '.join(sorted(extra))}")
        for path in changed:
            wanted, entry = self.new[path], found.get(path)
            if entry is None or entry[0] != wanted[0] or path in self.fixed and entry != wanted:
                raise Torn(f"{path} is neither old nor new")
        self.check_values(found)
        return "new"

    def check_values(self, found: Tree) -> None:
        """Every sealed item opens, and the values are those of an undisturbed run, or fit each other."""
        try:
            values = self.opened(found)
        except (oracle.OracleError, ValueError, LookupError) as error:
            raise Torn(f"a sealed file does not open: {error}") from error
        if self.values is not None:
            if values != self.values:
                raise Torn("the sealed values are not those of an undisturbed run")
            return
        # Each environment has its own folder and its own rotation.
        for folder in sorted({str(Path(path).parent) for path, _, _ in values}):
            items = {(name, item): value for (path, name, item), value in values.items() if path.startswith(folder + "/")}
            if b":" + items["db", "password"] + b"@" not in items["app", "DATABASE_URL"]:
                raise Torn(f"the passwords of two sealed files in {folder} differ")
            paths = [path for path in self.changed if path.startswith(folder + "/")]
            paths = [path for path in paths if path.endswith(("-sealedsecret.yml", "moltseal.lock"))]
            rotations = [rotations_of(found.get(path)) - rotations_of(self.old.get(path)) for path in paths]
            if any(each != rotations[0] for each in rotations) or len(rotations[0]) != 1:
                raise Torn(f"the files in {folder} are of several rotations")

    def opened(self, found: Tree) -> Values:
        """(File, Secret, item) to value, of the files that the command changes."""
        values: Values = {}
        for path in self.changed:
            text = (found[path][1] or b"").decode(errors="replace")
            if self.draft.label:
                values[path, "", ""] = oracle.open_item_with_any(text, self.draft.label, self.keys)
            elif "SealedSecret" in text:
                sealed = [value for value in oracle.load_documents(text) if value["kind"] == "SealedSecret"]
                for secret in [oracle.open_document(document, self.keys) for document in sealed]:
                    values |= {(path, secret["name"], item): value for item, value in secret["data"].items()}
        return values

    def check_each(self, state: State) -> None:
        """Before a recovery: every file is wholly old or wholly new by its journal, and no other was touched."""
        if state.marker in ("", "plan"):
            found = {path: entry for path, entry in state.tree.items() if not self.is_made_folder(path, state)}
            if self.outcome(found) == "new" and state.marker:
                raise Torn("files are new before the commit point")
            return
        for line in state.lines:
            if digest(state.tree.get(line.path)) not in (line.old, line.new):
                raise Torn(f"{line.path} is neither old nor new")
        named = {line.path for line in state.lines}
        others = [path for path in differences(self.old, state.tree) if path not in named]
        if others := [path for path in others if not self.is_made_folder(path, state)]:
            raise Torn(f"touched, and not in the journal: {', '.join(others)}")

    def is_made_folder(self, path: str, state: State) -> bool:
        """Whether it is a folder that the change makes while it works."""
        return bool(state.marker) and path not in self.old and is_folder(state.tree.get(path))

    def check_nothing_kept(self, state: State) -> None:
        """After a recovery: nothing of the run is left."""
        if state.kept:
            raise Leftover(f"left: {', '.join(state.kept)}")


def spoken(finished: subprocess.CompletedProcess) -> str:
    """Everything that a command printed."""
    return (finished.stdout + finished.stderr).decode(errors="replace")


def git(root: Path, *arguments: str) -> None:
    """Runs git in a folder."""
    command = ["git", *arguments]
    subprocess.run(command, cwd=root, env=environment(root.parent / "home"), check=True, capture_output=True)


class Slot:
    """A folder in which interruptions are tried one after the other."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
        self.root = self.base / "work"
        self.home = self.base / "home"

    def remove(self) -> None:
        """Deletes it."""
        shutil.rmtree(self.base, ignore_errors=True)


def copy(source: Path, destination: Path) -> None:
    """Makes the workspace in one folder a copy of that in another, without asking git about it."""
    for name in ("work", "home"):
        shutil.rmtree(destination / name, ignore_errors=True)
        shutil.copytree(source / name, destination / name, symlinks=True)


# -- All scenarios -----------------------------------------------------------------------------------------------


class Bench:
    """The means to make scenarios: workspaces, keys, a controller; `close` deletes them."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
        self.key = throwaway_key()
        self.next = oracle.make_keypair(self.base / "next")
        self.workspaces: list[Workspace] = []
        self.server: Controller | None = None
        (self.base / "kubeseal").symlink_to(binary())

    def close(self) -> None:
        """Deletes all workspaces and ends the controller."""
        if self.server:
            self.server.close()
        for workspace in self.workspaces:
            workspace.remove()
        shutil.rmtree(self.base, ignore_errors=True)

    def scenario(self, name: str) -> Scenario:
        """The scenario of that name, ready to run."""
        recipe, in_git = SCENARIOS[name]
        return Scenario(name, recipe(self, in_git), self.base)

    # -- Starting points

    def small(self) -> Workspace:
        """The small workspace, in a git repository without the samples of hooks that every copy would have."""
        workspace = Workspace.make(copy_small)
        self.workspaces.append(workspace)
        shutil.rmtree(workspace.root / ".git/hooks", ignore_errors=True)
        return workspace

    def rotated(self) -> Workspace:
        """The same after its first rotation, committed."""
        workspace = self.small()
        workspace.run("rotate", "--env", "prod")
        workspace.commit()
        return workspace

    def sealed(self) -> Workspace:
        """The same with a sealed file that is not part of the workspace, committed."""
        workspace = self.small()
        workspace.run("seal", "--cert", "prod.pem", "-w", "k8s/plain.yml", stdin=SECRET)
        workspace.commit()
        return workspace

    def cluster(self) -> dict[str, str]:
        """The variables for a kubectl that reaches a controller with two keys."""
        if not self.server:
            self.server = Controller([self.key, self.next])
            # A kubectl that is interrupted cuts off its request; that needs no traceback.
            self.server.server.handle_error = lambda *_: None
        return {"KUBECONFIG": str(self.server.write_kubeconfig(self.base / "kubeconfig"))}

    def half(self, in_git: bool, step: str) -> tuple[Workspace, Workspace]:
        """A workspace before the cutover, and the same after a cutover killed at a step."""
        before = place(self.small(), in_git)
        killed = Workspace(Path(tempfile.mkdtemp(prefix="moltseal-test-")), before.keypair)
        self.workspaces.append(killed)
        copy(before.base, killed.base)
        stop = {"MOLTSEAL_TEST_STOP": f"{step}:KILL"}
        cutover = ("rotate", "--env", "prod", *dirty(in_git))
        finished = killed.run(*cutover, flavour="debug", variables=stop, check=False)
        if not State.of(killed.root).marker:
            raise AssertionError(f"no interrupted run at {step}: {spoken(finished)}")
        return before, killed


def place(workspace: Workspace, in_git: bool) -> Workspace:
    """The workspace with everything committed, or removed from git."""
    if in_git:
        workspace.commit()
    else:
        shutil.rmtree(workspace.root / ".git")
    return workspace


def dirty(in_git: bool) -> tuple[str, ...]:
    """The option without which a workspace outside git is refused."""
    return () if in_git else ("--allow-dirty",)


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a pattern in a file, once."""
    text, count = re.subn(old, new, path.read_text())
    if count != 1:
        raise AssertionError(f"{path.name}: {count} times {old}")
    path.write_text(text)


def rotate_cutover(bench: Bench, in_git: bool) -> Draft:
    """The first rotation: a new folder, new files, and the kustomization."""
    return Draft(place(bench.small(), in_git), ("rotate", "--env", "prod", *dirty(in_git)))


def rotate_all(bench: Bench, in_git: bool) -> Draft:
    """New values for everything that is already sealed."""
    return Draft(place(bench.rotated(), in_git), ("rotate", "--env", "prod", "--all", *dirty(in_git)))


def rotate_subfolder(bench: Bench, in_git: bool) -> Draft:
    """The cutover of a workspace in a folder of its repository."""
    workspace = bench.small()
    (workspace.root / "deploy").mkdir()
    for path in list(workspace.root.iterdir()):
        if path.name not in (".git", "deploy"):
            path.rename(workspace.root / "deploy" / path.name)
    return Draft(place(workspace, in_git), ("rotate", "--env", "prod", *dirty(in_git)), folder="deploy")


def rotate_runbook(bench: Bench, in_git: bool) -> Draft:
    """New values, and a page in a new folder about what is left to do."""
    arguments = ("rotate", "--env", "prod", "--compromised", "app-password", "--runbook", "notes/leak.md")
    workspace = bench.rotated()
    (workspace.root / "notes").mkdir()
    (workspace.root / "notes/.keep").write_text("")
    return Draft(place(workspace, in_git), (*arguments, *dirty(in_git)))


def rotate_environments(bench: Bench, in_git: bool) -> Draft:
    """The cutover of two environments as one change, with one page for both."""
    workspace = bench.small()
    shutil.copytree(workspace.root / "k8s", workspace.root / "stage")
    text = (workspace.root / "moltseal.yml").read_text()
    prod = text[text.index("  prod:") :]
    (workspace.root / "moltseal.yml").write_text(text + prod.replace("prod:", "stage:", 1).replace("k8s/", "stage/"))
    arguments = ("rotate", "--all-environments", "--runbook", "plan.md")
    return Draft(place(workspace, in_git), (*arguments, *dirty(in_git)))


def adopt(bench: Bench, in_git: bool) -> Draft:
    """The second step of an adoption: the running values are sealed, and the generator is removed."""
    workspace = bench.small()
    workspace.run("adopt", "--env", "prod", "--assume-live")
    built = subprocess.run(["kubectl", "kustomize", workspace.root / "k8s"], capture_output=True, check=True).stdout
    live = [document for document in oracle.load_documents(built.decode()) if document["kind"] == "Secret"]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": live}).encode()
    return Draft(place(workspace, in_git), ("adopt", "--env", "prod", "--from", "-", *dirty(in_git)), stdin=text)


def init(bench: Bench, in_git: bool) -> Draft:
    """A workspace file and templates, where there are none yet."""
    workspace = bench.small()
    (workspace.root / "moltseal.yml").unlink()
    shutil.rmtree(workspace.root / "templates")
    return Draft(place(workspace, in_git), ("init", "k8s"))


def apply(bench: Bench, in_git: bool) -> Draft:
    """Two templates that changed."""
    workspace = bench.rotated()
    edit(workspace.root / "templates/app-template.yml", "LOG_LEVEL: info", "LOG_LEVEL: debug")
    edit(workspace.root / "templates/db-secret-template.yml", "username: app", "username: app2")
    return Draft(place(workspace, in_git), ("apply", "--env", "prod", *dirty(in_git)))


def cert_pin(bench: Bench, in_git: bool) -> Draft:
    """The first fingerprint."""
    workspace = bench.small()
    edit(workspace.root / "moltseal.yml", r"(?m)^ +fingerprints:.*\n", "")
    return Draft(place(workspace, in_git), ("cert", "pin", "--env", "prod"))


def cert_fetch(bench: Bench, in_git: bool) -> Draft:
    """A certificate in a new folder, and the workspace file that names it."""
    workspace = bench.small()
    edit(workspace.root / "moltseal.yml", r"(?m)^    deployed: .*\n", rf"\g<0>{CLUSTER}")
    arguments = ("cert", "fetch", "--env", "prod", "--output", "k8s/certs/prod.pem")
    return Draft(place(workspace, in_git), arguments, variables=bench.cluster())


def seal_new(bench: Bench, in_git: bool) -> Draft:
    """A file that did not exist."""
    arguments = ("seal", "--cert", "prod.pem", "-w", "k8s/plain.yml")
    return Draft(place(bench.small(), in_git), arguments, stdin=SECRET)


def seal_replace(bench: Bench, in_git: bool) -> Draft:
    """A file that existed."""
    arguments = ("seal", "--cert", "prod.pem", "-w", "k8s/plain.yml")
    return Draft(place(bench.sealed(), in_git), arguments, stdin=SECRET)


def seal_raw(bench: Bench, in_git: bool) -> Draft:
    """One value, without a manifest."""
    arguments = ("seal", "--cert", "prod.pem", "--raw", "--namespace", "demo", "--name", "plain", "-w", "raw.txt")
    return Draft(place(bench.small(), in_git), arguments, stdin=b"p4ss", label=b"demo/plain")


def merge(bench: Bench, in_git: bool) -> Draft:
    """One more item in a sealed file."""
    return Draft(place(bench.sealed(), in_git), ("merge", "--cert", "prod.pem", "k8s/plain.yml"), stdin=ADDED)


def reseal(bench: Bench, in_git: bool) -> Draft:
    """Two sealed files and the lock file, for another key."""
    arguments = ("reseal", "--private-key", str(bench.key.key), "--certificate", str(bench.next.certificate), "k8s")
    return Draft(place(bench.rotated(), in_git), arguments, keys=(bench.next.key,))


def re_encrypt(bench: Bench, in_git: bool) -> Draft:
    """Two sealed files and the lock file, for the controller's newest key."""
    workspace = place(bench.rotated(), in_git)
    path = workspace.root / "moltseal.yml"
    cluster = "    cluster: {context: lab}\n    fingerprints: [" + f"{bench.key.fingerprint}, {bench.next.fingerprint}]\n"
    text = re.sub(r"(?m)^    fingerprints: .*\n", "", path.read_text())
    path.write_text(text.replace("    certificate:", cluster + "    certificate:", 1))
    if in_git:
        workspace.commit()
    return Draft(workspace, ("re-encrypt", "--env", "prod"), variables=bench.cluster(), keys=(bench.next.key,))


def strip(bench: Bench, in_git: bool) -> Draft:
    """A kustomization, edited in place."""
    return Draft(place(bench.small(), in_git), ("strip", "--write", "k8s/kustomization.yml"))


def recover(bench: Bench, in_git: bool) -> Draft:
    """The end of a cutover that has renamed one file."""
    before, half = bench.half(in_git, "renamed-1")
    return Draft(half, ("recover",), before=before)


def recover_abort(bench: Bench, in_git: bool) -> Draft:
    """Going back from a cutover that has renamed all files."""
    before, half = bench.half(in_git, "synced")
    return Draft(half, ("recover", "--abort"), before=before, undoes=True)


def recover_leftovers(bench: Bench, in_git: bool) -> Draft:
    """What is left of a cutover that was killed before its commit point."""
    before, half = bench.half(in_git, "staged-4")
    return Draft(half, ("recover",), before=before, undoes=True)


def kubeseal_write(bench: Bench, in_git: bool) -> Draft:
    """kubeseal -w, a file that did not exist."""
    arguments = ("--cert", "prod.pem", "-w", "k8s/plain.yml")
    return Draft(place(bench.small(), in_git), arguments, "kubeseal", stdin=SECRET)


def kubeseal_replace(bench: Bench, in_git: bool) -> Draft:
    """kubeseal -w, a file that existed."""
    return Draft(place(bench.sealed(), in_git), ("--cert", "prod.pem", "-w", "k8s/plain.yml"), "kubeseal", stdin=SECRET)


def kubeseal_merge(bench: Bench, in_git: bool) -> Draft:
    """kubeseal --merge-into."""
    arguments = ("--cert", "prod.pem", "--merge-into", "k8s/plain.yml")
    return Draft(place(bench.sealed(), in_git), arguments, "kubeseal", stdin=ADDED)


def kubeseal_re_encrypt(bench: Bench, in_git: bool) -> Draft:
    """kubeseal --re-encrypt, in place."""
    arguments = ("--context", "lab", "--re-encrypt", "-f", "k8s/plain.yml", "-w", "k8s/plain.yml")
    start = place(bench.sealed(), in_git)
    return Draft(start, arguments, "kubeseal", variables=bench.cluster(), keys=(bench.next.key,))


def kubeseal_fetch(bench: Bench, in_git: bool) -> Draft:
    """kubeseal --fetch-cert -w."""
    arguments = ("--context", "lab", "--fetch-cert", "-w", "prod.pem")
    return Draft(place(bench.small(), in_git), arguments, "kubeseal", variables=bench.cluster())


Recipe = Callable[[Bench, bool], Draft]
RECIPES: tuple[Recipe, ...] = (
    rotate_cutover,
    rotate_all,
    rotate_subfolder,
    rotate_runbook,
    rotate_environments,
    adopt,
    init,
    apply,
    cert_pin,
    cert_fetch,
    seal_new,
    seal_replace,
    seal_raw,
    merge,
    reseal,
    re_encrypt,
    strip,
    recover,
    recover_abort,
    recover_leftovers,
    kubeseal_write,
    kubeseal_replace,
    kubeseal_merge,
    kubeseal_re_encrypt,
    kubeseal_fetch,
)

#: Each name, how it is made, and whether it is in a git repository.
SCENARIOS: dict[str, tuple[Recipe, bool]] = {
    name: (recipe, in_git)
    for recipe in RECIPES
    for name, in_git in (
        (recipe.__name__.replace("_", "-"), True),
        (recipe.__name__.replace("_", "-") + "-outside-git", False),
    )
}
#: Outside git a subfolder is a workspace like any other.
del SCENARIOS["rotate-subfolder-outside-git"]

#: The recipes that need kubectl.
THROUGH_KUBECTL = (rotate_environments, adopt, init, cert_fetch, re_encrypt, kubeseal_re_encrypt, kubeseal_fetch)


def needs_kubectl(name: str) -> bool:
    """Whether a scenario cannot run here because kubectl is missing."""
    return SCENARIOS[name][0] in THROUGH_KUBECTL and not shutil.which("kubectl")
