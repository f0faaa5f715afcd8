import Foundation
import Testing

@testable import Catalog

struct ProcessIdentityTests {
  @Test func thisProcessIsAlive() throws {
    let identity = try ProcessIdentity.current()
    #expect(identity.pid == ProcessInfo.processInfo.processIdentifier)
    #expect(identity.processStart > 0)
    #expect(try identity.isAlive() == true)
    #expect(try ProcessIdentity.current() == identity)
  }

  @Test func processThatEndedIsDead() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    var identity = try ProcessIdentity.current()
    identity.pid = process.processIdentifier
    #expect(try identity.isAlive() == false)
  }

  @Test func reusedPIDIsToldByItsStart() throws {
    var identity = try ProcessIdentity.current()
    identity.processStart -= 1
    #expect(try identity.isAlive() == false)
  }

  @Test func nothingSurvivesABoot() throws {
    var identity = try ProcessIdentity.current()
    identity.bootID = "00000000-0000-0000-0000-000000000000"
    #expect(try identity.isAlive() == false)
    identity.pidNamespace = "pid:[1]"
    #expect(try identity.isAlive() == false)
  }

  @Test func otherHostsAndContainersAreNotJudged() throws {
    var elsewhere = try ProcessIdentity.current()
    elsewhere.host += "-other"
    elsewhere.bootID = "other"
    #expect(try elsewhere.isAlive() == nil)
    var contained = try ProcessIdentity.current()
    contained.pidNamespace = "pid:[1]"
    #expect(try contained.isAlive() == nil)
  }

  @Test func commandNamesWithParenthesesAndSpacesAreParsed() throws {
    let tail = (4...21).map(String.init).joined(separator: " ")
    let stat = try #require(ProcessStat("12 (a) S (b) Z \(tail) 98765 0 0"))
    #expect(stat.state == "Z")
    #expect(stat.hasExited)
    #expect(stat.start == 98765)
    #expect(ProcessStat("12 (a) S 1 2") == nil)
    #expect(ProcessStat("") == nil)
  }
}
