import Foundation

@testable import Engine

/// Writes what a Parquet file is made of, malformed where a test wants it so.
enum ParquetBytes {
  /// A number as Thrift's compact protocol has it.
  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func zigzag(_ value: Int) -> [UInt8] {
    varint(UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
  }

  indirect enum Field {
    case i32(Int)
    case i64(Int)
    case text(String)
    case bool(Bool)
    case structure([(Int, Field)])
    case structures([[(Int, Field)]])
    case texts([String])
    case raw(kind: UInt8, [UInt8])

    fileprivate var kind: UInt8 {
      switch self {
      case .bool(let value): value ? 1 : 2
      case .i32: 5
      case .i64: 6
      case .text: 8
      case .structures, .texts: 9
      case .structure: 12
      case .raw(let kind, _): kind
      }
    }

    fileprivate var bytes: [UInt8] {
      switch self {
      case .bool: []
      case .i32(let value), .i64(let value): zigzag(value)
      case .text(let text): varint(UInt64(text.utf8.count)) + text.utf8
      case .structure(let fields): ParquetBytes.structure(fields)
      case .structures(let elements):
        [0xF0 | 12] + varint(UInt64(elements.count)) + elements.flatMap(ParquetBytes.structure)
      case .texts(let texts):
        [0xF0 | 8] + varint(UInt64(texts.count)) + texts.flatMap { varint(UInt64($0.utf8.count)) + $0.utf8 }
      case .raw(_, let bytes): bytes
      }
    }
  }

  static func structure(_ fields: [(Int, Field)]) -> [UInt8] {
    var bytes: [UInt8] = []
    // Numbers are written whole, not as steps: the long form, which readers must know, too.
    for (number, field) in fields { bytes += [field.kind] + zigzag(number) + field.bytes }
    return bytes + [0]
  }

  static func word(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) { Array($0) }
  }

  static func page(
    kind: Int = 0, values: Int, encoding: Int = 0, levels: Int = 3, codec: [UInt8]? = nil, size: Int? = nil,
    body: [UInt8], checksum: Int? = nil
  ) -> [UInt8] {
    let details: [(Int, Field)] =
      switch kind {
      case 3: [(1, .i32(values)), (2, .i32(0)), (3, .i32(values)), (4, .i32(encoding)), (5, .i32(0)), (6, .i32(0))]
      case 2: [(1, .i32(values)), (2, .i32(encoding))]
      default: [(1, .i32(values)), (2, .i32(encoding)), (3, .i32(levels)), (4, .i32(levels))]
      }
    let stored = codec ?? body
    var fields: [(Int, Field)] = [(1, .i32(kind)), (2, .i32(size ?? body.count)), (3, .i32(stored.count))]
    if let checksum { fields.append((4, .i32(checksum))) }
    fields.append(([0: 5, 2: 7, 3: 8][kind] ?? 6, .structure(details)))
    return structure(fields) + stored
  }

  /// A file with one column `x`, all of whose pages are `pages`.
  static func file(
    _ pages: [UInt8], physical: Int = 1, repetition: Int = 0, annotation: Int? = nil, codec: Int = 0, values: Int,
    rows: Int? = nil, totalRows: Int? = nil, start: Int = 4, size: Int? = nil, path: String = "x",
    storedAs: Int? = nil, chunk extra: [(Int, Field)] = []
  ) -> [UInt8] {
    var element: [(Int, Field)] = [(1, .i32(physical)), (3, .i32(repetition)), (4, .text("x"))]
    if let annotation { element.append((6, .i32(annotation))) }
    let metadata: [(Int, Field)] = [
      (1, .i32(storedAs ?? physical)), (3, .texts([path])), (4, .i32(codec)), (5, .i64(values)),
      (7, .i64(size ?? pages.count)), (9, .i64(start)),
    ]
    let rows = rows ?? values
    let footer = structure([
      (1, .i32(2)), (2, .structures([[(4, .text("root")), (5, .i32(1))], element])), (3, .i64(totalRows ?? rows)),
      (4, .structures([[(1, .structures([extra + [(3, .structure(metadata))]])), (3, .i64(rows))]])),
    ])
    return wrap(pages, footer)
  }

  static func wrap(_ pages: [UInt8], _ footer: [UInt8]) -> [UInt8] {
    let magic = Array("PAR1".utf8)
    return magic + pages + footer + word(footer.count) + magic
  }

  /// Reads at most `limit` rows of a file of these bytes.
  static func rows(
    _ bytes: [UInt8], limit: Int = 10_000, rowLimit: Int = BufferedBytes.maximumRowBytes
  ) throws -> [JSONObject] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).parquet")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var reader = try ParquetReader(file, rowLimit: rowLimit)
    var rows: [JSONObject] = []
    while rows.count < limit, let record = try reader.next() { rows.append(record.columns) }
    return rows
  }

  /// What is wrong with a file of these bytes; nil where nothing is.
  static func problem(
    _ bytes: [UInt8], rowLimit: Int = BufferedBytes.maximumRowBytes
  ) throws -> ParquetError.Problem? {
    do {
      _ = try rows(bytes, rowLimit: rowLimit)
      return nil
    } catch let error as ParquetError {
      return error.problem
    }
  }
}
