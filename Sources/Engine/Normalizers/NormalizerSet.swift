/// The second moments of a model's modules, and where they come from.
package struct NormalizerSet: Sendable {
  /// By the name of the module.
  package let moments: [String: SecondMoments]
  /// Words for the story and for errors, as "Adam's, from 'optimizer.pt'".
  package let origin: String
  /// Of all names, shapes and values: normalizers with the same digest make the same rows.
  package let digest: Digest

  /// - Throws: `NormalizerError` where a value cannot be a second moment.
  package init(_ moments: [String: SecondMoments], origin: String) throws {
    self.moments = moments
    self.origin = origin
    var hasher = SHA256Hasher()
    hasher.update("bergson normalizers 1\n")
    for (name, moments) in moments.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      if let value = moments.impossibleValue {
        throw NormalizerError.notASecondMoment(origin: origin, module: name, value: value)
      }
      hasher.update("\(name.utf8.count) \(name)\n")
      moments.update(&hasher)
    }
    digest = hasher.finalize()
  }

  /// The factors of some of a model's modules, by name; modules without moments have none.
  ///
  /// - Throws: what `SecondMoments.normalizer` throws.
  package func normalizers(for modules: [ModuleDescription], includeBias: Bool) throws -> [String: Normalizer] {
    var normalizers: [String: Normalizer] = [:]
    for module in modules {
      guard let moments = moments[module.name] else { continue }
      normalizers[module.name] = try moments.normalizer(
        for: module, includesBias: includeBias && module.hasBias, origin: origin)
    }
    return normalizers
  }
}
