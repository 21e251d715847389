/// A generator that is a program or a separate file makes objects that are not read here.

internal import Manifests
internal import Text

func generatorPlugin(_ context: KustomizationContext) -> [Finding] {
  context.files.plugins.filter { _, object in
    !object.kind.ends(with: "Transformer") && object.kind != "ConfigMapGenerator"
      && context.targets(named: object.name).isEmpty
      && !context.keepGenerators.includes(object.name)
  }.map { path, object in
    context.finding(
      "generator-plugin", .warning,
      "the \(object.kind) '\(object.name)' under generators stays, and what it makes is not checked",
      hint:
        "if it makes a Secret, add a template and remove the generator; otherwise list it under keepGenerators",
      at: Finding.Place(path, object.location))
  }
}
