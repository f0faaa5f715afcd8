/// Writing `config.yaml`: the steps of a run, fully resolved, in the form of the newest Python release, so that
/// `bergson FILE.yaml` runs them again and people find what they know.
import Foundation

extension RunConfiguration {
  /// The name of the file in a run directory.
  static let fileName = "config.yaml"

  /// - Parameters:
  ///   - version: Of this tool, for `metadata.bergson_version`.
  ///   - created: Start of the run; written in UTC to the second.
  static func text(of steps: [RunStep], version: String, created: Date) throws -> String {
    let list = steps.map { step in
      YAMLValue.mapping([
        (step.command.rawValue, .mapping(step.command.sections.map { ($0.rawValue, step.write($0)) }))
      ])
    }
    return try YAMLValue.mapping([
      ("steps", YAMLValue(.list(list))),
      (
        "metadata",
        .mapping([
          ("bergson_version", YAMLValue(.string(version))),
          ("created", YAMLValue(.string(timestamp(created)))),
        ])
      ),
    ]).text()
  }

  /// `2026-11-23T16:18:51+00:00`, as the Python tool writes it.
  private static func timestamp(_ date: Date) -> String {
    date.formatted(.iso8601.timeZoneSeparator(.colon)).replacing("Z", with: "+00:00")
  }
}
