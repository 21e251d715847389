"""The honest exponent with other moduli."""

from tricks import certificate, commit, pem, public_numbers, secret, write

modulus, _ = public_numbers()
for name, number in {
    "even": modulus + 1,
    "three": (modulus >> 8 | 1) * 3 << 8 | 3,
    "thirteen": modulus // 13 // 2 * 26 + 13,
    "small": modulus // 251 // 2 * 502 + 251,
    "zero": 0,
    "ones": 2**2048 - 1,
    "huge": 2**1_000_000 - 1,
    "large": modulus * (modulus + 2) ** 8 | 1,
    "double": (modulus**16 >> 16) | 1,
}.items():
    write(f"{name}.pem", pem(certificate(number, 65537)))
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
