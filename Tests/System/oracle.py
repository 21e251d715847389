"""An independent reader of SealedSecrets: what the controller does, with Python's `cryptography`.

The format of one item, in standard base64:

    uint16 big-endian n || RSA-OAEP(SHA-256, MGF1 SHA-256, label) of the session key, n bytes
                        || AES-256-GCM(zero 12-byte nonce, no additional data) of the value

The label is `namespace/name` (strict), `namespace` (namespace-wide) or empty (cluster-wide), chosen by the
annotations on the SealedSecret's own metadata.

As a program:

    oracle.py open --key FILE [--key FILE ...] SEALED...     JSON, values in base64
    oracle.py keypair PATH [--bits N | --ec] [--from DAYS] [--until DAYS]
    oracle.py fingerprint CERTIFICATE
"""

from __future__ import annotations

import argparse
import base64
import datetime
import hashlib
import json
import os
import struct
import sys
from pathlib import Path
from typing import Iterable, NamedTuple

import yaml
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

ANNOTATION_PREFIX = "sealedsecrets.bitnami.com/"
NONCE = bytes(12)
PathLike = str | os.PathLike


class OracleError(Exception):
    """A file that is not a SealedSecret, or an item that no given key opens."""


# -- Reading -----------------------------------------------------------------------------------------------------


class Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: a date, a lone `=`, and a `<<` that is not a key are strings."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("timestamp", "value")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Loader.add_constructor("tag:yaml.org,2002:merge", Loader.construct_yaml_str)


def load_documents(text: str) -> list[dict]:
    """The documents of a YAML stream, or of consecutive JSON values, without empty ones."""
    text = text.removeprefix("\ufeff")
    if not text.lstrip().startswith("{"):
        return [document for document in yaml.load_all(text, Loader) if document is not None]
    documents, decoder, rest = [], json.JSONDecoder(), text.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        documents.append(document)
        rest = rest[end:].lstrip()
    return documents


def load_sealed(path: PathLike) -> list[dict]:
    """The SealedSecret documents of a file."""
    documents = load_documents(Path(path).read_text(encoding="utf-8"))
    for document in documents:
        if not isinstance(document, dict) or document.get("kind") != "SealedSecret":
            raise OracleError(f"{path}: a document that is not a SealedSecret")
    return documents


def load_key(path: PathLike) -> rsa.RSAPrivateKey:
    """A private key from a PEM file without a passphrase."""
    return serialization.load_pem_private_key(Path(path).read_bytes(), password=None)


def label(metadata: dict) -> bytes:
    """The OAEP label that a SealedSecret's metadata asks for."""
    annotations = metadata.get("annotations") or {}
    if annotations.get(ANNOTATION_PREFIX + "cluster-wide") == "true":
        return b""
    namespace = metadata.get("namespace") or ""
    if annotations.get(ANNOTATION_PREFIX + "namespace-wide") == "true":
        return namespace.encode()
    # A kustomization with a prefix renames it, and records that in an annotation.
    name = annotations.get("moltseal.dev/sealed-as") or metadata.get("name") or ""
    return f"{namespace}/{name}".encode()


def oaep(label_bytes: bytes) -> padding.OAEP:
    """The padding of the session key."""
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=label_bytes)


