/// What a report says, before it has a form: sections in the order in which they are read, every value as the words that
/// a reader sees. HTML and Markdown both come from this.
///
/// Templates name these properties. A property that is optional is absent when there is nothing to say; none holds an
/// empty text. `Decodable` only so that `TemplateSchema` can tell which names there are;
/// `Encodable` for the JSON form.
package struct ReportDocument: Codable, Equatable, Sendable {
  /// The name of the run, or its id.
  package var title: String
  /// Command, state and date in one line.
  package var subtitle: String
  /// Why the numbers are not those of a run that did all it was asked to; absent for a finished run.
  package var notice: Notice?
  package var contents: [ContentsEntry]
  package var verdict: Verdict
  /// What the run warned of; absent when it did not.
  package var warnings: Warnings?
  package var evaluation: Evaluation?
  package var distribution: Distribution?
  package var queries: Queries?
  package var provenance: Provenance

  package struct Notice: Codable, Equatable, Sendable {
    package var heading: String
    package var sentences: [String]
    /// The message that the run failed with.
    package var error: Passage?
  }

  package struct ContentsEntry: Codable, Equatable, Sendable {
    package var anchor: String
    package var title: String
    /// What the entries are; absent when there are none.
    package var entriesLabel: String?
    package var entries: [Subentry]

    package struct Subentry: Codable, Equatable, Sendable {
      package var anchor: String
      package var title: String
    }
  }

  /// What was done to what, and how to read the result.
  package struct Verdict: Codable, Equatable, Sendable {
    package var sentences: [String]
    /// What the sign of a score means; absent for runs without scores.
    package var orientation: String?
    package var facts: [Fact]
  }

  package struct Warnings: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    package var messages: [String]
  }

  /// A name and what it is, as in a row of a table.
  package struct Fact: Codable, Equatable, Sendable {
    package var label: String
    package var value: Figure

    init(label: String, value: Figure) {
      self.label = label
      self.value = value
    }

    init(label: String, value: String) {
      self.init(label: label, value: Figure(words: value))
    }
  }
}

/// How well the run found the documents that it ought to, beside its baselines.
extension ReportDocument {
  package struct Evaluation: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    package var sentences: [String]
    /// Headings of the columns after the first.
    package var columns: [String]
    package var methods: [Method]
    package var note: String

    package struct Method: Codable, Equatable, Sendable {
      package var name: String
      package var isBaseline: Bool
      /// One for each column.
      package var cells: [Cell]
    }

    package struct Cell: Codable, Equatable, Sendable {
      /// Absent where the method has no such number.
      package var value: Figure?
      package var interval: ReportTable.Interval?
      /// Whether no method has a larger value in the column.
      package var isBest: Bool
    }
  }

  /// How the scores of all documents for all queries are distributed.
  package struct Distribution: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    package var sentences: [String]
    package var chart: Markup
    /// Legend of the bar that is on both sides of zero; absent when there is none.
    package var aroundZero: String?
    package var bins: [Bin]

    package struct Bin: Codable, Equatable, Sendable {
      package var from: Figure
      package var to: Figure
      package var count: Figure
    }
  }
}

/// The queries and the documents that answer them.
extension ReportDocument {
  package struct Queries: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    /// Which queries are shown, when not all are, and how to choose others.
    package var selection: String?
    package var queries: [Query]
  }

  package struct Query: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    /// Row and loss in one line.
    package var details: String
    package var text: Text
    /// Absent when the run published no documents for the query.
    package var strongest: Ranking?
    package var weakest: Ranking?
  }

  /// One end of the order of documents.
  package struct Ranking: Codable, Equatable, Sendable {
    package var heading: String
    /// What scores such as these mean.
    package var meaning: String
    package var hits: [Hit]
  }

  package struct Hit: Codable, Equatable, Sendable {
    package var rank: Figure
    package var score: Figure
    package var isPositive: Bool
    package var isNegative: Bool
    package var row: Figure
    /// First digits of the SHA-256 of the document.
    package var digest: String?
    /// Length of the document, and whether all of it is here.
    package var length: String?
    /// Absent when the run did not publish the document.
    package var text: Text?
  }

  /// A text of a data set.
  package struct Text: Codable, Equatable, Sendable {
    /// Its first words, on one line.
    package var beginning: String
    package var passage: Passage
    /// Whether it is too long to be shown without being asked for.
    package var isLong: Bool
  }
}

/// Where everything came from.
extension ReportDocument {
  package struct Provenance: Codable, Equatable, Sendable {
    package var anchor: String
    package var heading: String
    package var groups: [Group]
    package var commandLine: Passage
    package var configuration: Passage
    package var artifacts: Artifacts?

    package struct Group: Codable, Equatable, Sendable {
      package var heading: String
      package var facts: [Fact]
    }

    package struct Artifacts: Codable, Equatable, Sendable {
      package var heading: String
      package var rows: [Artifact]
    }

    package struct Artifact: Codable, Equatable, Sendable {
      package var kind: String
      /// Produced or used, and whether it has been replaced since.
      package var role: String
      package var path: String
      package var size: Figure
      package var digest: String
    }
  }
}

/// Text that keeps its lines, such as a document or a command. Each form of a report sets it apart: nothing in it is
/// markup.
package struct Passage: Codable, Equatable, Sendable {
  package var text: String

  package init(_ text: String) {
    self.text = text
  }
}
