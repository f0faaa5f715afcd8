/// `info.json` of a gradient index, as the newest Python release writes it and as 0.9.1 did.
import Foundation

struct GradientManifest {
  var modules: [GradientModule]
  var storage: StorageType
  var rowCount: Int
  var documentCount: Int
  var hasTokenRows: Bool
  var dataFile = "gradients.bin"

  var rowWidth: Int { modules.reduce(0) { $0 + $1.size } }
  var byteCount: Int { rowCount * rowWidth * storage.size }

  var json: JSONValue {
    .object([
      "attribute_tokens": .bool(hasTokenRows),
      "num_items": .integer(documentCount),
      "num_grads": .integer(rowCount),
      "grad_sizes": .object(JSONObject(modules.map { (key: $0.name, value: .integer($0.size)) })),
      "base_dtype": .string(storage.rawValue),
    ])
  }
}

extension GradientManifest {
  init(contentsOf url: URL) throws {
    let json = try JSONValue(manifest: url)
    func malformed(_ reason: String) -> IndexFileError { .malformed(path: url.path, reason: reason) }
    func count(_ key: String) throws -> Int? {
      guard let value = json[key] else { return nil }
      guard let number = value.integer, number >= 0 else { throw malformed("has no count in '\(key)'") }
      return number
    }

    guard let sizes = json["grad_sizes"]?.object else {
      throw malformed("has no object 'grad_sizes'; is this the info.json of a gradient index?")
    }
    modules = try sizes.map { member in
      guard let size = member.value.integer, size > 0 else {
        throw malformed("has no positive size for module '\(member.key)' in 'grad_sizes'")
      }
      return GradientModule(name: member.key, size: size)
    }
    guard let name = json["base_dtype"]?.string else { throw malformed("has no 'base_dtype'") }
    guard let storage = StorageType(rawValue: name) else {
      throw IndexFileError.unknownValue(
        path: url.path, key: "base_dtype", value: name,
        expected: StorageType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.storage = storage
    guard let tokens = (json["attribute_tokens"] ?? .bool(false)).bool else {
      throw malformed("has neither true nor false in 'attribute_tokens'")
    }
    hasTokenRows = tokens
    if let rows = try count("num_grads") {
      rowCount = rows
    } else if let tokens = try count("total_tokens") {
      // 0.9.1's own file for token rows.
      rowCount = tokens
      dataFile = "token_gradients.bin"
    } else {
      throw malformed("has no 'num_grads'")
    }
    documentCount = try count("num_items") ?? rowCount

    let (width, wide) = modules.reduce((0, false)) { sum, module in
      let (total, overflow) = sum.0.addingReportingOverflow(module.size)
      return (total, sum.1 || overflow)
    }
    let (rowBytes, long) = width.multipliedReportingOverflow(by: storage.size)
    guard !wide, !long, !rowBytes.multipliedReportingOverflow(by: rowCount).overflow else {
      throw malformed("describes more bytes than any file has")
    }
    if let record = json["dtype"] { try checkRecord(record, malformed) }
  }

  /// 0.9.1 says the layout twice; where the two disagree, columns would be taken for others.
  private func checkRecord(_ record: JSONValue, _ malformed: (String) -> IndexFileError) throws {
    // NumPy has no bfloat16: two opaque bytes stand for it.
    let code = [StorageType.float32: "<f4", .bfloat16: "<V2", .float16: "<f2"][storage] ?? ""
    guard record["names"]?.array?.map(\.string) == modules.map(\.name) else {
      throw malformed("names other modules in 'dtype' than in 'grad_sizes'")
    }
    guard record["formats"]?.array?.map(\.string) == modules.map({ "(\($0.size),)\(code)" }) else {
      throw malformed("has 'formats' in 'dtype' that are not those of 'grad_sizes' and 'base_dtype'")
    }
    guard record["itemsize"]?.integer == rowWidth * storage.size else {
      throw malformed("has an 'itemsize' in 'dtype' other than \(rowWidth * storage.size), the size of its columns")
    }
  }
}
