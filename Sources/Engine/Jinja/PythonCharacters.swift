/// What Python takes for white space, digits and printable characters, and its changes of case.
extension Unicode.Scalar {
  /// `str.isspace`, which is also `\s` of regular expressions.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Where `str.splitlines` ends a line.
  var isPythonLineBreak: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  var isPythonPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: self == " "
    default: true
    }
  }

  var isASCIIDigit: Bool { (0x30...0x39).contains(value) }

  /// The value of a hexadecimal digit.
  var digitValue: Int? { isASCII ? Character(self).hexDigitValue : nil }

  var isPythonAlphabetic: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  var isPythonDecimal: Bool { properties.numericType == .decimal }
  var isPythonDigit: Bool { properties.numericType == .decimal || properties.numericType == .digit }
  var isPythonNumeric: Bool { properties.numericType != nil }

  fileprivate var isCased: Bool {
    properties.isLowercase || properties.isUppercase || properties.generalCategory == .titlecaseLetter
  }
}

extension String {
  var pythonUppercased: String {
    var result = ""
    for scalar in unicodeScalars { result += scalar.properties.uppercaseMapping }
    return result
  }

  var pythonLowercased: String {
    let scalars = Array(unicodeScalars)
    var result = ""
    for index in scalars.indices { result += Self.lowercase(scalars, at: index) }
    return result
  }

  /// A sigma at the end of a word has a form of its own.
  private static func lowercase(_ scalars: [Unicode.Scalar], at index: Int) -> String {
    guard scalars[index] == "\u{3A3}" else { return scalars[index].properties.lowercaseMapping }
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.isCased == true && after?.isCased != true ? "\u{3C2}" : "\u{3C3}"
  }

  /// `str.casefold`: lower case, with the two letters that have several lower forms in one of them.
  var pythonCaseFolded: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\u{DF}", "\u{1E9E}": result += "ss"
      case "\u{3C2}": result += "\u{3C3}"
      default: result += scalar.properties.lowercaseMapping
      }
    }
    return result
  }

  /// `str.capitalize`.
  var pythonCapitalized: String {
    let scalars = Array(unicodeScalars)
    var result = ""
    for index in scalars.indices {
      result += index == 0 ? scalars[0].properties.titlecaseMapping : Self.lowercase(scalars, at: index)
    }
    return result
  }

  /// `str.title`: a capital where a cased character follows one that is not.
  var pythonTitled: String {
    let scalars = Array(unicodeScalars)
    var result = ""
    var isInWord = false
    for index in scalars.indices {
      result += isInWord ? Self.lowercase(scalars, at: index) : scalars[index].properties.titlecaseMapping
      isInWord = scalars[index].isCased
    }
    return result
  }

  var pythonSwappedCase: String {
    let scalars = Array(unicodeScalars)
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      if scalar.properties.isUppercase {
        result += Self.lowercase(scalars, at: index)
      } else {
        result += scalar.properties.isLowercase ? scalar.properties.uppercaseMapping : String(scalar)
      }
    }
    return result
  }

  var isPythonLowercase: Bool {
    unicodeScalars.contains { $0.properties.isLowercase }
      && !unicodeScalars.contains { $0.isCased && !$0.properties.isLowercase }
  }

  var isPythonUppercase: Bool {
    unicodeScalars.contains { $0.properties.isUppercase }
      && !unicodeScalars.contains { $0.isCased && !$0.properties.isUppercase }
  }

  var isPythonTitled: Bool {
    var isInWord = false
    var hasCase = false
    for scalar in unicodeScalars {
      if scalar.properties.isUppercase || scalar.properties.generalCategory == .titlecaseLetter {
        if isInWord { return false }
        (isInWord, hasCase) = (true, true)
      } else if scalar.properties.isLowercase {
        guard isInWord else { return false }
        hasCase = true
      } else {
        isInWord = false
      }
    }
    return hasCase
  }
}
