import Foundation
import Glibc

/// File systems that several machines may mount, where SQLite's WAL does not work for want of shared memory.
struct NetworkFileSystem: Equatable {
  /// As the kernel names it, as in `nfs4`.
  let type: String

  /// sshfs, s3fs and other network file systems appear as `fuse` or `fuse.<name>`; those that are local lose little by
  /// being counted in.
  private static let types: Set<String> = [
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3",
    "smbfs",
  ]

  /// None for the name of a local file system.
  init?(type: String) {
    guard Self.types.contains(type) || type.hasPrefix("fuse.") else { return nil }
    self.type = type
  }

  /// The network file system that a directory is on; none for a local one.
  init?(holding directory: String) throws {
    var status = stat()
    guard stat(directory, &status) == 0 else {
      throw RunCatalogError.unreadable(path: directory, reason: String(cString: strerror(errno)))
    }
    let table: String
    do {
      table = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    } catch {
      throw RunCatalogError.processUnknown(detail: "/proc/self/mountinfo cannot be read")
    }
    guard let type = Self.type(ofDevice: status.st_dev, mountInfo: table) else { return nil }
    self.init(type: type)
  }

  /// The type of the file system on a device, from lines such as
  /// `36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/sda1 rw` (proc(5)); none where no line has the device, as with
  /// the subvolumes of btrfs, which is local.
  static func type(ofDevice device: dev_t, mountInfo: String) -> String? {
    // The bits of makedev(3).
    let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
    let minor = (device & 0xFF) | (device >> 12 & ~0xFF)
    let number = "\(major):\(minor)"
    for line in mountInfo.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == number, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { continue }
      return String(fields[dash + 1])
    }
    return nil
  }
}
