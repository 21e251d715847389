"""A certificate with more than a certificate in its file."""

from tricks import certificate, commit, pem, public_numbers, write

modulus, exponent = public_numbers()
name = "\x1b]0;forged\x07\nmoltseal: forged\u202e".encode()
text = pem(certificate(modulus, exponent, name=name))
write("hostile.pem", f"\x1b[31mmoltseal: forged\n{text}moltseal: forged\n")
commit()
