"""What the setups of hostile repositories share: each runs in the folder that becomes the repository."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
from pathlib import Path

WORK, OUTSIDE, CANARY, KEY, CERT = (
    os.environ["HOSTILE_" + name] for name in ("WORK", "OUTSIDE", "CANARY", "KEY", "CERT")
)


# -- Files -------------------------------------------------------------------------------------------------------


def write(name: str, content: str | bytes, mode: int = 0o644) -> Path:
    """Writes a file, its folders made where they are missing."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def edit(name: str, pattern: str, text: str) -> None:
    """Replaces what a pattern matches in a file; it has to match."""
    changed, count = re.subn(pattern, lambda _: text, Path(name).read_text(encoding="utf-8"))
    if not count:
        raise ValueError(f"{name} has no {pattern}")
    Path(name).write_text(changed, encoding="utf-8")


def canary(name: str) -> str:
    """A shell command that shows that it was run."""
    return f": >{CANARY}/{name}"


def script(path: str, name: str, then: str = "cat 2>/dev/null") -> str:
    """A program that leaves a canary and does as a filter would; its absolute path."""
    return str(write(path, f"#!/bin/sh\n{canary(name)}\n{then}\n", 0o755).resolve())


def outside(name: str, text: str) -> Path:
    """A file outside of the repository."""
    return write(f"{OUTSIDE}/{name}", text)


def git(*arguments: str, folder: str = ".", stdin: bytes = b"") -> str:
    """Runs git."""
    command = ["git", "-C", folder, *arguments]
    return subprocess.run(command, check=True, input=stdin, capture_output=True).stdout.decode()


def name_controller(name: str = "sealed-secrets-controller") -> None:
    """Lets moltseal.yml say where the controller is."""
    cluster = f"{{context: lab, controllerNamespace: kube-system, controllerName: {name}}}"
    edit("moltseal.yml", "    deployed: .*\n", f"    deployed: false\n    cluster: {cluster}\n")


def commit() -> None:
    """Commits all that is there."""
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", "state")


def field_program() -> None:
    """Writes `line.py`, which puts a line into the kustomization: words of `resources` to those there, any other field at the end."""
    write(
        "line.py",
        "import sys\npath = 'k8s/kustomization.yml'\ntext = open(path).read()\nname = sys.argv[1].split(':')[0]\n"
        "line = sys.argv[1]\n"
        "if name == 'resources':\n"
        "    more = line.split('[', 1)[1].rsplit(']', 1)[0].split(', ')\n"
        "    text = text.replace('resources:\\n', 'resources:\\n' + ''.join(f'  - {word}\\n' for word in more), 1)\n"
        "else:\n    text += line + '\\n'\n"
        "open(path, 'w').write(text)\n",
    )


def secret(name: str, data: str, more: str = "") -> str:
    """A template."""
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: demo\n{more}stringData:\n{data}"


def sealed(name: str = "x", items: str = "", metadata: str = "", namespace: str = "demo") -> str:
    """A SealedSecret whose items cannot be opened."""
    return (
        f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: {name}\n  namespace: {namespace}\n"
        f"{metadata}spec:\n  encryptedData:\n{items or '    a: ' + ciphertext()}\n"
        f"  template:\n    metadata:\n      name: {name}\n      namespace: {namespace}\n"
    )


def ciphertext() -> str:
    """Base64 that has the shape of a ciphertext for a key of 2048 bits."""
    return base64.b64encode(b"\x01\x00" + b"\x5a" * (256 + 40)).decode()


def digest(content: bytes) -> str:
    """A digest as the journal writes it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def journal(folder: str, name: str, content: bytes, kind: str = "journal", staged: bool = True) -> None:
    """Plants the record of a run that was about to write a file, and the staged file where it would stand."""
    write(f"{folder}/{kind}", f"moltseal journal 1\nfile 420 - {digest(content)} {name}\nend\n", 0o600)
    Path(folder).chmod(0o700)
    if staged:
        parent, _, last = name.rpartition("/")
        write(f"{parent or '.'}/.{last}.moltseal-new", content)


# -- Certificates ------------------------------------------------------------------------------------------------


def der(tag: int, *parts: bytes) -> bytes:
    """One DER element."""
    content = b"".join(parts)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def integer(number: int) -> bytes:
    """A DER INTEGER."""
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


RSA_KEY = bytes.fromhex("300d06092a864886f70d0101010500")
SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")


def pem(content: bytes, label: str = "CERTIFICATE", headers: str = "") -> str:
    """A PEM block."""
    text = base64.encodebytes(content).decode().replace("\n", "")
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{headers}{lines}\n-----END {label}-----\n"


def certificate(
    modulus: int,
    exponent: int,
    *,
    name: bytes = b"throwaway",
    algorithm: bytes = RSA_KEY,
    dates: tuple[bytes, bytes] = (b"260101000000Z", b"360101000000Z"),
) -> bytes:
    """A certificate in DER for any two numbers; nobody signed it, and nobody looks at signatures."""
    subject = der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x0C, name))))
    numbers = der(0x30, integer(modulus), integer(exponent))
    validity = der(0x30, *(der(0x17 if len(date) == 13 else 0x18, date) for date in dates))
    content = der(
        0x30,
        der(0xA0, integer(2)),
        integer(1),
        SHA256_RSA,
        subject,
        validity,
        subject,
        der(0x30, algorithm, der(3, b"\0", numbers)),
    )
    return der(0x30, content, SHA256_RSA, der(3, b"\0" + bytes(256)))


def public_numbers() -> tuple[int, int]:
    """The modulus and exponent of the honest key."""
    from cryptography import x509  # pylint: disable=import-outside-toplevel

    numbers = x509.load_pem_x509_certificate(Path(CERT).read_bytes()).public_key().public_numbers()
    return numbers.n, numbers.e
