/// `processor_config.yaml`: how the gradients of a run were projected. Rows made by two recipes must never meet in one
/// inner product, so the file travels with every index, preconditioner and query.
package import Foundation
import Yams

package struct ProcessorConfig: Codable, Hashable, Sendable {
  /// p of the sketch; 0 keeps gradients whole.
  package var projectionDim: Int
  package var reshapeToSquare: Bool
  package var projectionType: ProjectionType
  package var projectionTarget: ProjectionTarget
  package var projectionScale: ProjectionScale
  package var includeBias: Bool
  package var projectionSeed: Int?
  package var projectionVersion: Int
  /// Digest of the normalizers of the run; nil where rows are not normalised. Not in files of the Python tool, nor in those
  /// of runs without normalizers.
  package var normalizers: String?

  /// The defaults are those of a new run; a file without a key is another matter, see `init(contentsOf:)`.
  package init(
    projectionDim: Int = 16, reshapeToSquare: Bool = false, projectionType: ProjectionType = .rademacher,
    projectionTarget: ProjectionTarget = .perModule, projectionScale: ProjectionScale = .jl,
    includeBias: Bool = false, projectionSeed: Int? = nil, projectionVersion: Int = 2,
    normalizers: String? = nil
  ) {
    self.projectionDim = projectionDim
    self.reshapeToSquare = reshapeToSquare
    self.projectionType = projectionType
    self.projectionTarget = projectionTarget
    self.projectionScale = projectionScale
    self.includeBias = includeBias
    self.projectionSeed = projectionSeed
    self.projectionVersion = projectionVersion
    self.normalizers = normalizers
  }

  package enum CodingKeys: String, CodingKey, CaseIterable {
    case projectionDim = "projection_dim"
    case reshapeToSquare = "reshape_to_square"
    case projectionType = "projection_type"
    case projectionTarget = "projection_target"
    case projectionScale = "projection_scale"
    case includeBias = "include_bias"
    case projectionSeed = "projection_seed"
    case projectionVersion = "projection_version"
    case normalizers
  }

  package static let fileName = "processor_config.yaml"
}

extension ProcessorConfig {
  /// Reads YAML, or the JSON that 0.9.1 wrote under the same name (JSON is YAML). A file without scale or version is of
  /// an older release, whose projections had rows of unit length (`row_norm`) from generator version 1.
  ///
  /// - Throws: `IndexFileError` naming the file and the key for anything not understood; `FileError`.
  package init(contentsOf url: URL) throws {
    let file = try MemoryMap(url)
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw IndexFileError.malformed(path: url.path, reason: "is not UTF-8")
    }
    let loaded: Any?
    do {
      loaded = try Yams.load(yaml: text)
    } catch {
      throw IndexFileError.malformed(path: url.path, reason: "is no valid YAML: \(error)")
    }
    guard let settings = loaded as? [String: Any] else {
      throw IndexFileError.malformed(path: url.path, reason: "is no mapping of settings")
    }
    let known = CodingKeys.allCases.map(\.rawValue)
    if let stranger = settings.keys.sorted().first(where: { !known.contains($0) }) {
      throw IndexFileError.unknownKey(path: url.path, key: stranger, known: known)
    }
    let reader = SettingsReader(path: url.path, settings: settings)
    projectionDim = try reader.count(.projectionDim) ?? 0
    reshapeToSquare = try reader.flag(.reshapeToSquare) ?? false
    projectionType = try reader.choice(.projectionType) ?? .rademacher
    projectionTarget = try reader.choice(.projectionTarget) ?? .perModule
    projectionScale = try reader.choice(.projectionScale) ?? .rowNorm
    includeBias = try reader.flag(.includeBias) ?? false
    projectionSeed = try reader.integer(.projectionSeed)
    projectionVersion = try reader.count(.projectionVersion) ?? 1
    normalizers = try reader.text(.normalizers)
    guard 1...2 ~= projectionVersion else {
      throw reader.unexpected(.projectionVersion, "1 or 2; a newer release may have made this run")
    }
  }

  /// As the newest Python release prints it.
  package var yaml: String {
    """
    projection_dim: \(projectionDim)
    reshape_to_square: \(reshapeToSquare)
    projection_type: \(projectionType.rawValue)
    projection_target: \(projectionTarget.rawValue)
    projection_scale: \(projectionScale.rawValue)
    include_bias: \(includeBias)
    projection_seed: \(projectionSeed.map(String.init) ?? "null")
    projection_version: \(projectionVersion)

    """ + (normalizers.map { "\(CodingKeys.normalizers.rawValue): '\($0)'\n" } ?? "")
  }

  package func write(to url: URL) throws {
    try FileWriter.write(yaml, to: url)
  }

  /// A setting in which two recipes differ.
  package struct Difference: Equatable, Sendable {
    /// The key as files and flags spell it.
    package let key: String
    package let ours: String
    package let theirs: String
  }

  /// Nil where rows made by both recipes may be multiplied with each other.
  package func firstDifference(from other: ProcessorConfig) -> Difference? { differences(from: other).first }

  /// None where rows made by both recipes may be multiplied with each other.
  package func differences(from other: ProcessorConfig) -> [Difference] {
    zip(CodingKeys.allCases, zip(values, other.values))
      .filter { $1.0 != $1.1 }
      .map { Difference(key: $0.rawValue, ours: $1.0, theirs: $1.1) }
  }

  /// In the order of `CodingKeys`.
  private var values: [String] {
    CodingKeys.allCases.map { key in
      switch key {
      case .projectionDim: String(projectionDim)
      case .reshapeToSquare: String(reshapeToSquare)
      case .projectionType: projectionType.rawValue
      case .projectionTarget: projectionTarget.rawValue
      case .projectionScale: projectionScale.rawValue
      case .includeBias: String(includeBias)
      case .projectionSeed: projectionSeed.map(String.init) ?? "none"
      case .projectionVersion: String(projectionVersion)
      case .normalizers: normalizers ?? "none"
      }
    }
  }
}

/// Typed access to a loaded mapping; `null` and absence are the same.
private struct SettingsReader {
  let path: String
  let settings: [String: Any]

  private func value(_ key: ProcessorConfig.CodingKeys) -> Any? {
    let value = settings[key.rawValue]
    return value is NSNull ? nil : value
  }

  func unexpected(_ key: ProcessorConfig.CodingKeys, _ expected: String) -> IndexFileError {
    .unknownValue(path: path, key: key.rawValue, value: value(key).map { "\($0)" } ?? "null", expected: expected)
  }

  func integer(_ key: ProcessorConfig.CodingKeys) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value as? Int else { throw unexpected(key, "a whole number") }
    return number
  }

  func count(_ key: ProcessorConfig.CodingKeys) throws -> Int? {
    let number = try integer(key)
    if let number, number < 0 { throw unexpected(key, "a whole number from 0") }
    return number
  }

  func text(_ key: ProcessorConfig.CodingKeys) throws -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value as? String else { throw unexpected(key, "a digest") }
    return text
  }

  func flag(_ key: ProcessorConfig.CodingKeys) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value as? Bool else { throw unexpected(key, "true or false") }
    return flag
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: ProcessorConfig.CodingKeys
  ) throws -> Choice? where Choice.RawValue == String {
    guard let value = value(key) else { return nil }
    guard let name = value as? String, let choice = Choice(rawValue: name) else {
      throw unexpected(key, Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }
}
