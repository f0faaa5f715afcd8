/// Where the hub and its cache are, by the environment variables that the Python library `huggingface_hub` reads.
package import Foundation

package struct HubEnvironment: Sendable, Equatable {
  /// Scheme, host and, for a mirror, a path; without a trailing slash.
  package var endpoint: URL
  /// The folder with `models--OWNER--NAME`.
  package var cache: URL
  package var token: String?
  /// Only the cache is looked at.
  package var isOffline: Bool

  package init(endpoint: URL, cache: URL, token: String? = nil, isOffline: Bool = false) {
    self.endpoint = endpoint
    self.cache = cache
    self.token = token
    self.isOffline = isOffline
  }

  /// Reads `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HF_TOKEN`, `HF_TOKEN_PATH` and
  /// `HF_HUB_OFFLINE`, and the older names that the library still knows; an empty variable counts as none.
  ///
  /// - Throws: `HubError.badEndpoint` for an endpoint that is no http or https address.
  package init(_ variables: [String: String]) throws {
    func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
    func folder(_ path: String) -> URL { URL(filePath: NSString(string: path).expandingTildeInPath) }
    let address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    guard let endpoint = URL(string: address.hasSuffix("/") ? String(address.dropLast()) : address),
      endpoint.scheme == "https" || endpoint.scheme == "http", endpoint.host != nil
    else { throw HubError.badEndpoint(address) }
    self.endpoint = endpoint
    let userCache = value("XDG_CACHE_HOME").map(folder) ?? folder("~/.cache")
    let home = value("HF_HOME").map(folder) ?? userCache.appending(path: "huggingface")
    cache = (value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE")).map(folder) ?? home.appending(path: "hub")
    let offline = value("HF_HUB_OFFLINE") ?? value("TRANSFORMERS_OFFLINE") ?? ""
    isOffline = ["1", "ON", "YES", "TRUE"].contains(offline.uppercased())
    token =
      try value("HF_TOKEN") ?? value("HUGGING_FACE_HUB_TOKEN")
      ?? Self.token(in: value("HF_TOKEN_PATH").map(folder) ?? home.appending(path: "token"))
  }

  private static func token(in file: URL) throws -> String? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }
}
