/// A run with the scores that it made, opened again for a report.
import Catalog
import Engine
import Foundation

struct ScoredRun {
  let details: RunDetails
  let publication: Publication
  let scores: DocumentScores

  /// Why there are no scores to look at.
  enum Absence: Error, CustomStringConvertible {
    case noScores
    case gone(path: String)
    case unreadable(String)

    var description: String {
      switch self {
      case .noScores: "the run has made no scores"
      case .gone(let path): "its scores are no longer at '\(path)'"
      case .unreadable(let reason): "its scores cannot be read: \(reason)"
      }
    }
  }

  /// - Throws: `Absence`.
  init(_ details: RunDetails, _ publication: Publication) throws(Absence) {
    guard let directory = Self.place(of: details) else { throw .noScores }
    guard FileManager.default.fileExists(atPath: directory.appending(path: "info.json").path) else {
      throw .gone(path: directory.path)
    }
    do {
      scores = try DocumentScores(directory)
    } catch {
      throw .unreadable("\(error)")
    }
    self.details = details
    self.publication = publication
  }

  /// The directory of the scores that the run made, if they have not been replaced.
  static func place(of details: RunDetails) -> URL? {
    details.produced.first { $0.kind == "scores" && $0.replacedAt == nil }
      .map { URL(filePath: $0.path).deletingLastPathComponent() }
  }

  static func dataDigest(of details: RunDetails) -> String? {
    details.datasets.first { $0.role == .data }?.digest
  }

  /// What tells queries apart; nil where the columns are not single queries.
  var queryNames: [String]? {
    let queries = publication.queries
    guard queries.count == scores.queryCount else { return nil }
    // The same text may be there twice, in two rows.
    return queries.map { "\($0.row) \($0.text)" }
  }

  /// Whether rows of the data, as published, are places among the scores: not where only a part of the data was scored.
  /// What was published tells, since it has scores of both.
  func rowsArePlaces(_ query: Int, _ column: [Float]) -> Bool {
    let hits = publication.hits.filter { $0.queryPosition == query }
    return scores.candidates == nil && !hits.isEmpty
      && hits.allSatisfy { $0.row < column.count && Double(column[$0.row]) == $0.score }
  }
}
