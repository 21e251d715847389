"""How the benchmarks measure: whole processes from outside, ratios of paired runs in one go.

Every figure is the median of the ratios of at least five pairs, A B A B …, so that a machine whose
speed drifts slows both.
"""

import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY = ROOT / os.environ.get("MOLTSEAL", ".build/release/moltseal")
#: The cores that processes may run on; comparisons of CPU time use the first one.
CORES = sorted(os.sched_getaffinity(0))
PAIRS = max(5, int(sys.argv[1]) if len(sys.argv) > 1 else 7)


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def build(folder):
    """The C programs, and the sealing benchmark in release mode."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libcrypto"], capture_output=True, text=True, check=True)
    run("cc", "-O2", "-o", f"{folder}/raw_rsa", ROOT / "Benchmarks/raw_rsa.c", *flags.stdout.split())
    run("cc", "-O2", "-o", f"{folder}/nothing", ROOT / "Benchmarks/nothing.c")
    run(ROOT / "scripts/build-release", "SealBenchmark")
    return ROOT / ".build/release/SealBenchmark"


def certificate(folder, bits):
    """A throwaway certificate and its private key."""
    path, key = folder / f"{bits}.pem", folder / f"{bits}.key"
    run("openssl", "req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-subj", "/CN=bench", "-days", "30",
        "-keyout", key, "-out", path)
    return path, key


@dataclass
class Usage:
    """What one process took, in seconds."""
    cpu: float
    wall: float


def fingerprint(certificate):
    """The fingerprint of a certificate's key, as moltseal writes it."""
    public = run("openssl", "x509", "-in", certificate, "-noout", "-pubkey")
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public.encode(), capture_output=True,
                         check=True).stdout
    return "sha256:" + hashlib.sha256(der).hexdigest()


def knowing(certificate):
    """How a run may know a certificate's key, and the variables for it: no way is slower than the other."""
    return ("key pinned", {"MOLTSEAL_FINGERPRINT": fingerprint(certificate)}), ("key not pinned", {})


def measure(command, cwd=None, cores=None, output=None, variables=None, statuses=(0,)):
    """Runs a process to its end, on the named cores or all of them."""
    with open(output or os.devnull, "wb") as stdout:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        pin = (lambda: os.sched_setaffinity(0, cores)) if cores else None
        process = subprocess.Popen(command, cwd=cwd, stdout=stdout, stderr=subprocess.DEVNULL, preexec_fn=pin,
                                   env={**os.environ, **(variables or {})})
        process.wait()
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in statuses:
        sys.exit(f"{command} failed")
    return Usage(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def wall(command, cwd, times, variables=None, statuses=(0,)):
    """The median wall seconds of a process."""
    return statistics.median(
        measure(command, cwd, variables=variables, statuses=statuses).wall for _ in range(times))


def machine():
    """The processor and its cores, for a person who reads the figures."""
    text = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "unknown")
    return f"{model}, {len(CORES)} of {os.cpu_count()} cores"


def peak(command, folder, cwd=None):
    """The peak memory of a process in MiB, as measured by GNU time: our own is not included."""
    file = folder / "time"
    run("/usr/bin/time", "-f", "%M", "-o", file, *command, cwd=cwd)
    return int(file.read_text()) / 1024


def report(name, figures, limit, better="at most"):
    figure = statistics.median(figures)
    holds = figure <= limit if better == "at most" else figure >= limit
    print(f"{'ok  ' if holds else 'MISS'} {name}: {figure:.3f} "
          f"(min {min(figures):.3f}, max {max(figures):.3f}; {better} {limit:.3f})", flush=True)
    return holds
