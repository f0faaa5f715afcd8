/// Characters of Unicode 15 and 16. The reference is built with an Oniguruma that knows them; those of Linux
/// distributions (6.9.8, of 2022) know Unicode 14 and take a letter added since for no letter.
///
/// Before a search each of them is replaced by a stand-in, an older character of the same general category and as many
/// bytes: that is all that the patterns of tokenizers ask of a character that they do not name.
enum NewerCharacters {
  /// Behind these, no character is younger than Unicode 14.
  private static let end: UInt32 = 0x3_2400

  /// Every character that may stand in, at its place.
  private static let standIns: [UInt32] = [
    0, 0x0901, 0x0903, 0x0964, 0x1E00, 0x1E01, 0x2100, 0x1_0000, 0x1_0100, 0x1_0107, 0x1_0137, 0x1_01FD, 0x1_0400,
    0x1_0428, 0x1_04A0, 0x1_0EAD, 0x1_1000, 0x1_10BD, 0x1_6B40, 0x1_D6C1, 0x2_0000,
  ]

  /// For each code point the place of its stand-in, 0 where it needs none.
  private static let places: [UInt8] = {
    var places = [UInt8](repeating: 0, count: Int(end))
    for range in OnigurumaPattern.codePoints(of: "Cn") where range.lowerBound < end {
      for code in range.clamped(to: 0...end - 1) {
        guard let properties = Unicode.Scalar(code)?.properties, let age = properties.age, age.major <= 16 else {
          continue
        }
        let standIn = standIn(properties.generalCategory, of: code)
        places[Int(code)] = UInt8(standIns.firstIndex(of: standIn) ?? 0)
      }
    }
    return places
  }()

  /// 0 where none is known: nothing that Unicode 15 and 16 added.
  private static func standIn(_ category: Unicode.GeneralCategory, of code: UInt32) -> UInt32 {
    let isLong = code >= 0x1_0000
    return switch category {
    case .uppercaseLetter: isLong ? 0x1_0400 : 0x1E00
    case .lowercaseLetter: isLong ? 0x1_0428 : 0x1E01
    case .modifierLetter: isLong ? 0x1_6B40 : 0
    // Ideographs stay ideographs.
    case .otherLetter: code >= 0x2_0000 ? 0x2_0000 : isLong ? 0x1_0000 : 0
    case .nonspacingMark: isLong ? 0x1_01FD : 0x0901
    case .spacingMark: isLong ? 0x1_1000 : 0x0903
    case .decimalNumber: isLong ? 0x1_04A0 : 0
    case .otherNumber: isLong ? 0x1_0107 : 0
    case .dashPunctuation: isLong ? 0x1_0EAD : 0
    case .otherPunctuation: isLong ? 0x1_0100 : 0x0964
    case .mathSymbol: isLong ? 0x1_D6C1 : 0
    case .otherSymbol: isLong ? 0x1_0137 : 0x2100
    case .format: isLong ? 0x1_10BD : 0
    default: 0
    }
  }

  /// The character that stands in for `scalar`, nil where it needs none.
  static func standIn(for scalar: UInt32) -> UInt32? {
    guard scalar < end else { return nil }
    let place = Int(places[Int(scalar)])
    return place == 0 ? nil : standIns[place]
  }

  /// The characters that need a stand-in.
  static var all: some Sequence<UInt32> { places.indices.lazy.filter { places[$0] != 0 }.map { UInt32($0) } }

  /// The text with stand-ins, byte for byte at the same places; nil where it needs none.
  static func replaced(in text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var result: [UInt8]?
    var position = 0
    while position < text.count {
      // None has fewer than three bytes.
      guard text[position] >= 0xE0 else {
        position += 1
        continue
      }
      let (scalar, next) = UTF8Decoding.scalar(in: text, at: position)
      if let standIn = standIn(for: scalar) {
        var bytes = result ?? Array(text)
        result = nil
        var place = position
        UTF8Decoding.forEachByte(of: standIn) { byte in
          bytes[place] = byte
          place += 1
        }
        result = bytes
      }
      position = next
    }
    return result
  }
}
