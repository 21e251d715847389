/// The message and the hint of a finding.

package import Rules
internal import Processes
package import Reporting

extension Finding {
  /// The finding as a message that ends with its code, and its hint.
  package var diagnostic: Diagnostic {
    Diagnostic("\(message) [\(code)]", hint: hint, file: file, location: location)
  }

  /// What to do about the finding.
  package var hint: String {
    switch remedy {
    case .words(let words): words
    case .applyBefore(let wave?):
      "annotate the template with argocd.argoproj.io/sync-wave: \"\(wave)\""
    case .applyBefore(nil):
      "with ArgoCD, annotate the template with argocd.argoproj.io/sync-wave: \"-1\"; with Flux or kubectl, restart the pods when the new values are there: moltseal rotate \(CLI.env) ENVIRONMENT \(CLI.restart) CREDENTIAL"
    case .buildWithCharts:
      "check the output of \(KustomizeBuilder.commandWithCharts) before the sync"
    }
  }
}

extension CommandError {
  /// Every finding, with its hint.
  package init(_ findings: [Finding], consequence: String? = nothingWritten) {
    self.init(findings.map(\.diagnostic), consequence: consequence)
  }
}
