"""A program that puts filters in."""

from tricks import commit, write

write(
    "grow.py",
    "import sys\n"
    "path = 'templates/app-template.yml'\n"
    "filters = ('|' + sys.argv[1]) * int(sys.argv[2])\n"
    "text = open(path).read().replace('${signing-key}', '${signing-key' + filters + '}')\n"
    "open(path, 'w').write(text.replace('  SIGNING_KEY_PREVIOUS: ${signing-key.previous}\\n', ''))\n",
)
commit()
