/// The functions that every template has.
import Foundation

enum JinjaGlobals {
  static func all(_ options: JinjaOptions) -> [String: JinjaValue] {
    var functions = [
      JinjaFunction("range", type: "function", range),
      JinjaFunction("dict", type: "type") { .dictionary(try dictionary($0, $1)) },
      JinjaFunction("namespace", type: "type") { try namespace($0, $1, options) },
      JinjaFunction("cycler", type: "type", cycler), JinjaFunction("joiner", type: "type", joiner),
    ]
    if options.dialect == .chat {
      functions.append(JinjaFunction("raise_exception", type: "function", raiseException))
      functions.append(JinjaFunction("strftime_now", type: "function") { try formattedTime($0, $1, options) })
    }
    return Dictionary(functions.map { ($0.name, .object($0)) }) { first, _ in first }
  }

  /// The most that the sandbox allows.
  private static let longestRange = 100_000

  private static func range(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    let bounds = try arguments.positional("range", 1...3).map { try $0.integer() }
    let start = bounds.count == 1 ? 0 : bounds[0]
    let stop = bounds.count == 1 ? bounds[0] : bounds[1]
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw JinjaError.value("range() arg 3 must not be zero") }
    let (span, isTooWide) =
      step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
    let count = span <= 0 ? 0 : (span - 1) / Int(clamping: step.magnitude) + 1
    guard !isTooWide, count <= longestRange else {
      throw JinjaError.limit("Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(longestRange))")
    }
    return .range(JinjaRange(start: start, step: step, count: count, stop: stop))
  }

  /// What `dict` makes of its arguments.
  private static func dictionary(
    _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter
  ) throws -> JinjaDictionary {
    guard arguments.positional.count <= 1 else {
      throw JinjaError.type("dict expected at most 1 argument, got \(arguments.positional.count)")
    }
    var result = JinjaDictionary()
    if case .dictionary(let dictionary)? = arguments.positional.first {
      result = dictionary
    } else if let pairs = arguments.positional.first {
      for (index, pair) in try interpreter.elements(of: pairs).enumerated() {
        guard let pair = try? interpreter.elements(of: pair) else {
          throw JinjaError.type("cannot convert dictionary update sequence element #\(index) to a sequence")
        }
        guard pair.count == 2 else {
          throw JinjaError.value(
            "dictionary update sequence element #\(index) has length \(pair.count); 2 is required")
        }
        try result.set(pair[1], for: pair[0])
      }
    }
    for (name, value) in arguments.keywords { try result.set(value, for: .string(name)) }
    return result
  }

  private static func namespace(
    _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, _ options: JinjaOptions
  ) throws -> JinjaValue {
    let attributes = try dictionary(arguments, interpreter)
    for key in attributes.keys { try check(attribute: key, options) }
    let namespace = JinjaNamespace(attributes)
    interpreter.keep(namespace)
    return .object(namespace)
  }

  /// transformers keeps such names from templates.
  static func check(attribute: JinjaValue, _ options: JinjaOptions) throws {
    guard options.dialect == .chat, let name = attribute.text, name.hasPrefix("_") else { return }
    throw JinjaError(
      .security,
      "Chat templates cannot store underscore-prefixed attributes on a namespace, but got "
        + "\(PythonText.representation(of: name)). Please rename the attribute.")
  }

  private static func cycler(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    guard !arguments.positional.isEmpty else { throw JinjaError.value("at least one item has to be provided") }
    return .object(try JinjaCycler(arguments.positional))
  }

  private static func joiner(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    let separator = try arguments.bound("Joiner", ["sep"])[0] ?? .string(", ")
    try JinjaList.check(depth: separator.depth + 1)
    var isFirst = true
    return .object(
      JinjaFunction("joiner", type: "Joiner", of: separator) { _, _ in
        defer { isFirst = false }
        return isFirst ? .string("") : separator
      })
  }

  private static func raiseException(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue
  {
    let message = try arguments.bound("raise_exception", ["message"], required: 1)[0]!
    throw JinjaError(.raised, try interpreter.string(of: message))
  }

  private static func formattedTime(
    _ arguments: JinjaArguments, _ interpreter: JinjaInterpreter, _ options: JinjaOptions
  ) throws -> JinjaValue {
    let value = try arguments.bound("strftime_now", ["format"], required: 1)[0]!
    guard let format = value.text else {
      throw JinjaError.type("strftime() argument 1 must be str, not \(value.typeName)")
    }
    try interpreter.check(length: format.utf8.count << 10)
    var seconds = time_t(options.now().timeIntervalSince1970)
    var fields = tm()
    localtime_r(&seconds, &fields)
    // One directive writes at most some dozens of characters; no output at all is what an empty format gives.
    var buffer = [CChar](repeating: 0, count: format.utf8.count * 64 + 1)
    let count = strftime(&buffer, buffer.count, format, &fields)
    return .string(String(utf8: buffer[..<count].map { UInt8(bitPattern: $0) }))
  }
}
