/// `bergson runs tag`, `untag`, `note` and `rename`: what people say about runs.
import ArgumentParser
import Catalog

struct RunsTag: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Give a run tags, by which it is found.")

  @OptionGroup var target: RunArgument

  @Argument(help: ArgumentHelp("Words without blanks and commas.", valueName: "TAG"))
  var tags: [String]

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    try catalog.tag(target.record(in: catalog).id, with: tags)
  }
}

struct RunsUntag: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "untag", abstract: "Take tags from a run.")

  @OptionGroup var target: RunArgument

  @Argument(help: ArgumentHelp("Tags of the run.", valueName: "TAG"))
  var tags: [String]

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    try catalog.untag(target.record(in: catalog).id, from: tags)
  }
}

struct RunsNote: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Write down what is to be said about a run; an empty text takes it away.")

  @OptionGroup var target: RunArgument

  @Argument(help: ArgumentHelp("The note, instead of the one there was.", valueName: "TEXT"))
  var text: String

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    try catalog.setNote(text, of: target.record(in: catalog).id)
  }
}

struct RunsRename: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Give a run another name; an empty one takes it away.")

  @OptionGroup var target: RunArgument

  @Argument(help: ArgumentHelp("The new name, which no other run has.", valueName: "NAME"))
  var name: String

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let catalog = try global.existingCatalog()
    try catalog.rename(target.record(in: catalog).id, to: name.isEmpty ? nil : name)
  }
}
