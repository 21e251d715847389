/// The values of an adoption between the look at the cluster and the sealing.

internal import Reporting
internal import Secrets

/// Values with one owner, who gives them back when they are sealed: nobody else keeps them until
/// the files are written.
final class HeldValues {
  private(set) var values: AdoptedValues

  init(_ values: AdoptedValues) { self.values = values }

  /// Wipes them.
  func release() { values = AdoptedValues() }
}

extension AdoptedValues.Fault {
  var diagnostic: Diagnostic {
    switch self {
    case .noMatch(let place):
      Diagnostic(
        "'\(place.words)' has a value that its template cannot produce, whatever the credentials are",
        hint: "correct the text around the placeholders in the template")
    case .differs(let name, let places):
      Diagnostic(
        "'\(name)' is not one value: \(places.map(\.words).joined(separator: ", ")) differ",
        hint: "give each its own credential in the templates, or make the values equal first")
    }
  }
}
