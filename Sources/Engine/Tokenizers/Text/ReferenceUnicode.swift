/// Character properties as the Rust library `tokenizers` 0.23 has them. Its parts take them from crates of different
/// ages, and later characters are unknown there; ids only agree where they are unknown here as well.
///
/// Established by asking the library about every code point. Exceptions are characters whose category was changed since.
enum ReferenceUnicode {
  /// Whether `scalar` was in Unicode 9, whose tables `unicode-normalization-alignments` has. Others neither decompose,
  /// nor compose, nor move.
  static func isKnownToNormalization(_ scalar: UInt32) -> Bool {
    isAssigned(scalar, by: 9)
  }

  /// A mark that `StripAccents` drops (tables of Unicode 9).
  static func isCombiningMark(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1CF2, 0x1CF3: return true
    case 0x1_11C9: return false
    default: break
    }
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return isAssigned(scalar, by: 9)
    default: return false
    }
  }

  /// Punctuation as BERT has it: ASCII symbols such as `$` and `~` count, others do not (`unicode_categories`, tables of
  /// Unicode 8).
  static func isPunctuation(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E, 0x166D, 0x1_11C9: return true
    case ..<0x80: return false
    default: break
    }
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return isAssigned(scalar, by: 8)
    default: return false
    }
  }

  /// A mark that `BertNormalizer` drops (`unicode_categories`, tables of Unicode 8).
  static func isNonspacingMark(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1734, 0x1_171E: return true
    case 0x1885, 0x1886, 0xA9BD, 0x1_11C9: return false
    default: return Unicode.Scalar(scalar)?.properties.generalCategory == .nonspacingMark && isAssigned(scalar, by: 8)
    }
  }

  /// Control, format and private-use characters; the unassigned are not among them (`unicode_categories`, tables of
  /// Unicode 8).
  static func isOther(_ scalar: UInt32) -> Bool {
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .control, .format, .privateUse: isAssigned(scalar, by: 8)
    default: false
    }
  }

  /// `char::is_numeric` of Rust, whose tables are current: decimal digits, letter numbers and other numbers.
  static func isNumber(_ scalar: UInt32) -> Bool {
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }

  /// Whether `scalar` has a script (tables of Unicode 9).
  static func isKnownToScripts(_ scalar: UInt32) -> Bool {
    isAssigned(scalar, by: 9)
  }

  private static func isAssigned(_ scalar: UInt32, by version: Int) -> Bool {
    guard let age = Unicode.Scalar(scalar)?.properties.age else { return false }
    return age.major < version || age == (version, 0)
  }
}
