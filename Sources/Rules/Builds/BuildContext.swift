/// The input of the rules on a build.

internal import Kubernetes
internal import Manifests
package import Text
internal import YAML

/// A ConfigMap that a template of public keys generates.
package struct PublishedConfigMap: Sendable {
  let name: String
  /// Nil if the kustomization supplies it.
  let namespace: String?

  package init(name: String, namespace: String?) {
    self.name = name
    self.namespace = namespace
  }

  func isIn(_ other: String?) -> Bool {
    namespace == nil || other == nil || namespace === other
  }
}

/// What a workspace says about a kustomization.
package struct KnownToWorkspace: Sendable {
  /// The Secrets of the templates.
  let targets: [SealedTarget]
  /// What has been sealed, as `namespace/name`; nil if it is not known.
  let sealedFor: Set<Name>?
  /// The SealedSecrets as written to their files.
  let written: SealedAsBuilt
  /// The ConfigMaps with public keys.
  let published: [PublishedConfigMap]

  package init(
    targets: [SealedTarget] = [], sealedFor: Set<Name>? = nil,
    written: SealedAsBuilt = SealedAsBuilt(), published: [PublishedConfigMap] = []
  ) {
    self.targets = targets
    self.sealedFor = sealedFor
    self.written = written
    self.published = published
  }
}

package struct BuildContext: Sendable {
  let build: Build
  /// The path that findings refer to.
  let path: String
  /// Without a workspace, nothing is known.
  let known: KnownToWorkspace
  /// The names and namespaces that ciphertexts were sealed for, according to the files.
  let origins: SealedOrigins

  package init(
    build: Build, path: String, known: KnownToWorkspace = KnownToWorkspace(),
    origins: SealedOrigins = SealedOrigins()
  ) {
    self.build = build
    self.path = path
    self.known = known
    self.origins = origins
  }

  var targets: [SealedTarget] { known.targets }

  /// Every rule, with the code that it reports first.
  static let rules: [(name: String, rule: @Sendable (BuildContext) -> [Finding])] = [
    ("built-name-differs", builtNameDiffers),
    ("built-name-differs", { $0.origins.findings(in: $0.build, path: $0.path) }),
    ("plain-secret", plainSecretBuilt),
    ("sealed-changed", { $0.known.written.findings(in: $0.build, path: $0.path) }),
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
