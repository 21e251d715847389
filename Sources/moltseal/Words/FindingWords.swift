/// The text of a finding.

internal import Preflight
internal import YAML

extension Finding {
  var diagnostic: Diagnostic {
    Diagnostic("\(message) [\(code)]", hint: hint, file: file, location: location)
  }

  /// What to do about the finding.
  var hint: String {
    switch remedy {
    case .words(let words): words
    case .applyBefore(let wave?):
      "add to the template argocd.argoproj.io/sync-wave: \"\(wave)\""
    case .applyBefore(nil):
      "with ArgoCD, add to the template argocd.argoproj.io/sync-wave: \"-1\"; with Flux or kubectl, restart the pods once the values exist: moltseal rotate --env ENVIRONMENT --restart CREDENTIAL"
    case .buildWithCharts: "check the output of kubectl kustomize --enable-helm before the sync"
    }
  }
}
