/// Which runs to list, in which order.
package struct RunQuery: Sendable {
  /// None for all runs.
  var condition: (text: String, expression: RunExpression)?
  /// Keys of the order, the first counts most; newest first where they say nothing.
  var order: (text: String, keys: [RunOrder])?
  /// Most runs; none for all.
  var limit: Int?
  var includesRemoved: Bool

  /// - Parameters:
  ///   - condition: As in `config.projection_dim > 8 and not tag = draft`; see `RunExpressionParser` for the grammar.
  ///   - order: As in `metrics.tokens desc, started`.
  /// - Throws: `RunQueryError`.
  package init(
    where condition: String? = nil, sortedBy order: String? = nil, limit: Int? = nil, includingRemoved: Bool = false
  ) throws {
    self.condition = try condition.map { ($0, try RunExpressionParser.condition($0)) }
    self.order = try order.map { ($0, try RunExpressionParser.order($0)) }
    self.limit = limit
    includesRemoved = includingRemoved
  }
}

/// A key of an order; runs without a value come last, either way.
struct RunOrder: Sendable, Equatable {
  var field: RunFieldName
  var isDescending: Bool
}

/// What to show of listed runs besides their rows.
package enum RunColumns: Sendable {
  /// The settings in which runs of one command differ.
  case differing
  /// The fields of a text such as `host, metrics.tokens`.
  case named(String)
}
