"""How the time of each command grows with its input: ten times the work may take eleven times the time.

One file of n documents, or n files of one: both sizes run in turn on one core, and their CPU time is compared.
"""

import shutil
import string
import random

from measuring import BINARY, CORES, PAIRS, certificate, fingerprint, measure, report, run

FEW, MANY = 100, 1000
#: Ten times the work, at most eleven times the time.
LIMIT = 11


def secret(name, rng):
    """A Secret as `seal` reads it, with one value."""
    value = "".join(rng.choices(string.ascii_letters, k=32))
    return (f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: bench\n"
            f'stringData:\n  password: "{value}"\n')


def documents(folder, cert):
    """Files of Secrets, the files of SealedSecrets that they become, and kustomizations with as many entries."""
    folder.mkdir()
    rng = random.Random(1)
    for count in (FEW, MANY):
        plain, sealed = folder / f"{count}.yaml", folder / f"{count}-sealed.yaml"
        plain.write_text("---\n".join(secret(f"s-{index}", rng) for index in range(count)))
        measure([BINARY, "seal", "--cert", cert, "-f", plain, "-o", "yaml"], output=sealed)
        generators = "".join(f"- name: g-{index}\n  literals: [a=b]\n" for index in range(count))
        (folder / f"{count}-kustomization.yaml").write_text(f"namespace: bench\nsecretGenerator:\n{generators}")


