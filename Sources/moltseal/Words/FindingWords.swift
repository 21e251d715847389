/// What a person reads of a finding.

internal import Preflight
internal import YAML

extension Finding {
  var diagnostic: Diagnostic {
    Diagnostic("\(message) [\(code)]", hint: hint, file: file, location: location)
  }

  /// What to do about it.
  var hint: String {
    switch remedy {
    case .words(let words): words
    case .applyBefore(let wave?):
      "give the template argocd.argoproj.io/sync-wave: \"\(wave)\""
    case .applyBefore(nil):
      "with ArgoCD, give the template argocd.argoproj.io/sync-wave: \"-1\"; with Flux or kubectl, start the pods again once the values are there: moltseal rotate --env ENVIRONMENT --restart CREDENTIAL"
    case .buildWithCharts: "look at kubectl kustomize --enable-helm before the sync"
    }
  }
}
