/// Reads and checks the header of a safetensors file. The header is foreign bytes: nothing in it is believed before
/// it was compared with the size of the file.
struct SafetensorsHeader {
  let file: String
  /// Bytes of the file behind the header.
  let payloadBytes: Int

  func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws -> (entries: [String: SafetensorsFile.Entry], metadata: [String: String]) {
    guard case .object(let members) = try json(bytes) else { throw SafetensorsError.headerNotAnObject(file: file) }
    let metadata = try members["__metadata__"].map(metadata(from:)) ?? [:]
    var entries: [String: SafetensorsFile.Entry] = [:]
    entries.reserveCapacity(members.count)
    for (name, description) in members where name != "__metadata__" {
      // Two names of different bytes may be one to `String`, and one tensor would hide the other.
      guard entries.updateValue(try entry(name, description), forKey: name) == nil else {
        throw SafetensorsError.duplicateName(file: file, name: name)
      }
    }
    try checkCoverage(entries)
    return (entries, metadata)
  }

  private func json(_ bytes: UnsafeRawBufferPointer) throws -> JSONValue {
    guard bytes.first == UInt8(ascii: "{") else { throw SafetensorsError.headerNotAnObject(file: file) }
    var limits = JSONParser.Limits()
    // The header, a tensor's description, its shape.
    limits.depth = 3
    limits.elements = SafetensorsFile.maximumRank
    do {
      return try JSONParser.parse(bytes, limits: limits)
    } catch {
      switch error.problem {
      case .duplicateKey(let name): throw SafetensorsError.duplicateName(file: file, name: name)
      case .invalidUTF8: throw SafetensorsError.headerNotUTF8(file: file, error)
      default: throw SafetensorsError.headerNotJSON(file: file, error)
      }
    }
  }

  private func metadata(from value: JSONValue) throws -> [String: String] {
    guard case .object(let members) = value else { throw SafetensorsError.metadataNotText(file: file, key: nil) }
    var metadata: [String: String] = [:]
    for (key, value) in members {
      guard case .string(let text) = value else { throw SafetensorsError.metadataNotText(file: file, key: key) }
      guard metadata.updateValue(text, forKey: key) == nil else {
        throw SafetensorsError.duplicateName(file: file, name: key)
      }
    }
    return metadata
  }

  private func entry(_ name: String, _ description: JSONValue) throws -> SafetensorsFile.Entry {
    guard case .object(let members) = description else {
      throw SafetensorsError.entryNotAnObject(file: file, tensor: name)
    }
    let dtype = try dtype(name, field("dtype", name, members))
    let shape = try integers("shape", name, members)
    if let negative = shape.first(where: { $0 < 0 }) {
      throw SafetensorsError.negativeDimension(file: file, tensor: name, dimension: negative)
    }
    let offsets = try integers("data_offsets", name, members)
    guard offsets.count == 2, offsets.allSatisfy({ $0 >= 0 }) else {
      throw SafetensorsError.invalidField(
        file: file, tensor: name, field: "data_offsets", expected: "a pair of non-negative integers")
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else {
      throw SafetensorsError.beginAfterEnd(file: file, tensor: name, begin: begin, end: end)
    }
    guard end <= payloadBytes else {
      throw SafetensorsError.offsetsOutOfRange(file: file, tensor: name, end: end, payloadBytes: payloadBytes)
    }
    guard let expected = Self.byteCount(shape, dtype) else {
      throw SafetensorsError.shapeOverflow(file: file, tensor: name, shape: shape)
    }
    guard end - begin == expected else {
      throw SafetensorsError.byteCountMismatch(file: file, tensor: name, found: end - begin, expected: expected)
    }
    return SafetensorsFile.Entry(dtype: dtype, shape: shape, range: begin..<end)
  }

  /// nil where the size overflows. As in the Rust library, a zero behind the overflow does not mend it.
  static func byteCount(_ shape: [Int], _ dtype: SafetensorsDType) -> Int? {
    var count = dtype.size
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      count = product
    }
    return count
  }

  private func field(_ field: String, _ tensor: String, _ members: JSONObject) throws -> JSONValue {
    guard let value = members[field] else {
      throw SafetensorsError.missingField(file: file, tensor: tensor, field: field)
    }
    return value
  }

  private func dtype(_ tensor: String, _ value: JSONValue) throws -> SafetensorsDType {
    guard case .string(let text) = value else {
      throw SafetensorsError.invalidField(file: file, tensor: tensor, field: "dtype", expected: "a string")
    }
    guard let dtype = SafetensorsDType(rawValue: text) else {
      throw SafetensorsError.unknownDType(file: file, tensor: tensor, dtype: text)
    }
    return dtype
  }

  private func integers(_ name: String, _ tensor: String, _ members: JSONObject) throws -> [Int] {
    let invalid = SafetensorsError.invalidField(
      file: file, tensor: tensor, field: name, expected: "an array of 64-bit integers")
    guard case .array(let values) = try field(name, tensor, members) else { throw invalid }
    return try values.map { value in
      guard case .integer(let integer) = value else { throw invalid }
      return integer
    }
  }

  /// The ranges, laid in order, must be the payload: no byte twice, none unclaimed.
  private func checkCoverage(_ entries: [String: SafetensorsFile.Entry]) throws {
    // By name where ranges are equal, so that an error is the same on every run.
    let ordered = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    var covered = 0
    var previous = ""
    for (name, entry) in ordered {
      guard entry.range.lowerBound >= covered else {
        throw SafetensorsError.overlap(file: file, tensor: previous, other: name)
      }
      guard entry.range.lowerBound == covered else {
        throw SafetensorsError.hole(file: file, before: name, bytes: entry.range.lowerBound - covered)
      }
      covered = entry.range.upperBound
      previous = name
    }
    guard covered == payloadBytes else {
      throw SafetensorsError.trailingBytes(file: file, bytes: payloadBytes - covered)
    }
  }
}
