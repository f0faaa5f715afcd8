/// The syntax tree of a template. Names are numbers: places in `JinjaProgram.names`.
struct JinjaProgram: Sendable {
  let names: [String]
  let body: [JinjaStatement]
  let scope: JinjaScope
  let special: JinjaScopeBuilder.Special
}

struct JinjaExpression: Sendable {
  let line: Int
  let kind: Kind

  indirect enum Kind: Sendable {
    case literal(Literal)
    case name(Int)
    case list([JinjaExpression])
    case tuple([JinjaExpression])
    case dictionary([(key: JinjaExpression, value: JinjaExpression)])
    case attribute(JinjaExpression, String)
    case item(JinjaExpression, JinjaExpression)
    case slice(JinjaExpression, start: JinjaExpression?, stop: JinjaExpression?, step: JinjaExpression?)
    case call(JinjaExpression, JinjaArgumentList)
    /// The value is nil at the head of a filter block or of a block assignment with a filter.
    case filter(JinjaExpression?, name: String, JinjaArgumentList)
    case test(JinjaExpression, name: String, JinjaArgumentList)
    case not(JinjaExpression)
    case negate(JinjaExpression)
    case plus(JinjaExpression)
    case and(JinjaExpression, JinjaExpression)
    case or(JinjaExpression, JinjaExpression)
    case arithmetic(Arithmetic, JinjaExpression, JinjaExpression)
    case concatenate([JinjaExpression])
    case compare(JinjaExpression, [(Comparison, JinjaExpression)])
    case conditional(test: JinjaExpression, then: JinjaExpression, otherwise: JinjaExpression?)
  }

  enum Literal: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
  }

  enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "** or pow()"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
  }
}

/// What stands between the parentheses of a call.
struct JinjaArgumentList: Sendable {
  var positional: [JinjaExpression] = []
  var keywords: [(name: String, value: JinjaExpression)] = []
  /// Behind `*` and `**`.
  var unpackedList: JinjaExpression?
  var unpackedDictionary: JinjaExpression?
}

/// What can be assigned to.
indirect enum JinjaTarget: Sendable {
  case name(Int)
  /// An attribute of a namespace.
  case attribute(Int, String)
  case tuple([JinjaTarget])
}

struct JinjaStatement: Sendable {
  let line: Int
  let kind: Kind

  indirect enum Kind: Sendable {
    case text(String)
    case print(JinjaExpression)
    case assign(JinjaTarget, JinjaExpression)
    case assignBlock(JinjaTarget, filter: JinjaExpression?, JinjaBlock)
    /// Each branch with its test; the last may have none.
    case conditional([(test: JinjaExpression?, body: [JinjaStatement])])
    case loop(JinjaLoopStatement)
    case macro(Int, JinjaMacroDefinition)
    case callBlock(JinjaExpression, JinjaMacroDefinition)
    case filterBlock(JinjaExpression, JinjaBlock)
    case with([(target: JinjaTarget, value: JinjaExpression)], JinjaBlock)
    /// `generation`, by which transformers marks what the assistant says.
    case generation(JinjaBlock)
    case breakLoop
    case continueLoop
  }
}

/// Statements with names of their own.
struct JinjaBlock: Sendable {
  var body: [JinjaStatement]
  var scope = JinjaScope()
}

struct JinjaLoopStatement: Sendable {
  let target: JinjaTarget
  let iterable: JinjaExpression
  let test: JinjaExpression?
  let isRecursive: Bool
  var body: JinjaBlock
  var otherwise: JinjaBlock?
  var testScope = JinjaScope()
}

struct JinjaMacroDefinition: Sendable {
  let name: String?
  let parameters: [Int]
  /// Of the last parameters.
  let defaults: [JinjaExpression]
  var block: JinjaBlock
  /// The special names that the body uses without having set them.
  var usesCaller = false
  var usesKeywords = false
  var usesPositionals = false
}
