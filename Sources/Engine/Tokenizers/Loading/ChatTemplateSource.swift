/// Where a tokenizer's chat template is, as `transformers` looks for it: `chat_template.jinja` before
/// `tokenizer_config.json`, which has one template or several with names.
import Foundation

enum ChatTemplateSource: Sendable {
  case file(path: String)
  case configuration(JSONNode)

  func template(specialTokens: [String: String]) -> ChatTemplate {
    switch self {
    case .file(let path):
      ChatTemplate(Self.contents(of: path), specialTokens: specialTokens, file: path)
    case .configuration(let node):
      ChatTemplate(Self.text(of: node), specialTokens: specialTokens, file: node.file)
    }
  }

  private static func contents(of path: String) -> Result<String, ChatTemplateError> {
    do {
      let bytes = try Data(contentsOf: URL(filePath: path))
      guard let text = String(validating: bytes, as: UTF8.self) else {
        return .failure(.malformed(file: path, "it is not valid UTF-8"))
      }
      return .success(text)
    } catch {
      return .failure(.malformed(file: path, error.localizedDescription))
    }
  }

  private static func text(of node: JSONNode) -> Result<String, ChatTemplateError> {
    do {
      if case .string(let text) = node.value { return .success(text) }
      let named = try node.elements().map { (try $0.required("name").string(), try $0.required("template").string()) }
      guard let (_, text) = named.last(where: { $0.0 == "default" }) else {
        return .failure(.noDefault(file: node.file, names: named.map { "'\($0.0)'" }))
      }
      return .success(text)
    } catch {
      return .failure(.malformed(file: node.file, "\(error)"))
    }
  }
}
