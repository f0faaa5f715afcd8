/// The scripts of characters (UAX 24), as Oniguruma knows them, with SentencePiece's exceptions.
enum UnicodeScripts {
  /// Of spaces and of characters that are not assigned: whatever script is around.
  static let any: UInt8 = 0

  private static let han: UInt8 = 1

  /// In no particular order; a script that came after Unicode 9, whose tables the reference has, is not among them.
  private static let names = [
    "Han", "Adlam", "Ahom", "Anatolian_Hieroglyphs", "Arabic", "Armenian", "Avestan", "Balinese", "Bamum", "Bassa_Vah",
    "Batak", "Bengali", "Bhaiksuki", "Bopomofo", "Brahmi", "Braille", "Buginese", "Buhid", "Canadian_Aboriginal",
    "Carian", "Caucasian_Albanian", "Chakma", "Cham", "Cherokee", "Common", "Coptic", "Cuneiform", "Cypriot",
    "Cyrillic",
    "Deseret", "Devanagari", "Duployan", "Egyptian_Hieroglyphs", "Elbasan", "Ethiopic", "Georgian", "Glagolitic",
    "Gothic", "Grantha", "Greek", "Gujarati", "Gurmukhi", "Hangul", "Hanunoo", "Hatran", "Hebrew",
    "Imperial_Aramaic", "Inherited", "Inscriptional_Pahlavi", "Inscriptional_Parthian", "Javanese", "Kaithi", "Kannada",
    "Kayah_Li", "Kharoshthi", "Khmer", "Khojki", "Khudawadi", "Lao", "Latin", "Lepcha", "Limbu", "Linear_A",
    "Linear_B", "Lisu", "Lycian", "Lydian", "Mahajani", "Malayalam", "Mandaic", "Manichaean", "Marchen", "Meetei_Mayek",
    "Mende_Kikakui", "Meroitic_Cursive", "Meroitic_Hieroglyphs", "Miao", "Modi", "Mongolian", "Mro", "Multani",
    "Myanmar",
    "Nabataean", "New_Tai_Lue", "Newa", "Nko", "Ogham", "Ol_Chiki", "Old_Hungarian", "Old_Italic", "Old_North_Arabian",
    "Old_Permic", "Old_Persian", "Old_South_Arabian", "Old_Turkic", "Oriya", "Osage", "Osmanya", "Pahawh_Hmong",
    "Palmyrene", "Pau_Cin_Hau", "Phags_Pa", "Phoenician", "Psalter_Pahlavi", "Rejang", "Runic", "Samaritan",
    "Saurashtra", "Sharada", "Shavian", "Siddham", "SignWriting", "Sinhala", "Sora_Sompeng", "Sundanese",
    "Syloti_Nagri",
    "Syriac", "Tagalog", "Tagbanwa", "Tai_Le", "Tai_Tham", "Tai_Viet", "Takri", "Tamil", "Tangut", "Telugu", "Thaana",
    "Thai", "Tibetan", "Tifinagh", "Tirhuta", "Ugaritic", "Vai", "Warang_Citi", "Yi",
  ]

  private static let table: [UInt8] = {
    var table = [UInt8](repeating: any, count: 0x11_0000)
    for (index, name) in names.enumerated() {
      for range in OnigurumaPattern.codePoints(of: name) {
        for code in range { table[Int(code)] = UInt8(index + 1) }
      }
    }
    for name in ["Hiragana", "Katakana"] {
      for range in OnigurumaPattern.codePoints(of: name) {
        for code in range { table[Int(code)] = han }
      }
    }
    // The sign that lengthens vowels is common to both syllabaries.
    table[0x30FC] = han
    table[0x20] = any
    // Their scripts were changed since.
    for (code, name) in [(0x589, "Common"), (0x61C, "Common"), (0x953, "Devanagari"), (0x954, "Devanagari")] {
      table[code] = UInt8((names.firstIndex(of: name) ?? -1) + 1)
    }
    // Characters that came after the reference's tables are not assigned there.
    for code in 0..<UInt32(0x11_0000) where table[Int(code)] != any && !ReferenceUnicode.isKnownToScripts(code) {
      table[Int(code)] = any
    }
    return table
  }()

  static func script(of scalar: UInt32) -> UInt8 { table[Int(scalar)] }
}
