"""No pins, and another certificate."""

import os
import shutil

from tricks import commit, edit, secret, write

edit("moltseal.yml", " +fingerprints: .*\n", "")
shutil.copyfile(os.environ["HOSTILE_OTHER_CERT"], "other.pem")
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
