"""Another key, pinned."""

import os
import shutil

from tricks import commit, edit, secret, write

shutil.copyfile(os.environ["HOSTILE_OTHER_CERT"], "prod.pem")
edit("moltseal.yml", "fingerprints: .*", f"fingerprints: ['{os.environ['HOSTILE_OTHER']}']")
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
