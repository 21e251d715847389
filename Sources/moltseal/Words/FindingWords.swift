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
    case .buildWithCharts: "look at kubectl kustomize --enable-helm before the sync"
    }
  }
}
