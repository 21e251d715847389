"""A program that puts placeholders in."""

from tricks import commit, write

write(
    "grow.py",
    "import sys\n"
    "count, keys, text = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]\n"
    "with open('templates/app-template.yml', 'a') as file:\n"
    "    for key in range(keys):\n"
    "        file.write(f'  K{key}: \"' + text * count + '\"\\n')\n",
)
commit()
