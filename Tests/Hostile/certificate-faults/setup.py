"""One file for each fault."""

import os
from pathlib import Path

import oracle
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tricks import CERT, KEY, RSA_KEY, certificate, commit, pem, public_numbers, secret, write

honest, key = Path(CERT).read_text(), Path(KEY).read_text()
modulus, exponent = public_numbers()
oracle.make_keypair("small", 1024)
oracle.make_keypair("ec", elliptic=True)
os.remove("small.key")
os.remove("ec.key")
curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
)
write("two.pem", honest + Path(os.environ["HOSTILE_OTHER_CERT"]).read_text())
write("key.pem", honest + key)
write("eckey.pem", curve.decode() + honest)
write("encrypted-key.pem", honest + locked.decode())
headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
write("passphrase.pem", pem(certificate(modulus, exponent), headers=headers))
write("ed25519.pem", pem(certificate(modulus, exponent, algorithm=bytes.fromhex("300506032b6570"))))
write("pss.pem", pem(certificate(modulus, exponent, algorithm=RSA_KEY[:-3] + b"\x0a\x05\x00")))
write("dates.pem", pem(certificate(modulus, exponent, dates=(b"xx0101000000Z", b"yy0101000000Z"))))
write("longdate.pem", pem(certificate(modulus, exponent, dates=(b"20260101000000Z", b"99999999999999Z"))))
write("cut.pem", honest[: len(honest) // 2])
write("text.pem", "x" * 3_000_000)
write("blocks.pem", honest * 3000)
write("nul.pem", honest.replace("\n", "\0", 2))
write("empty.pem", "")
write("key.der", serialization.load_pem_private_key(key.encode(), None).private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
))  # fmt: skip
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
