/// `bergson runs lineage`: what a run was made from, and what was made from it.
import ArgumentParser
import Catalog

struct RunsLineage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lineage", abstract: "Show which runs a run was made from, and which were made from it.")

  @OptionGroup var target: RunArgument

  @Flag(name: .customLong("dot"), help: "Print a graph for Graphviz' `dot`.")
  var dot = false

  @Flag(name: .customLong("json"), help: "Print a JSON object.")
  var json = false

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func validate() throws {
    if dot, json { throw ValidationError("--dot and --json exclude each other") }
  }

  func run() throws {
    let catalog = try global.existingCatalog()
    let console = Console(verbosity: global.verbosity)
    let lineage = try catalog.lineage(of: target.record(in: catalog).id)
    if json { return try console.result(JSONText.of(lineage)) }
    for line in dot ? lineage.dotLines : lineage.treeLines { try console.result(line) }
  }
}

extension RunLineage {
  /// The run, beneath it what it was made from, and then what was made from it.
  var treeLines: [String] {
    [title(of: root)] + branches(of: root, .above, indent: "  ", path: [root])
      + branches(of: root, .below, indent: "  ", path: [root])
  }

  private enum Direction { case above, below }

  private func branches(of runID: String, _ direction: Direction, indent: String, path: Set<String>) -> [String] {
    let edges = direction == .above ? producers(of: runID) : consumers(of: runID)
    return edges.flatMap { edge in
      let other = direction == .above ? edge.producer : edge.consumer
      let line = "\(indent)\(direction == .above ? "made from" : "used by") \(title(of: other)): \(edge.kind)"
      // Two runs over one directory may each have used what the other made.
      guard !path.contains(other) else { return [line + " (see above)"] }
      return [line] + branches(of: other, direction, indent: indent + "  ", path: path.union([other]))
    }
  }

  var dotLines: [String] {
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ") + "\""
    }
    let nodes = runs.keys.sorted().map { "  \(quoted($0)) [label=\(quoted(title(of: $0)))];" }
    let arrows = edges.map { "  \(quoted($0.producer)) -> \(quoted($0.consumer)) [label=\(quoted($0.kind))];" }
    return ["digraph runs {"] + nodes + arrows + ["}"]
  }

  private func title(of runID: String) -> String {
    guard let run = runs[runID] else { return runID }
    return [run.id, run.command, run.name ?? run.path].compactMap(\.self).joined(separator: " ")
  }
}
