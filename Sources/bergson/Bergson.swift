import ArgumentParser

@main
struct Bergson: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "bergson", abstract: "Training-data attribution.")
}
