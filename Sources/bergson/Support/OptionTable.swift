/// The options of a command as ArgumentParser knows them, taken from its own machine-readable help, so that there is
/// one list of them: the declarations in `Options/` and `Commands/`.
import ArgumentParser
import Foundation

struct OptionTable {
  enum Kind: Equatable { case flag(inverse: String?), value, list }

  struct Entry: Equatable {
    /// Long names without dashes; the first is the one to show.
    let names: [String]
    let kind: Kind

    func answers(to name: String) -> Bool {
      names.contains { $0 == name || $0.hasSuffix("." + name) }
    }

    /// The name that tells the option from others of the same last part.
    var qualifiedName: String { names.first { $0.contains(".") } ?? names[0] }
  }

  let entries: [Entry]

  init(of command: any ParsableCommand.Type) {
    let decoder = JSONDecoder()
    guard let help = try? decoder.decode(Help.self, from: Data(command._dumpHelp().utf8)) else {
      preconditionFailure("the help that ArgumentParser dumps has changed its form")
    }
    let named = (help.command.arguments ?? []).filter { $0.kind != "positional" }
    let longNames = named.map { argument in (argument.names ?? []).filter { $0.kind == "long" }.map(\.name) }
    let inverses = Dictionary(
      longNames.flatMap(\.self).filter { $0.hasPrefix("no-") || $0.hasPrefix("no_") }.map {
        (String($0.dropFirst(3)), $0)
      },
      uniquingKeysWith: { first, _ in first })
    entries = zip(named, longNames).compactMap { argument, names in
      guard let first = names.first, !inverses.values.contains(first) else { return nil }
      switch argument.kind {
      case "flag": return Entry(names: names, kind: .flag(inverse: inverses[first]))
      default: return Entry(names: names, kind: argument.parsingStrategy == "upToNextOption" ? .list : .value)
      }
    }
  }

  /// The part of the dump that is needed here.
  private struct Help: Decodable {
    struct Command: Decodable { let arguments: [Argument]? }
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let kind: String
      let names: [Name]?
      let parsingStrategy: String
    }
    let command: Command
  }
}
