"""`moltseal seal` and `moltseal unseal` as whole processes, on manifests small and large, at RSA-4096."""

import re
import string
import random

from measuring import BINARY, CORES, PAIRS, certificate, knowing, measure, peak, report, run, wall


def secret(name, count, rng):
    """One Secret with values as long as passwords are."""
    lines = ["apiVersion: v1", "kind: Secret", "metadata:", f"  name: {name}", "  namespace: bench", "stringData:"]
    for index in range(count):
        lines.append(f'  key-{index}: "{"".join(rng.choices(string.ascii_letters, k=32))}"')
    return "\n".join(lines) + "\n"


def sealed(path):
    """The number of ciphertexts in a sealed file."""
    return len(re.findall(rb"^    key-\d+: A", path.read_bytes(), re.M))


def small(folder, cert):
    """One Secret with one value, under both names."""
    (folder / "one.yaml").write_text(secret("one", 1, random.Random(1)))
    kubeseal = folder / "kubeseal"
    kubeseal.symlink_to(BINARY)
    held = []
    for name, command in (("moltseal seal", [BINARY, "seal"]), ("kubeseal", [kubeseal])):
        command += ["--cert", cert, "-f", "one.yaml"]
        nothing = [folder / "nothing"]
        for what, variables in knowing(cert):
            ratios = [wall(command, folder, 40, variables) / wall(nothing, folder, 40) for _ in range(PAIRS)]
            held.append(report(f"{name}, one value, {what}, over a C program that returns 0", ratios, 10))
    return held


def large(folder, cert, name, secrets, values, limit):
    """Many values: the CPU over raw RSA, two cores over one, the memory."""
    source, output = folder / f"{name}.yaml", folder / f"{name}-sealed.yaml"
    rng = random.Random(1)
    source.write_text("---\n".join(secret(f"secret-{index}", values, rng) for index in range(secrets)))
    total = secrets * values
    command = [BINARY, "seal", "--cert", cert, "-f", source, "-o", "yaml"]
    what = f"seal {secrets} x {values} values"

    ratios = []
    for _ in range(PAIRS):
        cpu = measure(command, cores=CORES[:1], output=output).cpu
        ratios.append(cpu / float(run("taskset", "-c", str(CORES[0]), folder / "raw_rsa", cert, str(total))))
    assert sealed(output) == total
    held = [report(f"{what}, CPU over raw RSA-4096", ratios, limit)]
    if len(CORES) > 1:
        ratios = []
        for _ in range(PAIRS):
            one = measure(command, cores=CORES[:1], output=output).wall
            ratios.append(one / measure(command, cores=CORES[:2], output=output).wall)
        held.append(report(f"{what}, speed of two cores over one", ratios, 1.8, "at least"))
    memory = [peak(["sh", "-c", '"$@" > /dev/null', "sh", *command], folder) for _ in range(PAIRS)]
    held.append(report(f"{what}, peak memory in MiB", memory, 32))
    return held, output


def private_operations():
    """The result of `openssl speed` for RSA-4096 on all cores, in signatures per second."""
    lines = run("openssl", "speed", "-seconds", "5", "-multi", str(len(CORES)), "rsa4096").splitlines()
    (names,) = [line.split() for line in lines if "sign/s" in line]
    (figures,) = [line.split()[3:] for line in lines if line.startswith("rsa 4096 bits")]
    return float(figures[names.index("sign/s")].rstrip("s"))


def opening(folder, key, source, total):
    """Opening, which consists almost only of private key operations."""
    command, output = [BINARY, "unseal", "--private-key", key, source], folder / "opened.yaml"
    ratios = []
    for _ in range(5):
        rate = total / measure(command, output=output).wall
        ratios.append(rate / private_operations())
    assert len(re.findall(rb"^  key-\d+: ", output.read_bytes(), re.M)) == total
    return report(f"unseal {total} values, over openssl speed's private operations", ratios, 0.9, "at least")


def figures(folder):
    """All of them, in the order of the time they take."""
    cert, key = certificate(folder, 4096)
    held = small(folder, cert)
    many, _ = large(folder, cert, "many", 1000, 4, 1.25)
    one, output = large(folder, cert, "one", 1, 10_000, 1.15)
    return held + many + one + [opening(folder, key, output, 10_000)]
