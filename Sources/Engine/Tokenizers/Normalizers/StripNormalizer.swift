/// Drops white space at the ends.
struct StripNormalizer: TextNormalizer {
  let stripsLeft: Bool
  let stripsRight: Bool

  init(_ node: JSONNode) throws {
    stripsLeft = try node.required("strip_left").bool()
    stripsRight = try node.required("strip_right").bool()
  }

  func normalize(_ text: inout AlignedScalars) {
    let isText: (UInt32) -> Bool = { !CharacterClasses.isSpace($0) }
    let start = stripsLeft ? text.scalars.firstIndex(where: isText) ?? text.count : 0
    let end = stripsRight ? (text.scalars.lastIndex(where: isText) ?? -1) + 1 : text.count
    text.crop(to: start..<max(start, end))
  }
}

/// Drops combining marks. Precomposed letters keep theirs: NFD or NFKD has to come first.
struct StripAccentsNormalizer: TextNormalizer {
  func normalize(_ text: inout AlignedScalars) {
    text.filter { !ReferenceUnicode.isCombiningMark($0) }
  }

  func isIdentity(upToByte largest: UInt8) -> Bool { largest < 0x80 }
}

/// Lower case, character by character and without context: a final Σ becomes σ.
struct LowercaseNormalizer: TextNormalizer {
  func normalize(_ text: inout AlignedScalars) {
    var changes: [AlignedScalars.Change] = []
    changes.reserveCapacity(text.count)
    for code in text.scalars {
      guard let scalar = Unicode.Scalar(code) else { continue }
      for (index, lower) in scalar.properties.lowercaseMapping.unicodeScalars.enumerated() {
        changes.append(.init(scalar: lower.value, change: index == 0 ? 0 : 1))
      }
    }
    text.transform(changes)
  }
}

/// The clean-up of SentencePiece's `nmt` rules: control characters go, odd spaces become plain ones.
struct NmtNormalizer: TextNormalizer {
  func normalize(_ text: inout AlignedScalars) {
    text.filter { code in
      switch code {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    text.map { code in
      switch code {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
      default: code
      }
    }
  }
}
