/// Explores what the planner allows, or prints paths for real systems to follow.
///
///     phase-model explore SUBJECT STEPS [WITHOUT-GATE]
///     phase-model paths SUBJECT COUNT ROTATIONS SEED
///     phase-model live keys|copies|published|roles SEQUENCES EVENTS SEED [WEAKNESS]

import Glibc
import Planning

let arguments = CommandLine.arguments.dropFirst().map { $0 }
let isLive = arguments.first == "live"
guard arguments.count >= 3, let number = Int(arguments[2]),
  let subject = isLive ? .keys : Subject(rawValue: arguments[1])
else {
  print("usage: phase-model explore|paths keys|roles|both|pairs|single …")
  exit(64)
}
switch arguments[0] {
case "explore":
  let secondRevert = "secondRevert"
  let without = arguments.count > 3 ? arguments[3] : nil
  let gate = without.flatMap { Gate(rawValue: $0) }
  if let without, gate == nil, without != secondRevert {
    print(
      "no such gate; there are: \((Gate.allCases.map(\.rawValue) + [secondRevert]).joined(separator: " "))"
    )
    exit(64)
  }
  let (found, situations) = try Exploration(
    subject, without: gate, gatesReverts: without != secondRevert, steps: number
  ).explore()
  if let found {
    print("refused after \(found.path.count) events: \(found.refusal)")
    for event in found.path { print("  \(event.words)") }
    exit(1)
  }
  print("nobody is refused in \(situations) situations")
case "paths":
  guard arguments.count > 4, let rotations = Int(arguments[3]), let seed = UInt64(arguments[4])
  else { exit(64) }
  var walks = try Walks(subject, rotations: rotations, seed: seed)
  try walks.print(number)
case "live":
  guard arguments.count > 4, let events = Int(arguments[3]), let seed = UInt64(arguments[4]) else {
    exit(64)
  }
  guard let world = World(rawValue: arguments[1]) else { exit(64) }
  let weakness = arguments.count > 5 ? Simulation.Weakness(rawValue: arguments[5]) : nil
  var failed = 0
  for sequence in 0..<number {
    let own = seed &+ UInt64(sequence) &* 7919
    var failure: (reason: String, trace: [String])?
    if world == .roles {
      var simulation = try PairSimulation(seed: own, weakness)
      failure = try simulation.run(events: events)
    } else {
      var simulation = try Simulation(seed: own, world, weakness)
      failure = try simulation.run(events: events)
    }
    guard let failure else { continue }
    failed += 1
    if failed == 1 {
      print("sequence \(sequence): \(failure.reason)")
      for event in failure.trace { print("  \(event)") }
    }
  }
  print("\(failed) of \(number) sequences failed")
  exit(failed == 0 ? 0 : 1)
default: exit(64)
}
