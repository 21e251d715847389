/// Images whose tag can move: a rotation restarts the pods, which pull whatever the tag means then.

internal import Manifests
internal import Text

/// Checks the image as it is built, because an overlay's `images` may pin what a base leaves open.
package func imageMoves(_ context: BuildContext) -> [Finding] {
  let names = Set(context.targets.map { Name($0.builtName) })
  return context.build.objects.compactMap { object in
    guard let workload = Workload(object.root), workload.canRoll, !workload.movingImages.isEmpty,
      object.references.contains(where: { names.contains(Name($0.secret)) })
    else { return nil }
    let images = workload.movingImages.joined(separator: ", ")
    return context.finding(
      "image-moves", .warning,
      "\(object.identity.words) pulls \(images) at every start, so each rotation would also be a release",
      hint: "use a tag that does not change, or a digest")
  }
}
