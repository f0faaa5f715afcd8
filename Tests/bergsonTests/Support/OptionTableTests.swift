/// The flags, the YAML keys and the coding keys of the Engine's settings are the same set.
import ArgumentParser
import Testing

@testable import Engine
@testable import bergson

@Suite struct OptionTableTests {
  /// The options of a command and of its subcommands, which set the same section.
  private func entries(of command: any ParsableCommand.Type) -> [OptionTable.Entry] {
    let subcommands = command.configuration.subcommands
    return subcommands.isEmpty ? OptionTable(of: command).entries : subcommands.flatMap(entries)
  }

  /// Of `evaluate`: the word behind it, and its argument.
  private let unflagged: Set = ["measure", "scores"]

  @Test func everySettingHasItsFlag() {
    for command in Bergson.configuration.subcommands {
      guard let step = command.configuration.commandName.flatMap(RunStep.Command.init) else { continue }
      let names = Set(entries(of: command).flatMap(\.names))
      for section in step.sections {
        for key in step.keys(of: section) where step != .evaluate || !unflagged.contains(key) {
          #expect(names.contains(String(section.flag(for: key).dropFirst(2))), "\(step) has no flag for \(key)")
        }
      }
    }
  }

  @Test func everyFlagOfAnOptionGroupIsASetting() {
    let others: Set = ["catalog", "quiet", "verbose", "run_name", "reuse", "text", "file", "json", "version", "help"]
    for command in Bergson.configuration.subcommands {
      guard let step = command.configuration.commandName.flatMap(RunStep.Command.init) else { continue }
      let flags = Set(step.sections.flatMap { section in step.keys(of: section).map { section.flag(for: $0) } })
      for entry in entries(of: command) where !others.contains(entry.names[0]) {
        #expect(flags.contains("--" + entry.names[0]), "\(step) has a flag --\(entry.names[0]) that sets nothing")
      }
    }
  }

  @Test func switchesKnowTheirInverse() throws {
    let entries = OptionTable(of: Build.self).entries
    let truncation = try #require(entries.first { $0.names == ["data.truncation"] })
    let dropColumns = try #require(entries.first { $0.names == ["drop_columns"] })
    #expect(truncation.kind == .flag(inverse: "no-data.truncation"))
    #expect(dropColumns.kind == .flag(inverse: "no_drop_columns"))
    #expect(entries.first { $0.names[0] == "quiet" }?.kind == .flag(inverse: nil))
    #expect(entries.first { $0.names[0] == "modules" }?.kind == .list)
    #expect(entries.first { $0.names[0] == "projection_dim" }?.kind == .value)
  }

  @Test func tablesListExactlyTheCodingKeysOfTheEngine() {
    #expect(SettingTables.data.settings.map(\.key) == DataConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.index.settings.map(\.key) == IndexConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.inversion.settings.map(\.key) == InversionConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(
      SettingTables.preprocess.settings.map { $0.alias ?? $0.key }
        == PreprocessConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.candidates.settings.map(\.key) == CandidatesConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.score.settings.map(\.key) == ScoreConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.trackstar.settings.map(\.key) == TrackstarConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(
      SettingTables.hessianPipeline.settings.map(\.key) == HessianPipelineConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.evaluation.settings.map(\.key) == EvaluationConfig.CodingKeys.allCases.map(\.rawValue))
    #expect(SettingTables.query.settings.map { $0.alias ?? $0.key } == QueryConfig.CodingKeys.allCases.map(\.rawValue))
  }
}