def workspace(folder, count, cert, together=False):
    """A workspace of `count` templates, each with a credential of its own, a generator entry and a Deployment.

    Together they are documents of one template file, and the Deployments of another.
    """
    (folder / "templates").mkdir(parents=True)
    (folder / "k8s").mkdir()
    names = [f"s-{index}" for index in range(count)]
    files = {}
    for name in names:
        file = "all" if together else name
        files.setdefault(f"templates/{file}-template.yml", []).append(
            f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: bench}}\n"
            f"stringData:\n  password: ${{{name}}}\n")
        files.setdefault(f"k8s/{file}.yml", []).append(
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n"
            f"      containers:\n      - {{name: a, image: b, envFrom: [{{secretRef: {{name: {name}}}}}]}}\n")
    for path, texts in files.items():
        (folder / path).write_text("---\n".join(texts))
    credentials = "".join(f"  {name}: {{generate: {{kind: alphanumeric, length: 32}}}}\n" for name in names)
    (folder / "moltseal.yml").write_text(
        f"apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n{credentials}environments:\n  prod:\n"
        "    deployed: false\n    kustomization: k8s/kustomization.yml\n    output: k8s/secrets\n"
        "    certificate: prod.pem\n")
    (folder / "k8s/kustomization.yml").write_text(
        "namespace: bench\nresources:\n" + "".join(f"- {name}.yml\n" for name in (["all"] if together else names))
        + "secretGenerator:\n"
        + "".join(f"- {{name: {name}, literals: [password=dev]}}\n" for name in names))
    shutil.copy(cert, folder / "prod.pem")
    run("git", "init", "-q", cwd=folder)
    run("git", "config", "user.email", "bench@example.com", cwd=folder)
    run("git", "config", "user.name", "bench", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run("git", "commit", "-qm", "bench", cwd=folder)


def cpu(command, cwd, variables, statuses=(0,)):
    """The CPU seconds of one process, and of the git that it runs, on one core."""
    return measure([BINARY, *map(str, command)], cwd=cwd, cores=CORES[:1], variables=variables, statuses=statuses).cpu


def single(folder, cert, key, variables):
    """The commands on one file of many documents, or of many entries."""
    documents(folder, cert)
    other = folder / "other.pem"
    shutil.copy(cert, other)
    held = []
    commands = {
        "seal": lambda count: ["seal", "--cert", cert, "-f", f"{count}.yaml", "-o", "yaml"],
        "merge": lambda count: ["merge", "--cert", cert, "-f", f"{count}.yaml", f"{count}-sealed.yaml"],
        "unseal": lambda count: ["unseal", "--private-key", key, f"{count}-sealed.yaml"],
        "verify": lambda count: ["verify", "--cert", cert, f"{count}-sealed.yaml"],
        "reseal": lambda count: ["reseal", "--private-key", key, "--certificate", other, f"{count}-sealed.yaml"],
        "strip": lambda count: ["strip", f"{count}-kustomization.yaml", "--name", "g-0"],
    }
    for name, command in commands.items():
        ratios = []
        for _ in range(PAIRS):
            few, many = (cpu(command(count), folder, variables) for count in (FEW, MANY))
            ratios.append(many / few)
        held.append(report(f"{name}, {MANY} documents over {FEW}, CPU", ratios, LIMIT))
    return held


#: The time that kubectl takes to build a tree is not ours.
CUTOVER = ["rotate", "--env", "prod", "--no-build-check"]


def fresh(tree):
    """A workspace in its committed state."""
    run("git", "-C", tree, "checkout", "-qf", ".")
    run("git", "-C", tree, "clean", "-fdq")


def workspaces(folder, cert, variables):
    """The commands on a workspace of many templates."""
    trees = [folder / str(count) for count in (FEW, MANY)]
    for tree, count in zip(trees, (FEW, MANY)):
        workspace(tree, count, cert)
    held, ratios = [], []
    for _ in range(PAIRS):
        few, many = (cpu(CUTOVER, tree, variables) for tree in trees)
        for tree in trees:
            fresh(tree)
        ratios.append(many / few)
    held.append(report(f"the cutover, {MANY} Secrets over {FEW}, CPU", ratios, LIMIT))
    for tree in trees:
        measure([BINARY, *CUTOVER], cwd=tree, variables=variables)
        run("git", "-C", tree, "add", "-A")
        run("git", "-C", tree, "commit", "-qm", "cut over")
    for name, command in (("rotate --all", ["rotate", "--env", "prod", "--all"]), ("status", ["status"])):
        ratios = []
        for _ in range(PAIRS):
            few, many = (cpu(command, tree, variables, (0, 3)) for tree in trees)
            for tree in trees:
                fresh(tree)
            ratios.append(many / few)
        held.append(report(f"{name}, {MANY} Secrets over {FEW}, CPU", ratios, LIMIT))
    return held


def beside_sealing(folder):
    """The cutover of many Secrets compared with sealing the same values, for the controller's 4096 bits.

    In one file as `seal` reads and writes them, and each in its own files, which are all read, made and synced.
    """
    folder.mkdir()
    cert, _ = certificate(folder, 4096)
    variables = {"MOLTSEAL_FINGERPRINT": fingerprint(cert)}
    rng = random.Random(1)
    plain = folder / "plain.yaml"
    plain.write_text("---\n".join(secret(f"s-{index}", rng) for index in range(MANY)))
    held = []
    for name, together, limit in (("one file", True, 2.2), (f"{MANY} files", False, 9)):
        tree = folder / name
        workspace(tree, MANY, cert, together)
        ratios = []
        for _ in range(PAIRS):
            whole = cpu(CUTOVER, tree, variables)
            fresh(tree)
            ratios.append(whole / cpu(["seal", "--cert", cert, "-f", plain, "-o", "yaml"], folder, variables))
        held.append(report(f"the cutover of {MANY} Secrets in {name}, CPU over seal of their values", ratios, limit))
    return held


def deployments(folder):
    """1,000 Secrets used by 1,000 Deployments, in one kustomization: the cutover compared with sealing, and an idle run.

    An edit of a kustomization of 10,000 lines is compared with `--version`.
    """
    folder.mkdir()
    cert, _ = certificate(folder, 4096)
    variables = {"MOLTSEAL_FINGERPRINT": fingerprint(cert)}
    rng = random.Random(1)
    plain = folder / "plain.yaml"
    plain.write_text("---\n".join(secret(f"s-{index}", rng) for index in range(MANY)))
    tree = folder / "tree"
    workspace(tree, MANY, cert, True)
    kustomization = tree / "k8s/kustomization.yml"
    entries = "".join(f"  - name: s-{index}\n    literals: [password=dev]\n" for index in range(MANY))
    (tree / "k8s/apps.yml").write_text("---\n".join(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d-{index}}}\nspec:\n  template:\n    spec:\n"
        f"      containers: [{{name: c, image: 'x:1', envFrom: [{{secretRef: {{name: s-{index}}}}}]}}]\n"
        for index in range(MANY)))
    kustomization.write_text(
        "namespace: bench\nresources:\n  - apps.yml\ngeneratorOptions: {disableNameSuffixHash: true}\n"
        "secretGenerator:\n" + entries)
    run("git", "-C", tree, "add", "-A")
    run("git", "-C", tree, "commit", "-qm", "apps")
    ratios = []
    for _ in range(PAIRS):
        whole = cpu(CUTOVER, tree, variables)
        fresh(tree)
        ratios.append(whole / cpu(["seal", "--cert", cert, "-f", plain, "-o", "yaml"], folder, variables))
    held = [report(f"the cutover of {MANY} Secrets and Deployments, CPU over seal of their values", ratios, 1.6)]
    measure([BINARY, *CUTOVER], cwd=tree, variables=variables)
    run("git", "-C", tree, "add", "-A")
    run("git", "-C", tree, "commit", "-qm", "cut over")
    for name, command in (("rotate", ["rotate", "--env", "prod"]), ("status", ["status"])):
        seconds = [measure([BINARY, *command], cwd=tree, variables=variables).wall for _ in range(PAIRS)]
        held.append(report(f"{name} with nothing to do, seconds", seconds, 0.3))
    long = folder / "long.yaml"
    long.write_text("resources:\n" + "".join(f"  - r{index}.yaml\n" for index in range(9_990))
                    + "secretGenerator:\n  - name: a\n    literals: [a=b]\n  - name: b\n    literals: [a=b]\n")
    seconds = [
        measure([BINARY, "strip", long, "--name", "a"]).wall - measure([BINARY, "--version"]).wall for _ in range(PAIRS)]
    held.append(report("strip of 10,000 lines, seconds beyond --version", seconds, 0.010))
    return held


def figures(folder):
    """All of them; growth with a key of 2048 bits: the smaller the share of RSA, the more of the rest is visible."""
    cert, key = certificate(folder, 2048)
    variables = {"MOLTSEAL_FINGERPRINT": fingerprint(cert)}
    return (single(folder / "documents", cert, key, variables)
            + workspaces(folder / "workspaces", cert, variables) + beside_sealing(folder / "beside")
            + deployments(folder / "deployments"))
