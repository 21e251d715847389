/// Images that may be others at each start: a rotation starts every pod anew, and with it whatever the tag
/// means by then.

internal import Manifests
internal import Text

/// The image is the one that is built: an overlay's `images` may have fixed what a base leaves open.
package func imageMoves(_ context: BuildContext) -> [Finding] {
  let names = Set(context.targets.map { ByBytes($0.builtName) })
  return context.build.objects.compactMap { object in
    guard let workload = Workload(object.root), workload.canRoll, !workload.movingImages.isEmpty,
      object.references.contains(where: { names.contains(ByBytes($0.secret)) })
    else { return nil }
    let images = workload.movingImages.joined(separator: ", ")
    return context.finding(
      "image-moves", .warning,
      "\(object.identity.words) fetches \(images) at every start: each rotation would be a release",
      hint: "name a tag that does not move, or a digest")
  }
}
