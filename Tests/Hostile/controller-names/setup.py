"""One SealedSecret, and a workspace that names its controller."""

from tricks import commit, name_controller, sealed, write

write("sealed.yml", sealed())
name_controller("sealed-secrets")
commit()
