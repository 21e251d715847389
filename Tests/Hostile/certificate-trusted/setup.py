"""The honest certificate under another label, and another's beside the honest one."""

import os
from pathlib import Path

from tricks import CERT, commit, secret, write

honest = Path(CERT).read_text()
other = Path(os.environ["HOSTILE_OTHER_CERT"]).read_text().replace(" CERTIFICATE", " TRUSTED CERTIFICATE")
write("trusted.pem", honest.replace(" CERTIFICATE", " TRUSTED CERTIFICATE"))
write("before.pem", other + honest)
write("after.pem", honest + other)
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
