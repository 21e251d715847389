/// The options of the command line that messages name, spelled once.

/// An option, as a message writes it: `\(CLI.live)` is `--live`.
///
/// A library names the option; only this table and the shell's own declarations spell one.
package enum CLI: String, CustomStringConvertible {
  case abort
  case all
  case allowDirty = "allow-dirty"
  case allowEmptyData = "allow-empty-data"
  case allowRemote = "allow-remote"
  case assumeLive = "assume-live"
  case base
  case cert
  case certificate
  case compromised
  case controllerName = "controller-name"
  case controllerNamespace = "controller-namespace"
  case dryRun = "dry-run"
  case env
  case evidence
  case format
  case from
  case gate
  case key
  case live
  case name
  case namespace
  case noBuildCheck = "no-build-check"
  case online
  case only
  case output
  case overlay
  case privateKey = "private-key"
  case raw
  case reEncrypt = "re-encrypt"
  case restart
  case scope
  case supply
  case target
  case toName = "to-name"
  case toNamespace = "to-namespace"
  case verbose
  case watch

  /// The option with its dashes.
  package var description: String { "--" + rawValue }
}
