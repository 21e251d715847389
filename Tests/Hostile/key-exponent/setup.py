"""The honest modulus with other exponents."""

from tricks import certificate, commit, pem, public_numbers, secret, write

modulus, exponent = public_numbers()
for name, number in {
    "e0": 0,
    "e1": 1,
    "e2": 2,
    "e3": 3,
    "e17": 17,
    "e65536": 65536,
    "e65538": 65538,
    "negative": -65537,
    "minus1": -1,
    "e2147483649": 2**31 + 1,
    "e4294967297": 2**32 + 1,
    "large": modulus + 2,
    "good": exponent,
}.items():
    write(f"{name}.pem", pem(certificate(modulus, number)))
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
