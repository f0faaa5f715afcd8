import Testing

@testable import Catalog

struct NetworkFileSystemTests {
  private let table = """
    22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
    31 22 0:52 / /home/a\\040b rw,nosuid - nfs4 server:/home rw,vers=4.2
    40 22 0:53 / /mnt/s - fuse.sshfs host: rw
    41 22 259:70000 / /mnt/x rw shared:7 master:2 - xfs /dev/nvme rw
    """

  /// makedev(3), by its definition.
  private func device(_ major: UInt, _ minor: UInt) -> UInt {
    (minor & 0xFF) | (major & 0xFFF) << 8 | (minor & ~0xFF) << 12 | (major & ~0xFFF) << 32
  }

  @Test func typeIsFoundByDeviceNumber() {
    #expect(NetworkFileSystem.type(ofDevice: device(254, 0), mountInfo: table) == "ext4")
    #expect(NetworkFileSystem.type(ofDevice: device(0, 52), mountInfo: table) == "nfs4")
    #expect(NetworkFileSystem.type(ofDevice: device(0, 53), mountInfo: table) == "fuse.sshfs")
    #expect(NetworkFileSystem.type(ofDevice: device(259, 70000), mountInfo: table) == "xfs")
    #expect(NetworkFileSystem.type(ofDevice: device(0, 54), mountInfo: table) == nil)
  }

  @Test(arguments: ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "lustre", "fuse.sshfs", "fuse"])
  func networkTypesAreKnown(type: String) {
    #expect(NetworkFileSystem(type: type)?.type == type)
  }

  @Test(arguments: ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs", "fuseblk"])
  func localTypesAreNot(type: String) {
    #expect(NetworkFileSystem(type: type) == nil)
  }

  @Test func procIsLocal() throws {
    #expect(try NetworkFileSystem(holding: "/proc") == nil)
  }

  @Test func missingDirectoryIsAnError() {
    #expect(throws: RunCatalogError.self) { try NetworkFileSystem(holding: "/proc/no/such/directory") }
  }
}
