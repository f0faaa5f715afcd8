/// The work of `tokenize`: a text or a conversation in, a line of JSON out.
import ArgumentParser
import Engine
import Foundation
import Hub

extension Tokenize {
  func run() throws {
    let tokenizer = try Tokenizer(
      contentsOf: HubRepositories.using { try ModelPlace.tokenizer(model, revision: revision, $0) })
    var line: [UInt8] = []
    func show(_ text: String) throws {
      line.removeAll(keepingCapacity: true)
      try tokenizer.spell(text).appendJSON(to: &line)
      try Console(verbosity: .normal).result(String(decoding: line, as: UTF8.self))
    }
    if let conversation {
      try showConversations(of: conversation, tokenizer)
      return
    }
    if !texts.isEmpty {
      for text in texts { try show(text) }
      return
    }
    let lines = try TextLines(path: file)
    while let line = try lines.next() {
      try SignalTrap.check()
      try show(json ? lines.string(ofJSON: line) : line)
    }
  }

  private func showConversations(of file: String, _ tokenizer: Tokenizer) throws {
    guard let template = tokenizer.chatTemplate else { throw TokenizeError.noChatTemplate(model: model) }
    let lines = try TextLines(path: file)
    while let line = try lines.next() {
      try SignalTrap.check()
      let messages = try lines.messages(ofJSON: line)
      let text: String
      do {
        text = try template.render(messages: messages, addGenerationPrompt: addGenerationPrompt)
      } catch {
        throw TokenizeError.conversation(file: file, line: lines.number, reason: "\(error)")
      }
      var output: [UInt8] = []
      // The template has written what begins and ends a text.
      try tokenizer.spell(text, addSpecialTokens: false).appendJSON(to: &output, text: text)
      try Console(verbosity: .normal).result(String(decoding: output, as: UTF8.self))
    }
  }
}

/// Lines of a file or of standard input, one at a time.
private final class TextLines {
  private let handle: FileHandle
  private let name: String
  private var buffer: [UInt8] = []
  private var position = 0
  private(set) var number = 0
  private var isAtEnd = false

  /// - Parameter path: of the file; nil for standard input.
  init(path: String?) throws {
    name = path ?? "standard input"
    guard let path else {
      handle = .standardInput
      return
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FileError(action: "open", path: path, code: errno)
    }
    self.handle = handle
  }

  /// The next line without its line break, or nil at the end.
  func next() throws -> String? {
    var searched = position
    while true {
      if let feed = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { position = feed + 1 }
        return try string(position..<feed)
      }
      if isAtEnd {
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return try string(position..<buffer.count)
      }
      buffer.removeFirst(position)
      position = 0
      searched = buffer.count
      let read = try handle.read(upToCount: 1 << 20) ?? Data()
      isAtEnd = read.isEmpty
      buffer.append(contentsOf: read)
    }
  }

  private func string(_ range: Range<Int>) throws -> String {
    number += 1
    var bytes = buffer[range]
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard let string = String(validating: bytes, as: UTF8.self) else {
      throw DataError.notUTF8(file: name, line: number)
    }
    return string
  }

  /// The string that the last line spells in JSON.
  func string(ofJSON line: String) throws -> String {
    do {
      return try JSONDecoder().decode(String.self, from: Data(line.utf8))
    } catch {
      throw TokenizeError.notAJSONString(file: name, line: number)
    }
  }
}

extension TextLines {
  /// The messages that the last line lists, alone or as `messages` of an object.
  fileprivate func messages(ofJSON line: String) throws -> [JSONValue] {
    let value: JSONValue
    do {
      var line = line
      value = try line.withUTF8 { try JSONParser.parse(UnsafeRawBufferPointer($0)) }
    } catch {
      throw TokenizeError.conversation(file: name, line: number, reason: "it is not JSON: \(error)")
    }
    guard let messages = value.array ?? value["messages"]?.array else {
      throw TokenizeError.conversation(
        file: name, line: number,
        reason: "it is \(value.kind), expected a list of messages or an object with 'messages'")
    }
    return messages
  }
}

enum TokenizeError: Error, Equatable, CustomStringConvertible {
  case notAJSONString(file: String, line: Int)
  case noChatTemplate(model: String)
  case conversation(file: String, line: Int, reason: String)

  var description: String {
    switch self {
    case .notAJSONString(let file, let line):
      "\(file):\(line): the line is not a JSON string, as --json expects; put the text in quotes or leave --json out"
    case .noChatTemplate(let model):
      "the tokenizer of '\(model)' has no chat template; put one into chat_template.jinja beside it"
    case .conversation(let file, let line, let reason): "\(file):\(line): \(reason)"
    }
  }
}

extension SpelledEncoding {
  /// Written by hand, since `JSONEncoder` takes several times as long as making the tokens.
  ///
  /// - Parameter text: to be shown as well.
  fileprivate func appendJSON(to line: inout [UInt8], text: String? = nil) {
    func append(_ text: StaticString) {
      text.withUTF8Buffer { line.append(contentsOf: $0) }
    }
    func appendList<Element>(_ list: [Element], _ body: (Element) -> Void) {
      append("[")
      for (index, element) in list.enumerated() {
        if index > 0 { append(",") }
        body(element)
      }
      append("]")
    }
    func appendNumber(_ number: Int) { line.append(contentsOf: String(number).utf8) }
    func appendString(_ string: String) {
      append("\"")
      for byte in string.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): line.append(contentsOf: [UInt8(ascii: "\\"), byte])
        case 0..<0x20: line.append(contentsOf: "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8)
        default: line.append(byte)
        }
      }
      append("\"")
    }
    append("{")
    if let text {
      append("\"text\":")
      appendString(text)
      append(",")
    }
    append("\"ids\":")
    appendList(encoding.ids) { appendNumber(Int($0)) }
    append(",\"tokens\":")
    appendList(tokens) { token in
      if let token { appendString(token) } else { append("null") }
    }
    append(",\"offsets\":")
    appendList(encoding.offsets) { range in
      append("[")
      appendNumber(range.lowerBound)
      append(",")
      appendNumber(range.upperBound)
      append("]")
    }
    append("}")
  }
}
