"""A Secret to seal."""

from tricks import commit, secret, write

write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
commit()
