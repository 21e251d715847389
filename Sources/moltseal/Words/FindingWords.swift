/// The message and the hint of a finding.

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
      "annotate the template with argocd.argoproj.io/sync-wave: \"\(wave)\""
    case .applyBefore(nil):
      "with ArgoCD, annotate the template with argocd.argoproj.io/sync-wave: \"-1\"; with Flux or kubectl, restart the pods when the new values are there: moltseal rotate --env ENVIRONMENT --restart CREDENTIAL"
    case .buildWithCharts: "check the output of kubectl kustomize --enable-helm before the sync"
    }
  }
}
