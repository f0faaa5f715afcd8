import Foundation
import Testing

@testable import Reports

struct TemplateLocationTests {
  private func program(_ path: String, templates: String?) throws -> (TemporaryDirectory, URL) {
    let directory = try TemporaryDirectory()
    let executable = try directory.write("", to: path)
    if let templates { try directory.write("x", to: "\(templates)/html/report.mustache") }
    return (directory, executable)
  }

  @Test(arguments: [
    ("bergson", "templates"), ("bin/bergson", "share/bergson/templates"),
  ])
  func templatesAreFoundBesideAnInstalledProgram(executable: String, templates: String) throws {
    let (directory, program) = try program(executable, templates: templates)
    #expect(
      try TemplateSet.builtInDirectory(executable: program).path == directory.url.appending(path: templates).path)
  }

  @Test func templatesAreFoundFromTheBuildDirectoryOfAPackage() throws {
    let (directory, program) = try program(".build/x/debug/bergson", templates: "templates")
    #expect(throws: ReportError.self) { try TemplateSet.builtInDirectory(executable: program) }
    try directory.write("", to: "Package.swift")
    #expect(
      try TemplateSet.builtInDirectory(executable: program).path == directory.url.appending(path: "templates").path)
  }

  @Test func whereTemplatesWereLookedForIsSaid() throws {
    let (directory, program) = try program("bin/bergson", templates: nil)
    let root = directory.url.path
    #expect(
      throws: ReportError.noTemplates(searched: ["\(root)/bin/templates", "\(root)/share/bergson/templates"])
    ) { try TemplateSet.builtInDirectory(executable: program) }
  }

  @Test func theOptionComesBeforeTheEnvironment() throws {
    let user = try TemporaryDirectory()
    for (name, text) in [("a", "from a"), ("b", "from b")] {
      try user.write(text, to: "\(name)/html/report.mustache")
    }
    let document = try FabricatedRun().document()
    func html(_ explicit: String?, _ environment: String?) throws -> String {
      let templates = try TemplateSet.locate(
        explicit: explicit, environment: environment.map { [TemplateSet.environmentVariable: $0] } ?? [:],
        executable: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(), workingDirectory: user.url)
      return try ReportRenderer(templates: templates).html(document)
    }
    #expect(try html("a", "b") == "from a")
    #expect(try html(nil, user.url.appending(path: "b").path) == "from b")
    #expect(try html("", "b") == "from b")
    #expect(try html(nil, nil).hasPrefix("<!DOCTYPE html>"))
  }
}
