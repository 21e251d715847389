"""Objects that are no SealedSecrets, or two things at once."""

from tricks import ciphertext, commit, sealed, secret, write

POD = """apiVersion: v1
kind: Pod
metadata: {name: evil, namespace: default}
spec: {containers: [{name: evil, image: evil}]}
"""
good = sealed()
write("nokind.yml", POD.replace("kind: Pod\n", ""))
plain = secret("plain", "  password: Tr0ub4dor\n")
items = "".join("  - " + text.replace("\n", "\n    ").rstrip() + "\n" for text in (good, POD, plain))
write("list.yml", "apiVersion: v1\nkind: List\nitems:\n" + items)
write("twice.yml", good + "kind: Pod\napiVersion: v1\n")
kinds = '"apiVersion":"bitnami.com/v1alpha1","kind":"SealedSecret","kind":"Pod"'
spec = f'"metadata":{{"name":"x","namespace":"demo"}},"spec":{{"encryptedData":{{"a":"{ciphertext()}"}}}}'
write("twice.json", f"{{{kinds},{spec}}}")
pod_fields = "containers: [{name: evil, image: evil}]\nstatus: {conditions: []}\n"
write("fields.yml", good + pod_fields + "data: {password: Tr0ub4dor}\n")
write("merge.yml", "<<: {kind: Pod}\n" + good)
write("version.yml", good.replace("bitnami.com/v1alpha1", "v1"))
write("mixed.yml", "---\n".join((good, POD, plain, sealed("y"))))
commented = good.replace("kind: SealedSecret", "kind: SealedSecret # kind: Pod, Tr0ub4dor")
write("comment.yml", "# password: Tr0ub4dor\n" + commented)
write("quoted.yml", good.replace("kind: SealedSecret", "kind: &kind 'SealedSecret'\n\"\\x6bind\": Pod"))
write("folder/a.yml", POD)
write("folder/b.yml", good)
commit()
