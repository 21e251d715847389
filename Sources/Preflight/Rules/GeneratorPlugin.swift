/// A generator that is a program or a file of its own makes what nobody can see here.

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
      "the \(object.kind) '\(object.name)' under generators stays, and what it makes is not looked at",
      hint:
        "if it makes a Secret, give that a template and take it out; else list it under keepGenerators",
      at: object.location, in: path)
  }
}
