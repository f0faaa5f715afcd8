import Foundation
import Testing

@testable import Hub

@Suite struct HubEnvironmentTests {
  @Test(arguments: [
    (["HF_HUB_CACHE": "/c", "HF_HOME": "/h"], "/c"), (["HF_HOME": "/h"], "/h/hub"),
    (["XDG_CACHE_HOME": "/x"], "/x/huggingface/hub"), (["HF_HUB_CACHE": "", "HF_HOME": "/h"], "/h/hub"),
    (["HUGGINGFACE_HUB_CACHE": "/g", "HF_HOME": "/h"], "/g"),
    (["HUGGINGFACE_HUB_CACHE": "/g", "HF_HUB_CACHE": "/c"], "/c"),
    ([:], NSHomeDirectory() + "/.cache/huggingface/hub"),
  ])
  func theCacheIsWhereThePythonLibraryHasIt(_ variables: [String: String], _ path: String) throws {
    #expect(try HubEnvironment(variables).cache.path == path)
  }

  @Test func theTokenIsOfTheVariableOrOfTheFile() throws {
    let home = FileManager.default.temporaryDirectory.appending(path: "bergson-home-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: home) }
    #expect(try HubEnvironment(["HF_HOME": home.path]).token == nil)
    try Data("of-the-file\n".utf8).write(to: home.appending(path: "token"))
    #expect(try HubEnvironment(["HF_HOME": home.path]).token == "of-the-file")
    #expect(try HubEnvironment(["HF_HOME": home.path, "HF_TOKEN": "t"]).token == "t")
    #expect(try HubEnvironment(["HF_HOME": home.path, "HUGGING_FACE_HUB_TOKEN": "u"]).token == "u")
  }

  @Test(arguments: [("1", true), ("yes", true), ("TRUE", true), ("0", false), ("", false)])
  func offlineIsSaidAsInPython(_ value: String, _ isOffline: Bool) throws {
    #expect(try HubEnvironment(["HF_HUB_OFFLINE": value, "HF_HOME": "/h"]).isOffline == isOffline)
    #expect(try HubEnvironment(["TRANSFORMERS_OFFLINE": value, "HF_HOME": "/h"]).isOffline == isOffline)
  }

  @Test func anEndpointMustBeAnAddress() throws {
    #expect(
      try HubEnvironment(["HF_ENDPOINT": "http://mirror:81/hf/"]).endpoint.absoluteString == "http://mirror:81/hf")
    #expect(throws: HubError.badEndpoint("mirror")) { try HubEnvironment(["HF_ENDPOINT": "mirror"]) }
    #expect(throws: HubError.badEndpoint("file:///x")) { try HubEnvironment(["HF_ENDPOINT": "file:///x"]) }
  }

  @Test(arguments: ["gpt2", "EleutherAI/pythia-14m", "a/b.c_d"])
  func idsOfRepositories(_ id: String) throws {
    #expect(try HubRepository(.model, id).id == id)
  }

  @Test(arguments: [
    "", "a/b/c", "../b", "a/..", "/a", "a/", "a--b/c", "a b", "a/-b", "ä/b", String(repeating: "a", count: 97),
  ])
  func whatIsNoIDIsRefused(_ id: String) {
    #expect(throws: HubError.badID(id)) { try HubRepository(.model, id) }
  }
}
