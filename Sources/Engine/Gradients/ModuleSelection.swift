import Foundation

/// Which of a model's modules are attributed: all, only named ones (`--modules`), or all but those that match a glob
/// (`--filter_modules`).
package struct ModuleSelection: Sendable {
  package var only: [String]
  package var excluded: [String]

  package init(only: [String] = [], excluded: [String] = []) {
    self.only = only
    self.excluded = excluded
  }

  package init(_ configuration: IndexConfig) {
    self.init(
      only: configuration.modules,
      excluded: (configuration.filterModules ?? "").split(separator: ",").map {
        $0.trimmingCharacters(in: .whitespaces)
      }.filter { !$0.isEmpty })
  }

  /// Indices of the selected modules, in module order.
  package func indices(in modules: [ModuleDescription]) throws -> [Int] {
    let names = Set(modules.map(\.name))
    if let unknown = only.first(where: { !names.contains($0) }) {
      throw ModuleSelectionError.unknownModule(unknown, known: modules.map(\.name))
    }
    let selected = modules.indices.filter { index in
      let name = modules[index].name
      return (only.isEmpty || only.contains(name)) && !excluded.contains { Self.matches(name, $0) }
    }
    guard !selected.isEmpty else { throw ModuleSelectionError.nothingLeft(filters: excluded) }
    return selected
  }

  /// Whether `--filter_modules` leaves out the module of a block, which may be one of the module's heads.
  package func excludes(block name: String) -> Bool {
    var module = name[...]
    if let head = name.range(of: ".head_", options: .backwards), Int(name[head.upperBound...]) != nil {
      module = name[..<head.lowerBound]
    }
    return excluded.contains { Self.matches(String(module), $0) }
  }

  /// Shell-style patterns over the whole name, in which `*` crosses dots, as in Python's `fnmatch`.
  static func matches(_ name: String, _ pattern: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}

package enum ModuleSelectionError: Error, Equatable, CustomStringConvertible {
  case unknownModule(String, known: [String])
  case nothingLeft(filters: [String])

  package var description: String {
    switch self {
    case .unknownModule(let name, let known):
      "the model has no module '\(name)'; it has " + known.prefix(8).joined(separator: ", ")
        + (known.count > 8 ? ", ... (\(known.count) in all)" : "")
    case .nothingLeft(let filters):
      "no module is left to attribute: --filter_modules '\(filters.joined(separator: ", "))' matches all of them"
    }
  }
}
