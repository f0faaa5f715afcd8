/// A YAML document as plain values that remember their lines: the only file that knows the YAML library.
///
/// Scalars are typed by YAML 1.1, as the Python tool's library types them: an unquoted `no` is a boolean, `010` is
/// eight, `~` and nothing at all are null, and quotes make anything a string.
import Foundation
import Yams

struct YAMLValue: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([YAMLValue])
    case mapping([Entry])
    /// A scalar that is none of the above: a timestamp, an integer beyond 64 bits, an explicit tag.
    case other(text: String, tag: String)
  }

  struct Entry: Equatable, Sendable {
    let key: String
    let value: YAMLValue
    /// Line of the key, from 1; 0 for values that were not read from a file.
    let line: Int
  }

  let kind: Kind
  /// Line in the file, from 1; 0 for values that were not read from a file.
  let line: Int

  init(_ kind: Kind, line: Int = 0) {
    self.kind = kind
    self.line = line
  }

  /// A mapping for writing.
  static func mapping(_ entries: [(String, YAMLValue)]) -> YAMLValue {
    YAMLValue(.mapping(entries.map { Entry(key: $0.0, value: $0.1, line: 0) }))
  }

  /// The value and its type in words, for messages.
  var description: String {
    switch kind {
    case .null: "null"
    case .bool(let value): "the boolean \(value)"
    case .int(let value): "the integer \(value)"
    case .double(let value): "the number \(value)"
    case .string(let value): "the string '\(value)'"
    case .list(let values): values.isEmpty ? "an empty list" : "a list of \(values.count)"
    case .mapping: "a mapping"
    case .other(let text, let tag): "'\(text)' (\(tag))"
    }
  }
}

// MARK: - Reading

extension YAMLValue {
  /// Parses one document.
  ///
  /// - Parameter file: Named in errors.
  /// - Throws: `ConfigurationError.malformed` for text that is not YAML, is empty or holds several documents.
  init(parsing text: String, file: String) throws {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError.malformed(file: file, reason: Self.reason(of: error))
    }
    guard let node else { throw ConfigurationError.malformed(file: file, reason: "the file is empty") }
    self = try Self(node, file: file)
  }

  private init(_ node: Node, file: String) throws {
    let line = node.mark?.line ?? 0
    self.line = line
    switch node {
    case .scalar(let scalar):
      kind = Self.kind(of: node, text: scalar.string)
    case .sequence(let sequence):
      kind = .list(try sequence.map { try Self($0, file: file) })
    case .mapping(let mapping):
      kind = .mapping(
        try mapping.map { key, value in
          guard case .scalar(let scalar) = key else {
            throw ConfigurationError.malformed(file: file, reason: "line \(line): a key is not a plain word")
          }
          return Entry(key: scalar.string, value: try Self(value, file: file), line: key.mark?.line ?? 0)
        })
    case .alias:
      // The composer replaces aliases by what they stand for; one that is left has no anchor.
      throw ConfigurationError.malformed(file: file, reason: "line \(line): an alias without an anchor")
    }
  }

  private static func kind(of node: Node, text: String) -> Kind {
    let tag = Tag.Name(rawValue: node.tag.rawValue)
    switch tag {
    case .null: return .null
    case .bool: if let value = node.bool { return .bool(value) }
    case .int: if let value = node.int { return .int(value) }
    case .float: if let value = node.float { return .double(value) }
    case .str: return .string(text)
    default: break
    }
    return .other(text: text, tag: tag.rawValue.replacing("tag:yaml.org,2002:", with: ""))
  }

  /// The library's message ends with a picture of the line; its first line says where and what.
  private static func reason(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "line \(context.mark.line): a key is given twice: \(duplicates.joined(separator: ", "))"
    default:
      String(describing: error).split(separator: "\n").first.map(String.init) ?? "not YAML"
    }
  }
}

// MARK: - Writing

extension YAMLValue {
  /// The document as text, in block style with keys in their order, as the Python tool writes it.
  func text() throws -> String {
    try Yams.serialize(node: node, width: -1, allowUnicode: true)
  }

  private var node: Node {
    switch kind {
    case .null: Node("null", Tag(.null))
    case .bool(let value): Node(value ? "true" : "false", Tag(.bool))
    case .int(let value): Node(String(value), Tag(.int))
    case .double(let value): Node(Self.text(of: value), Tag(.float))
    case .string(let value): .scalar(value.represented())
    case .list(let values): Node(values.map(\.node), Tag(.implicit), values.isEmpty ? .flow : .block)
    case .mapping(let entries): Node(entries.map { (Node($0.key), $0.value.node) }, Tag(.implicit), .block)
    case .other(let text, _): .scalar(text.represented())
    }
  }

  /// Digits that read back as the same number, with the point that YAML 1.1 asks of a float (`1.0e-05`).
  private static func text(of value: Double) -> String {
    let digits = "\(value)"
    guard let exponent = digits.firstIndex(of: "e"), !digits[..<exponent].contains(".") else { return digits }
    return digits[..<exponent] + ".0" + digits[exponent...]
  }
}
