/// BM25 text search: the baseline that every attribution of facts has to beat.
///
///     score(q, d) = Σ over words w of q   idf(w) · tf·(k1 + 1) / (tf + k1·(1 - b + b·|d|/avg|d|))
///     idf(w)      = ln(1 + (N - df + 0.5) / (df + 0.5))
///
/// Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", with the idf of Lucene, which
/// is never negative. A word that the query has twice counts twice.
import Foundation

/// An inverted index over documents. Scoring a query touches only the documents that share a word with it.
package struct BM25: Sendable {
  package let documentCount: Int
  private let termIDs: [String: Int32]
  /// Postings of term t are `starts[t]..<starts[t + 1]`, documents ascending.
  private var starts: [Int]
  private var rows: [Int32]
  /// The whole summand of a posting, so that a query only adds.
  private var weights: [Float]

  package init(_ documents: some Sequence<String>, k1: Float = 1.2, b: Float = 0.75) {
    self.init(k1: k1, b: b) { add in for document in documents { add(document) } }
  }

  /// Takes documents one by one, for those that are nowhere in memory together.
  ///
  /// - Parameter forEach: calls its argument with each document, and what it throws comes out.
  package init(k1: Float = 1.2, b: Float = 0.75, _ forEach: (_ add: (String) -> Void) throws -> Void) rethrows {
    // Document by document first; a counting sort by term follows.
    var ids: [String: Int32] = [:]
    var terms: [Int32] = []
    var frequencies: [Int32] = []
    var ends: [Int] = []
    var lengths: [Int] = []
    var documentFrequencies: [Int] = []
    try forEach { document in
      var counts: [Int32: Int32] = [:]
      var length = 0
      Self.forEachWord(in: document) { word in
        let term = ids[word] ?? Int32(documentFrequencies.count)
        if term == documentFrequencies.count {
          ids[word] = term
          documentFrequencies.append(0)
        }
        counts[term, default: 0] += 1
        length += 1
      }
      for (term, count) in counts {
        terms.append(term)
        frequencies.append(count)
        documentFrequencies[Int(term)] += 1
      }
      ends.append(terms.count)
      lengths.append(length)
    }
    documentCount = lengths.count
    termIDs = ids

    starts = [0]
    for frequency in documentFrequencies { starts.append(starts[starts.count - 1] + frequency) }
    let idf = documentFrequencies.map { df in
      Float(log(1 + (Double(lengths.count - df) + 0.5) / (Double(df) + 0.5)))
    }
    let total = lengths.reduce(0, +)
    let averageLength = total > 0 ? Float(total) / Float(lengths.count) : 1
    rows = [Int32](repeating: 0, count: terms.count)
    weights = [Float](repeating: 0, count: terms.count)
    var next = starts
    var posting = 0
    for (row, end) in ends.enumerated() {
      let saturation = k1 * (1 - b + b * Float(lengths[row]) / averageLength)
      while posting < end {
        let term = Int(terms[posting])
        let tf = Float(frequencies[posting])
        rows[next[term]] = Int32(row)
        weights[next[term]] = idf[term] * tf * (k1 + 1) / (tf + saturation)
        next[term] += 1
        posting += 1
      }
    }
  }

  /// One score per document; 0 where it shares no word with the query.
  package func scores(_ query: String) -> [Float] {
    var scores = [Float](repeating: 0, count: documentCount)
    Self.forEachWord(in: query) { word in
      guard let term = termIDs[word].map({ Int($0) }) else { return }
      for posting in starts[term]..<starts[term + 1] { scores[Int(rows[posting])] += weights[posting] }
    }
    return scores
  }

  /// The k best documents, best first; among equal scores the lower row first.
  package func top(_ k: Int, for query: String) -> [TopK.Entry] {
    var top = TopK(k, .largest)
    scores(query).withUnsafeBufferPointer { top.insert($0, firstRow: 0) }
    return top.entries
  }

  /// Lowercased maximal runs of letters, digits and the marks that belong to letters in many scripts.
  static func forEachWord(in text: String, _ body: (String) -> Void) {
    var word = String.UnicodeScalarView()
    for scalar in text.lowercased().unicodeScalars {
      if isWordScalar(scalar) {
        word.append(scalar)
      } else if !word.isEmpty {
        body(String(word))
        word.removeAll()
      }
    }
    if !word.isEmpty { body(String(word)) }
  }

  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return "a"..."z" ~= scalar || "0"..."9" ~= scalar }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      return true
    default:
      return false
    }
  }
}
