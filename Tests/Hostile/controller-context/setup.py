"""A workspace that names its controller."""

from tricks import commit, name_controller

name_controller()
commit()
