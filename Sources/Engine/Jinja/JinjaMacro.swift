/// A macro, or the body of a call block, with the names that it sees.
final class JinjaMacro: JinjaObject {
  private let definition: JinjaMacroDefinition
  private let frame: JinjaInterpreter.Frame

  init(_ definition: JinjaMacroDefinition, _ frame: JinjaInterpreter.Frame) {
    self.definition = definition
    self.frame = frame
  }

  var typeName: String { "Macro" }
  var isCallable: Bool { true }
  var representation: String {
    "<Macro \(definition.name.map { PythonText.representation(of: $0) } ?? "anonymous")>"
  }

  func attribute(_ name: String) -> JinjaValue? {
    name == "name" ? definition.name.map { .string($0) } ?? .null : nil
  }

  func call(_ arguments: JinjaArguments, _ interpreter: JinjaInterpreter) throws -> JinjaValue {
    let names = interpreter.program.names
    let name = PythonText.representation(of: definition.name ?? "None")
    let parameters = definition.parameters
    var keywords = arguments.keywords
    func taken(_ name: String) -> JinjaValue? {
      keywords.firstIndex { $0.name == name }.map { keywords.remove(at: $0).value }
    }

    let inner = interpreter.enter(definition.block.scope, in: frame)
    var given: [JinjaValue?] = Array(arguments.positional.prefix(parameters.count))
    for parameter in parameters.dropFirst(given.count) { given.append(taken(names[parameter])) }
    for (parameter, value) in zip(parameters, given) { inner[parameter] = value }
    let special = interpreter.program.special
    if definition.usesCaller, !parameters.contains(special.caller) {
      inner[special.caller] = taken("caller").unlessNone ?? .undefined(.hint("No caller defined"))
    }
    if definition.usesKeywords {
      inner[special.keywords] = .dictionary(try JinjaDictionary(keywords.map { (.string($0.name), $0.value) }))
    } else if let unknown = keywords.first {
      throw JinjaError.type(
        keywords.contains { $0.name == "caller" }
          ? "macro \(name) was invoked with two values for the special caller argument. This is most likely a bug."
          : "macro \(name) takes no keyword argument \(PythonText.representation(of: unknown.name))")
    }
    if definition.usesPositionals {
      inner[special.positionals] = .tuple(try JinjaList(Array(arguments.positional.dropFirst(parameters.count))))
    } else if arguments.positional.count > parameters.count {
      throw JinjaError.type("macro \(name) takes not more than \(parameters.count) argument(s)")
    }
    let undefaulted = parameters.count - definition.defaults.count
    for (place, parameter) in parameters.enumerated() where given[place] == nil {
      inner[parameter] =
        place < undefaulted
        ? .undefined(.hint("parameter \(PythonText.representation(of: names[parameter])) was not provided"))
        : try interpreter.evaluate(definition.defaults[place - undefaulted], inner)
    }
    return .string(try interpreter.captured { _ = try interpreter.execute(definition.block.body, inner) })
  }
}
