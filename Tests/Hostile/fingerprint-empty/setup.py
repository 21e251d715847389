"""A Secret to seal."""

from tricks import commit, name_controller, secret, write

write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
name_controller()
commit()
