"""Many templates."""

from tricks import secret, write

for number in range(500):
    write(f"templates/t{number}-template.yml", secret(f"t{number}", "  a: ${app-password}\n"))
