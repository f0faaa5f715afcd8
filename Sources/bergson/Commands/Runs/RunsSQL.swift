/// `bergson runs sql`: a query of one's own over the catalog's tables.
import ArgumentParser
import Catalog
import Reports

struct RunsSQL: ParsableCommand {
  enum Form: String, CaseIterable, ExpressibleByArgument { case table, json, csv }

  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Answer an SQL query over the catalog, which cannot change it.",
    discussion: "docs/catalog.md has the tables, and queries to begin with.")

  @Argument(help: ArgumentHelp("One SELECT statement.", valueName: "QUERY"))
  var query: String

  @Option(name: .customLong("output"), help: "Form of the answer.")
  var form = Form.table

  @OptionGroup(title: "Catalog and output") var global: GlobalOptions

  func run() throws {
    let answer = try CatalogQuery(catalog: global.catalogURL()).answer(query)
    let console = Console(verbosity: global.verbosity)
    let texts = answer.rows.map { $0.map { $0?.description ?? "" } }
    switch form {
    case .table:
      let columns = answer.columns.indices.map { column in
        (title: answer.columns[column], alignment: Self.alignment(of: answer.rows.map { $0[column] }))
      }
      for line in TextTable(columns, rows: texts).lines { try console.result(line) }
    case .csv: try console.result(CSVText.of([answer.columns] + texts))
    case .json:
      // Of two columns of one name the later is kept, as in every JSON object; `AS` tells them apart.
      let objects = answer.rows.map { row in
        Dictionary(zip(answer.columns, row), uniquingKeysWith: { $1 })
      }
      try console.result(JSONText.of(objects))
    }
  }

  private static func alignment(of values: [RunValue?]) -> TextTable.Alignment {
    let isNumeric = values.allSatisfy { value in
      if case .text = value { false } else { true }
    }
    return isNumeric ? .right : .left
  }
}
