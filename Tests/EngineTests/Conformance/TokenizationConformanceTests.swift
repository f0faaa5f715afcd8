import Foundation
import Testing

@testable import Engine

/// Token rows of whole data sets, as the Python tool stores them.
struct TokenizationConformanceTests {
  private struct Case: Decodable {
    struct Rows: Decodable {
      var ids: [[Int32]]
      var length: [Int]

      enum CodingKeys: String, CodingKey {
        case ids = "input_ids"
        case length
      }
    }

    struct DataSettings: Decodable {
      var dataset: String?
      var truncation: Bool?
    }

    struct IndexSettings: Decodable {
      var tokenBudget: Int?

      enum CodingKeys: String, CodingKey { case tokenBudget = "token_batch_size" }
    }

    var data: DataSettings
    var index: IndexSettings
    var rows: Rows

    enum CodingKeys: String, CodingKey {
      case data, rows
      case index = "index_cfg"
    }
  }

  private func decode<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(
      Value.self, from: Data(contentsOf: URL(fileURLWithPath: FixtureSet.gptNeoX.path("expected/tokenization/\(name)")))
    )
  }

  @Test(arguments: ["text", "edge", "text_truncated"]) func rowsEqualTheReference(name: String) throws {
    let fixture: Case = try decode("\(name).json")
    var configuration = DataConfig()
    configuration.dataset = FixtureSet.gptNeoX.path(fixture.data.dataset ?? "data.jsonl")
    configuration.truncation = fixture.data.truncation ?? false
    let model = try LoadedModel(path: FixtureSet.gptNeoX.path("model"), precision: .fp32).model
    let documents = try DocumentTokenizer(
      tokenizer: Tokenizer(directory: URL(fileURLWithPath: FixtureSet.gptNeoX.path("model"))),
      configuration: configuration, modelMaximum: model.maximumLength, tokenBudget: fixture.index.tokenBudget ?? 2048,
      vocabularySize: model.vocabularySize)
    let records = try Dataset(path: configuration.dataset, split: configuration.split)
    let rows = try records.rows.map(documents.row)
    #expect(rows.map(\.ids) == fixture.rows.ids)
    #expect(rows.map(\.labels) == fixture.rows.ids)
    #expect(rows.map(\.ids.count) == fixture.rows.length)
  }

  private struct Text: Decodable {
    var text: String
    var ids: [Int32]
    var offsets: [[Int]]
    var bareIDs: [Int32]
    var decoded: String

    enum CodingKeys: String, CodingKey {
      case text, ids, offsets, decoded
      case bareIDs = "ids_without_special_tokens"
    }
  }

  @Test func everyStringEqualsTheReference() throws {
    let texts: [Text] = try decode("strings.json")
    let tokenizer = try Tokenizer(directory: URL(fileURLWithPath: FixtureSet.gptNeoX.path("model")))
    #expect(texts.count > 10)
    for text in texts {
      let comment: Comment = "\(text.text.debugDescription)"
      let encoding = try tokenizer.encode(text.text)
      #expect(encoding.ids == text.ids, comment)
      #expect(encoding.offsets == text.offsets.map { $0[0]..<$0[1] }, comment)
      #expect(try tokenizer.encode(text.text, addSpecialTokens: false).ids == text.bareIDs, comment)
      let decoded = try tokenizer.decode(encoding.ids, skipSpecialTokens: false)
      #expect(Array(decoded.unicodeScalars) == Array(text.decoded.unicodeScalars), comment)
    }
  }
}
