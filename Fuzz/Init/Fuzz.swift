/// `init`: for any Secrets, what is drafted can be read again, or is left out.

import Cryptography
import Discovery
import Secrets
import Workspace
import YAML

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInit(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  guard let stream = try? SecretStream(SecretBytes(copying: input), lists: .unpacked) else {
    return 0
  }
  var survey = SecretSurvey()
  for secret in stream.secrets { survey.note(secret) }
  let secrets = stream.secrets.map { survey.look(at: $0) }
  let target = SurveyedTarget(
    place: SurveyedTarget.Place(name: "all", path: "k.yaml", output: "secrets"),
    naming: SurveyedTarget.Naming(prefix: "", suffix: "", generated: secrets.map(\.name)),
    namespace: SurveyedTarget.Namespace(own: nil), build: SurveyedTarget.Build(secrets: secrets))
  let draft = WorkspaceDraft(
    [target],
    WorkspaceDraft.Settings(environment: "prod", templates: "templates", start: .deployed),
    withoutHash: { _ in nil })
  let workspace: Workspace
  do { workspace = try Workspace(try SourceText(draft.text)) } catch {
    // If nothing can be sealed, init says so and drafts nothing.
    if draft.templates.isEmpty { return 0 }
    preconditionFailure("the drafted workspace cannot be read: \(error)")
  }
  for template in draft.templates {
    guard let source = try? SourceText(template.bytes) else {
      preconditionFailure("a drafted template is no text")
    }
    do {
      _ = try Template(path: template.path, source, credentials: workspace.groups)
    } catch { preconditionFailure("a drafted template cannot be read: \(error)") }
  }
  return 0
}
