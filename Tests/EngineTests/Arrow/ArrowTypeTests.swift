import Foundation
import Testing

@testable import Engine

struct ArrowTypeTests {
  private func value(_ json: String) throws -> JSONValue {
    try Array(json.utf8).withUnsafeBytes { try JSONParser.parse($0) }
  }

  private func type(_ values: [JSONValue]) -> ArrowType {
    var inference = ArrowTypeInference()
    for value in values { inference.add(value) }
    return inference.type
  }

  private static let columns: [(values: [String], type: ArrowType)] = [
    ([], .null), (["null", "null"], .null), (["1", "null", "-3"], .int64), (["1", "0.5", "null"], .float64),
    (["true", "null"], .bool), ([#""a""#, "null", #""""#], .utf8), ([#""a""#, "1"], .json), (["true", "1"], .json),
    (["[]", "null"], .list(.null)), (["[1, null]", "[]", "[0.5]"], .list(.float64)),
    (["[[1], []]", "[[[2]]]"], .list(.list(.json))),
    (
      [#"[{"role": "user"}]"#, #"[{"role": "a", "n": 1}, null]"#],
      .list(.structure([.init("role", .utf8), .init("n", .int64)]))
    ),
    (
      [#"{"a": 1}"#, "null", #"{"b": [true], "a": null}"#],
      .structure([.init("a", .int64), .init("b", .list(.bool))])
    ),
    (["{}"], .structure([])), ([#"{"a": {"b": null}}"#], .structure([.init("a", .structure([.init("b", .null)]))])),
    ([#"{"a": 1}"#, "[1]"], .json),
  ]

  @Test(arguments: columns)
  func aTypeHoldsAllValues(_ values: [String], _ type: ArrowType) throws {
    #expect(self.type(try values.map(value)) == type)
  }

  /// What is stored is read again: missing fields as null, and JSON texts as what they are texts of.
  @Test(arguments: columns)
  func valuesOfAnyTypeComeBack(_ values: [String], _ type: ArrowType) throws {
    try IndexTestSupport.withScratch { scratch in
      let values = try values.map(value)
      try ArrowDataset.write(
        [ArrowColumn("c", .json(type, values)), ArrowColumn("n", .int64(values.map { _ in 1 }))], to: scratch)
      var reader = try ArrowRecordReader(scratch.appendingPathComponent("data-00000-of-00001.arrow"))
      for value in values {
        let read = try #require(try reader.next()?.columns["c"])
        #expect(read == stored(value, type))
      }
      #expect(try reader.next() == nil)
    }
  }

  private func stored(_ value: JSONValue, _ type: ArrowType) -> JSONValue {
    switch (type, value) {
    case (_, .null): .null
    case (.json, _): .string(String(decoding: value.canonicalBytes, as: UTF8.self))
    case (.float64, .integer(let integer)): .number(Double(integer))
    case (.list(let element), .array(let values)): .array(values.map { stored($0, element) })
    case (.structure(let fields), .object(let members)):
      .object(JSONObject(fields.map { (key: $0.name, value: stored(members[$0.name] ?? .null, $0.type)) }))
    default: value
    }
  }

  @Test func tablesOfManyKeysAndEndlessNestingAreText() {
    let wide = JSONObject((0..<1001).map { (key: "k\($0)", value: .integer($0)) })
    #expect(type([.object(wide)]) == .json)
    #expect(type((0..<1001).map { .object(["k\($0)": .integer($0)]) }) == .json)
    var deep = JSONValue.integer(1)
    for _ in 0..<40 { deep = .array([deep]) }
    var found = type([deep])
    var depth = 0
    while case .list(let element) = found { (found, depth) = (element, depth + 1) }
    #expect(found == .json && depth < 32)
  }
}
