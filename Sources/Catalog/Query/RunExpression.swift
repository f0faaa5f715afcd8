/// A condition on runs, as a tree: what `--where` says.
package indirect enum RunExpression: Sendable, Equatable {
  case all([RunExpression])
  case any([RunExpression])
  case not(RunExpression)
  case comparison(RunComparison)
}

/// A field of a run held against values.
///
/// It holds only where the field has a value, so a condition is true or false, never unknown: `!=` leaves out the runs that
/// have none, and `not … = …` takes them in.
package struct RunComparison: Sendable, Equatable {
  package enum Operator: String, Sendable {
    case equal = "="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  package enum Test: Sendable, Equatable {
    case compares(Operator, RunLiteral)
    /// A pattern of the shell (`*`, `?`, `[...]`) for all of the value, or a text without these that is in it.
    case matches(RunLiteral)
    case isNull
    case isIn([RunLiteral])
  }

  var field: RunFieldName
  var test: Test
}

/// A field as somebody wrote it.
package struct RunFieldName: Sendable, Equatable {
  /// As in `config.projection_dim`, `metrics.tokens`, `command`.
  var name: String
  /// Where it stands in the text, from 1.
  var column: Int
}

/// A value as somebody wrote it.
package struct RunLiteral: Sendable, Equatable {
  var text: String
  /// None for what is quoted or no number.
  var number: RunValue?
  var column: Int
}
