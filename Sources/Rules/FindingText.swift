/// What each code means, in one sentence, for lists of rules such as those of code scanning.

internal import Manifests
internal import Text

package enum FindingText {
  /// The sentence of a code; the code itself if it is not known.
  package static func summary(_ code: String) -> String { texts[code] ?? code }

  /// Every code that has a sentence.
  static var codes: [String] { texts.keys.sorted() }

  private static let texts: [String: String] = [
    "above-modulus":
      "The encrypted session key is not below the modulus of the certificate's key",
    "accept-unused":
      "An accept entry in moltseal.yml matches no finding, or names one that cannot be accepted",
    "adoption-open": "An adoption has begun and is not finished",
    "already-there": "A resource is a second SealedSecret with the same name",
    "api-version": "The apiVersion is not bitnami.com/v1alpha1, or the kind is missing",
    "build-differs": "An object other than the Secrets would change, appear or disappear",
    "build-leaves": "The build would read files outside the workspace",
    "build-remote": "The build would fetch something remote",
    "build-too-large": "The build would read or use more than a build may",
    "build-unknown": "A field or plugin is not known, so it is not known what it reads",
    "built-name-differs":
      "A SealedSecret is built under a name or namespace that nothing was sealed for",
    "cannot-be-built": "Kustomize refuses to build the kustomization",
    "cannot-be-opened": "No key opens an item",
    "cannot-be-read": "A file of the environment cannot be read",
    "cannot-roll": "Pods keep the old value until they are deleted",
    "certificate-refused": "The certificate cannot be used for sealing",
    "chart-not-read": "A Helm chart is not checked",
    "cnpg-credentials": "CloudNativePG cannot read its password",
    "cnpg-owner-managed": "Two Secrets set the same password",
    "cnpg-reload": "CloudNativePG applies a new password late",
    "cnpg-superuser": "CloudNativePG ignores the superuser's Secret",
    "copies-not-seen": "A Secret is copied into namespaces that are not listed individually",
    "empty-value": "The plaintext is empty",
    "field-type": "A field of the object or its template has a type that the API does not accept",
    "gate-closed": "A step of the change may not be taken yet",
    "generator-merges-base": "Without the entry, the base's Secret would be built again",
    "generator-plugin": "A generator plugin makes objects that are not checked",
    "generator-without-template": "A dev Secret would stay in production",
    "image-moves": "A rotation would also deploy whatever image a tag points to by then",
    "job-cannot-roll": "A Job's pods keep the old value",
    "key-dangles": "A reference names a key that its Secret does not have",
    "key-name": "A key is not a valid key of a Secret",
    "key-not-in-template":
      "Pods use, or the generator has, a key that the template does not have",
    "keys-lost": "A Secret would lose keys",
    "keys-not-reloaded": "Verifiers keep the public keys that they started with",
    "loosened": "A change allows something that was not allowed before",
    "metadata-lost": "A Secret would lose a label, an annotation or its type",
    "missing-resource": "A resource or base does not exist",
    "name": "The API server refuses a name or namespace",
    "name-would-change": "Kustomize would rename a SealedSecret that is bound to its name",
    "namespace-would-change": "Kustomize would move a SealedSecret that is bound to its namespace",
    "never-updated": "The controller creates the Secret once and refuses every later change",
    "no-items": "A SealedSecret has no items",
    "no-namespace": "A SealedSecret has no namespace, although its items are bound to one",
    "no-rollout": "Nothing replaces the pods after a rotation",
    "not-a-sealed-secret": "A named file contains no SealedSecret",
    "not-a-tail": "A person has to decide on the change",
    "not-as-planned": "An apply would be refused",
    "not-as-recorded":
      "The lock file has another ciphertext, another scope, or an item that is missing here",
    "not-base64": "An item is not standard base64",
    "not-managed": "The controller would not take over a live Secret",
    "not-pinned": "No key is pinned, so any certificate would be accepted",
    "not-read": "The controller could not read the object",
    "null-value": "An item is null, and the API server removes it",
    "old-format": "The object has the old format with a single blob, which is deprecated",
    "other-build-changes": "Another kustomization builds on this one and would change",
    "other-key": "An item was sealed for another key than the certificate's",
    "outside-workspace": "A base is outside the workspace and is not read",
    "plain-secret": "A Secret is in the repository with its values in plain text",
    "reference-appears": "A reference that resolves to nothing would resolve to a sealed Secret",
    "reference-dangles": "A reference names a Secret that the kustomization does not build",
    "reference-lost": "A reference to a Secret or key would no longer resolve",
    "remote-base": "A base is remote and is not read",
    "repeated-ciphertext": "Two keys have the same ciphertext",
    "resource-version": "The object has a resourceVersion, so the API server does not create it",
    "role-binding-loses": "Kustomize would leave a role bound to nobody",
    "rsa-length": "An item was sealed for a key of another size, or for a key that is too short",
    "scope-annotation": "The scope of the template differs from that of the object",
    "sealed-changed": "A SealedSecret is built with another ciphertext or template than was sealed",
    "secret-left": "A Secret would still be built beside its SealedSecret",
    "secret-lost": "A Secret would disappear without a replacement",
    "secret-maybe-referenced": "A pattern may have selected the Secret",
    "secret-still-referenced": "A selector or patch names a Secret that will no longer exist",
    "stops-controller": "A field that stops the controller for every SealedSecret of the cluster",
    "structure": "The file is not YAML or JSON, or the object cannot be read",
    "sync-order": "A SealedSecret is not applied before the pods that use it",
    "sync-wave": "A SealedSecret is in a later wave than an object that needs it",
    "template-data": "The controller cannot render a template",
    "template-metadata":
      "A label or annotation is not a string, or the API server refuses it",
    "template-name":
      "The template has another name or namespace, which the controller ignores",
    "template-type": "The Secret lacks a key or an annotation that its type requires",
    "template-without-effect": "An entry of spec.template.data has no effect",
    "too-large": "The values exceed 1,048,576 bytes in all, or the annotations 262,144 bytes",
    "tracking-label": "ArgoCD would count the Secret as part of the application",
    "truncated": "An item is too short for its session key and its tag",
    "type-would-change": "The dev Secret has another type than the template",
    "unknown-kept-generator": "An entry of keepGenerators matches no generator",
    "value-of-type": "A value is not valid for its type or for its reader",
  ]
}
