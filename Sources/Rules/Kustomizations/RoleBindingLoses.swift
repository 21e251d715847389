/// kustomize stops renaming the subjects of role bindings when a namespace occurs twice.

internal import Manifests
internal import Text
internal import YAML

/// Refuses a sealed file that would make a subject keep its name without the prefix of its base.
///
/// This happens if the subject and the sealed file both name the same namespace (kustomize 5.5,
/// `nameReference`). A file that gets its namespace from the overlay does no harm, so it is written
/// without one where possible, and this rule covers all others.
func roleBindingLoses(_ context: KustomizationContext) -> [Finding] {
  guard !context.kustomization.suppliesNamespaces else { return [] }
  return context.losingSubjects.map { path, name, namespace, location in
    context.finding(
      "role-binding-loses", .error,
      "with a sealed file in namespace '\(namespace)', kustomize no longer renames this subject, and the role is bound to nobody",
      hint:
        "write its built name here, '\(context.builtSubject(name, in: path))', which kustomize leaves unchanged",
      at: Finding.Place(path, location))
  }
}

extension KustomizationContext {
  /// The subjects that would lose their prefix because a sealed file has a namespace of its own.
  fileprivate var losingSubjects:
    [(path: String, name: String, namespace: String, location: Location)]
  {
    let renames = files.bases.contains {
      $0.kustomization.namePrefix != nil || $0.kustomization.nameSuffix != nil
    }
    guard renames else { return [] }
    return files.subjects.filter { subject in
      targets.contains { $0.namespace === subject.namespace }
        && !isAsBuilt(subject.name, in: subject.path)
    }
  }

  /// The innermost base that a file belongs to.
  private func base(of path: String) -> KustomizationFiles.Base? {
    files.bases.filter { base in
      Path.isIn(path, folder: Path.split(base.path).folder ?? ".")
    }.max { $0.path.utf8.count < $1.path.utf8.count }
  }

  /// The built name of a subject in a base's file.
  fileprivate func builtSubject(_ name: String, in path: String) -> String {
    let base = base(of: path)
    return builtPrefix + (base?.prefix ?? "") + name + (base?.suffix ?? "") + builtSuffix
  }

  private var builtPrefix: String { kustomization.namePrefix ?? "" }
  private var builtSuffix: String { kustomization.nameSuffix ?? "" }

  /// Whether a subject already has its prefix.
  private func isAsBuilt(_ name: String, in path: String) -> Bool {
    let around = builtSubject("", in: path)
    return !around.isEmpty && name.begins(with: builtPrefix + (base(of: path)?.prefix ?? ""))
      && name.utf8.count > around.utf8.count
  }

  /// Whether new sealed files leave their namespace to the kustomization.
  package var leavesNamespaceOut: Bool {
    kustomization.suppliesNamespaces && !losingSubjects.isEmpty
  }
}

extension Kustomization {
  fileprivate var suppliesNamespaces: Bool { namespace != nil }
}
