/// Which fields of a Secret identify it, and which are its values.

internal import Kubernetes
package import YAML

package enum SecretFields {
  /// How much below a key of a Secret is withheld: everything except what identifies the Secret.
  package static func level(of key: String, below level: Withholding.Level) -> Withholding.Level {
    switch (level, key) {
    case (.hidden, _), (.open, "data"), (.open, "stringData"): .hidden
    case (.open, "apiVersion"), (.open, "kind"), (.open, "type"), (.open, "immutable"),
      (.open, "metadata"):
      .shown
    case (.open, _): .open
    // Some tools keep the whole object, including its values, in an annotation.
    case (.shown, _): ToolAnnotations.holdsCopy(key) ? .hidden : .shown
    }
  }
}
