/// The input of the rules on a build.

internal import Kubernetes
internal import Manifests
package import Text
internal import YAML

/// A ConfigMap that a template of public keys generates.
package struct PublishedConfigMap: Sendable {
  package let name: String
  /// Nil if the kustomization supplies it.
  package let namespace: String?

  package init(name: String, namespace: String?) {
    self.name = name
    self.namespace = namespace
  }

  func isIn(_ other: String?) -> Bool {
    namespace == nil || other == nil || namespace === other
  }
}

package struct BuildContext: Sendable {
  package let build: Build
  /// The path that findings refer to.
  package let path: String
  /// The Secrets of the templates; empty without a workspace.
  package let targets: [SealedTarget]
  /// What has been sealed, as `namespace/name`; nil if it is not known.
  package let sealedFor: Set<ByBytes>?
  /// The SealedSecrets as written to their files.
  package let written: SealedAsBuilt
  /// The names and namespaces that ciphertexts were sealed for, according to the files.
  package let origins: SealedOrigins
  /// The ConfigMaps with public keys.
  package let published: [PublishedConfigMap]

  package init(
    build: Build, path: String, targets: [SealedTarget] = [], sealedFor: Set<ByBytes>? = nil,
    written: SealedAsBuilt = SealedAsBuilt(), origins: SealedOrigins = SealedOrigins(),
    published: [PublishedConfigMap] = []
  ) {
    self.published = published
    self.origins = origins
    self.written = written
    self.build = build
    self.path = path
    self.targets = targets
    self.sealedFor = sealedFor
  }

  /// Every rule, with the code that it reports first.
  package static let rules: [(name: String, rule: @Sendable (BuildContext) -> [Finding])] = [
    ("built-name-differs", builtNameDiffers),
    ("built-name-differs", { $0.origins.findings(in: $0.build, path: $0.path) }),
    ("plain-secret", plainSecretBuilt),
    ("sealed-changed", { $0.written.findings(in: $0.build, path: $0.path) }),
    ("reference-dangles", referenceDangles),
    ("cnpg-credentials", cnpgCredentials), ("cnpg-reload", cnpgReload),
    ("cnpg-superuser", cnpgSuperuser), ("cnpg-owner-managed", cnpgOwnerManaged),
    ("sync-wave", syncWave), ("sync-order", syncOrder), ("tracking-label", trackingLabel),
    ("copies-not-seen", copiesNotSeen), ("keys-not-reloaded", keysNotReloaded),
    ("no-rollout", noRollout), ("image-moves", imageMoves),
  ]

  /// The codes of the rules, without duplicates.
  package static var ruleNames: [String] {
    rules.map(\.name).enumerated().filter { index, name in
      !rules[..<index].contains { $0.name == name }
    }.map(\.element)
  }

  /// The findings of every rule.
  package func findings() -> [Finding] { BuildContext.rules.flatMap { $0.rule(self) } }

  /// The Secret or SealedSecret that an object refers to by name; nil if there is none.
  func secret(_ name: String, for object: BuiltObject, namespace: String? = nil) -> BuiltObject? {
    let namespace = namespace ?? object.identity.namespace
    return build.secrets(named: name).first {
      namespace == nil || $0.identity.namespace == nil || $0.identity.namespace === namespace
    }
  }

  /// The CloudNativePG clusters.
  var clusters: [BuiltObject] {
    build.objects.filter {
      $0.identity.kind == "Cluster" && $0.identity.group == "postgresql.cnpg.io"
    }
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, hint: String
  ) -> Finding {
    finding(code, severity, message, remedy: .words(hint))
  }

  func finding(
    _ code: String, _ severity: Finding.Severity, _ message: String, remedy: Remedy
  ) -> Finding {
    Finding(
      code: code, severity: severity, message: message, remedy: remedy, file: path, location: nil)
  }
}
