/// The conversation of `query`: a text in, the documents that pull towards it and away from it out.
import ArgumentParser
import Engine
import Foundation
import Reports

extension Query {
  /// Characters of a document that are printed, as in the Python tool.
  private static let shownCharacters = 2000
  /// Tokens of a document that are printed with what they contribute.
  private static let shownTokens = 5

  func run() throws {
    _ = try RunSession(step: makeConfiguration(), global: global).run { work in
      let made = try RunSource.step(of: work.step.query.index)
      let session = try QuerySession(
        work.step.query, collection: made.index, stored: made.preprocess,
        repositories: work.context.repositories)
      let recorder = try work.step.query.record.isEmpty ? nil : QueryRecorder(path: work.step.query.record)
      var answers: [QuerySession.Answer] = []
      let console = Console(verbosity: global.verbosity)
      try forEachText { text in
        try SignalTrap.check()
        do {
          let answer = try session.ask(text)
          answers.append(answer)
          try json ? console.result(answer.json) : show(answer, console)
          try recorder?.record(answer)
        } catch let error as QueryError where source == .interactive {
          // A text that cannot be asked ends a script, not a conversation.
          console.warning("\(error)")
        }
      }
      return try session.outcome(of: answers)
    }
  }

  private func forEachText(_ body: (String) throws -> Void) throws {
    switch source {
    case .texts(let texts): for text in texts { try body(text) }
    case .file(let path):
      for line in try Self.lines(of: path) where !line.allSatisfy(\.isWhitespace) { try body(line) }
    case .interactive:
      let isTerminal = isatty(STDIN_FILENO) == 1
      while true {
        if isTerminal { Console.tell("Enter your query: ") }
        guard let line = readLine() else {
          try SignalTrap.check()
          return
        }
        if line.lowercased() == "exit" { return }
        if !line.allSatisfy(\.isWhitespace) { try body(line) }
      }
    }
  }

  private static func lines(of path: String) throws -> [String] {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FileError(action: "open", path: path, code: errno)
    }
    let bytes = try handle.readToEnd() ?? Data()
    // By bytes: to Swift, "\r\n" is one character.
    return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated().map {
      guard let line = String(validating: $1, as: UTF8.self) else {
        throw DataError.notUTF8(file: path, line: $0 + 1)
      }
      return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }
  }

  /// The tokens that weigh most, in their order in the document.
  private static func strongest(_ tokens: [QuerySession.TokenScore]) -> String {
    tokens.enumerated().sorted { abs($0.element.score) > abs($1.element.score) }.prefix(shownTokens)
      .sorted { $0.offset < $1.offset }
      .map { "\($0.element.token.debugDescription) \(Format.score(Double($0.element.score)))" }
      .joined(separator: ", ")
  }

  private func show(_ answer: QuerySession.Answer, _ console: Console) throws {
    for (direction, hits) in [("Top", answer.top), ("Bottom", answer.bottom)] {
      try console.result("\n\(direction) \(hits.count) results for '\(answer.query)':")
      for (rank, hit) in hits.enumerated() {
        try console.result(String(hit.text.prefix(Self.shownCharacters)))
        if hit.text.count > Self.shownCharacters { try console.result(". . .") }
        try console.result("\(rank + 1): (score: \(Format.score(Double(hit.score))), row \(hit.row))")
        if let tokens = hit.tokens { try console.result("   " + Self.strongest(tokens)) }
      }
    }
  }
}

extension QuerySession.Answer {
  private struct Output: Encodable {
    struct Hit: Encodable {
      let row: Int
      let score: Float
      let text: String
      let tokens: [Token]?
    }

    struct Token: Encodable {
      let token: String
      let score: Float
    }

    let query: String
    let loss: Double
    let top: [Hit]
    let bottom: [Hit]
  }

  /// One line of JSON.
  fileprivate var json: String {
    get throws {
      func output(_ hits: [QuerySession.Hit]) -> [Output.Hit] {
        hits.map { hit in
          let tokens = hit.tokens?.map { Output.Token(token: $0.token, score: $0.score) }
          return Output.Hit(row: hit.row, score: hit.score, text: hit.text, tokens: tokens)
        }
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let data = try encoder.encode(Output(query: query, loss: loss, top: output(top), bottom: output(bottom)))
      return String(decoding: data, as: UTF8.self)
    }
  }
}

/// Appends answers to a CSV file with the Python tool's columns; each answer is on disk before the next question.
private final class QueryRecorder {
  private let handle: FileHandle
  private let path: String

  init(path: String) throws {
    self.path = path
    let manager = FileManager.default
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    if !manager.fileExists(atPath: path), !manager.createFile(atPath: path, contents: nil) {
      throw FileError("create", URL(fileURLWithPath: path))
    }
    guard let handle = FileHandle(forUpdatingAtPath: path) else {
      throw FileError("open", URL(fileURLWithPath: path))
    }
    self.handle = handle
    if try handle.seekToEnd() == 0 {
      try write([["query", "direction", "result", "result_index", "score"]])
    }
  }

  func record(_ answer: QuerySession.Answer) throws {
    func rows(_ direction: String, _ hits: [QuerySession.Hit]) -> [[String]] {
      hits.map { [answer.query, direction, $0.text, String($0.row), String(Double($0.score))] }
    }
    let lines = rows("Top", answer.top) + rows("Bottom", answer.bottom)
    if !lines.isEmpty { try write(lines) }
  }

  private func write(_ rows: [[String]]) throws {
    try handle.write(contentsOf: Data((CSVText.of(rows) + "\r\n").utf8))
  }
}