def open_item(text: str, label_bytes: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """The value of one ciphertext; OracleError if the key, the label or a byte is wrong."""
    raw = base64.b64decode("".join(text.split()), validate=True)
    if len(raw) < 2:
        raise OracleError("too short for a length")
    (length,) = struct.unpack(">H", raw[:2])
    sealed_key, sealed_value = raw[2 : 2 + length], raw[2 + length :]
    if len(sealed_key) != length or len(sealed_value) < 16:
        raise OracleError("cut short")
    try:
        session_key = key.decrypt(sealed_key, oaep(label_bytes))
        if len(session_key) != 32:
            raise OracleError(f"a session key of {len(session_key)} bytes")
        return AESGCM(session_key).decrypt(NONCE, sealed_value, None)
    except (ValueError, InvalidTag) as error:
        raise OracleError("does not open with this key and label") from error


def open_item_with_any(text: str, label_bytes: bytes, keys: Iterable[rsa.RSAPrivateKey]) -> bytes:
    """The value from the first key that fits."""
    failure: OracleError = OracleError("no key given")
    for key in keys:
        try:
            return open_item(text, label_bytes, key)
        except OracleError as error:
            failure = error
    raise failure


def open_document(document: dict, keys: Iterable[rsa.RSAPrivateKey]) -> dict:
    """The Secret of one SealedSecret as the controller makes it, without `spec.template.data`."""
    metadata, spec = document["metadata"], document["spec"]
    template = spec.get("template") or {}
    template_metadata = template.get("metadata") or {}
    keys, data = list(keys), {}
    for item, ciphertext in (spec.get("encryptedData") or {}).items():
        try:
            data[item] = open_item_with_any(ciphertext, label(metadata), keys)
        except OracleError as error:
            raise OracleError(f"{metadata.get('name')}, item {item}: {error}") from error
    return {
        "name": metadata.get("name"),
        "namespace": metadata.get("namespace"),
        "type": template.get("type"),
        "labels": template_metadata.get("labels") or {},
        "annotations": template_metadata.get("annotations") or {},
        "data": data,
    }


def open_file(path: PathLike, key: PathLike | Iterable[PathLike]) -> list[dict]:
    """Every Secret of a file of SealedSecrets, `data` as bytes; `key` is a PEM file or several."""
    paths = [key] if isinstance(key, (str, os.PathLike)) else list(key)
    keys = [load_key(path) for path in paths]
    try:
        return [open_document(document, keys) for document in load_sealed(path)]
    except OracleError as error:
        raise OracleError(f"{path}: {error}") from error


def ciphertexts(path: PathLike) -> dict[str, dict[str, str]]:
    """Secret name to item to ciphertext, as in the file."""
    return {
        document["metadata"]["name"]: dict(document["spec"].get("encryptedData") or {})
        for document in load_sealed(path)
    }


# -- Sealing, for the tests of this reader -----------------------------------------------------------------------


def seal(value: bytes, label_bytes: bytes, public_key: rsa.RSAPublicKey) -> str:
    """One value sealed as `kubeseal` would."""
    session_key = AESGCM.generate_key(256)
    sealed_key = public_key.encrypt(session_key, oaep(label_bytes))
    sealed_value = AESGCM(session_key).encrypt(NONCE, value, None)
    return base64.b64encode(struct.pack(">H", len(sealed_key)) + sealed_key + sealed_value).decode()


# -- Throwaway keys ----------------------------------------------------------------------------------------------


class KeyPair(NamedTuple):
    """A throwaway sealing key."""

    key: Path
    certificate: Path
    fingerprint: str


def now() -> datetime.datetime:
    """The present, to the second, as UTC."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)


def make_keypair(
    stem: PathLike,
    bits: int = 2048,
    *,
    elliptic: bool = False,
    not_before: datetime.datetime | None = None,
    not_after: datetime.datetime | None = None,
) -> KeyPair:
    """Writes STEM.key and STEM.pem, a self-signed certificate; valid from an hour ago for ten years by default."""
    key = ec.generate_private_key(ec.SECP256R1()) if elliptic else rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throwaway sealing key")])
    start = not_before or now() - datetime.timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(not_after or start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    key_path, certificate_path = Path(f"{stem}.key"), Path(f"{stem}.pem")
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return KeyPair(key_path, certificate_path, fingerprint(certificate_path))


def fingerprint(certificate_path: PathLike) -> str:
    """`sha256:` and the hex digest of the certificate's SubjectPublicKeyInfo."""
    certificate = x509.load_pem_x509_certificate(Path(certificate_path).read_bytes())
    encoded = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "sha256:" + hashlib.sha256(encoded).hexdigest()


# -- The program -------------------------------------------------------------------------------------------------


def printable(secret: dict) -> dict:
    """A Secret whose values are base64, for JSON."""
    return {**secret, "data": {item: base64.b64encode(value).decode() for item, value in secret["data"].items()}}


def main() -> int:
    """Runs one of the commands of the module's description."""
    parser = argparse.ArgumentParser(description="Opens SealedSecrets without moltseal.")
    commands = parser.add_subparsers(dest="command", required=True)
    opener = commands.add_parser("open", help="print the Secrets as JSON, values in base64")
    opener.add_argument("--key", action="append", required=True)
    opener.add_argument("files", nargs="+")
    keypair = commands.add_parser("keypair", help="make PATH.key and PATH.pem")
    keypair.add_argument("path")
    keypair.add_argument("--bits", type=int, default=2048)
    keypair.add_argument("--ec", action="store_true")
    keypair.add_argument("--from", dest="start", type=float, default=-1 / 24, help="days from now")
    keypair.add_argument("--until", type=float, default=3650, help="days from now")
    pin = commands.add_parser("fingerprint", help="print a certificate's fingerprint")
    pin.add_argument("certificate")
    arguments = parser.parse_args()

    try:
        if arguments.command == "open":
            secrets = [secret for path in arguments.files for secret in open_file(path, arguments.key)]
            print(json.dumps([printable(secret) for secret in secrets], indent=1))
        elif arguments.command == "keypair":
            made = make_keypair(
                arguments.path,
                arguments.bits,
                elliptic=arguments.ec,
                not_before=now() + datetime.timedelta(days=arguments.start),
                not_after=now() + datetime.timedelta(days=arguments.until),
            )
            print(made.fingerprint)
        else:
            print(fingerprint(arguments.certificate))
    except (OracleError, OSError, ValueError, yaml.YAMLError) as error:
        print(f"oracle: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
