/// Tags of the union `Type` in Arrow's format/Schema.fbs.
enum ArrowTypeTag {
  static let null: UInt8 = 1
  static let int: UInt8 = 2
  static let floatingPoint: UInt8 = 3
  static let binary: UInt8 = 4
  static let utf8: UInt8 = 5
  static let bool: UInt8 = 6
  static let date: UInt8 = 8
  static let timestamp: UInt8 = 10
  static let list: UInt8 = 12
  static let structure: UInt8 = 13
  static let fixedSizeList: UInt8 = 16
  static let largeBinary: UInt8 = 19
  static let largeUTF8: UInt8 = 20
  static let largeList: UInt8 = 21
  static let utf8View: UInt8 = 24

  /// What the types are called that are not read.
  static let otherNames: [UInt8: String] = [
    4: "binary", 7: "decimal", 9: "time", 11: "interval", 14: "union", 15: "fixed-size binary", 17: "map",
    18: "duration", 19: "large binary", 22: "run-end encoded", 23: "binary view", 25: "list view",
    26: "large list view",
  ]
}

/// Tags of the union `MessageHeader` in Message.fbs, and the metadata version V5.
enum ArrowMessageTag {
  static let schema: UInt8 = 1
  static let dictionaryBatch: UInt8 = 2
  static let recordBatch: UInt8 = 3
  static let version: Int16 = 4
}
