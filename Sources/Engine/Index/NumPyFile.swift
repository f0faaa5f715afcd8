/// NumPy's `.npy` files, versions 1.0 and 2.0, C order, little-endian float32, float64 and int64
/// (numpy/lib/format.py): magic, version, header length, a Python dictionary literal, then the values.
package import Foundation

package protocol NumPyElement: BitwiseCopyable, Sendable {
  /// The `descr` of the type, such as `<f4`.
  static var descriptor: String { get }
}

extension Float: NumPyElement { package static var descriptor: String { "<f4" } }
extension Double: NumPyElement { package static var descriptor: String { "<f8" } }
extension Int64: NumPyElement { package static var descriptor: String { "<i8" } }

package struct NumPyArray<Element: NumPyElement>: Sendable {
  package let shape: [Int]
  /// In C order: the last axis varies fastest.
  package let values: [Element]

  package init(shape: [Int], values: [Element]) {
    precondition(shape.reduce(1, *) == values.count, "shape \(shape) for \(values.count) values")
    self.shape = shape
    self.values = values
  }

  /// - Throws: `IndexFileError.malformed` for anything but such a file holding `Element`s; `FileError`.
  package init(contentsOf url: URL) throws {
    let file = try MemoryMap(url)
    let bytes = file.bytes
    func malformed(_ reason: String) -> IndexFileError { .malformed(path: url.path, reason: reason) }
    guard bytes.count >= 10, bytes.starts(with: Self.magic) else { throw malformed("is no .npy file") }
    let major = bytes[6]
    guard major == 1 || major == 2 else { throw malformed("has .npy version \(major), expected 1 or 2") }
    let prefix = major == 1 ? 10 : 12
    guard bytes.count >= prefix else { throw malformed("ends within its header") }
    let length =
      major == 1
      ? Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self).littleEndian)
      : Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).littleEndian)
    guard bytes.count - prefix >= length else { throw malformed("ends within its header") }
    let header = String(decoding: bytes[prefix..<prefix + length], as: UTF8.self)

    guard let match = header.wholeMatch(of: Self.headerPattern) else {
      throw malformed(
        "has the header \(header.trimmingCharacters(in: .whitespacesAndNewlines)), which is not understood")
    }
    guard match.descr == Self.descriptor else {
      throw malformed("holds '\(match.descr)', expected '\(Self.descriptor)'")
    }
    guard match.order == "False" else { throw malformed("is in Fortran order, expected C order") }
    let extents = match.shape.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
    var count = 1
    var shape: [Int] = []
    for extent in extents {
      guard let extent, extent >= 0 else { throw malformed("has the shape (\(match.shape))") }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw malformed("has the shape (\(match.shape)), larger than any file") }
      count = product
      shape.append(extent)
    }
    let size = MemoryLayout<Element>.size
    let available = bytes.count - prefix - length
    guard available % size == 0, available / size == count else {
      throw IndexFileError.wrongSize(
        path: url.path, bytes: bytes.count, expected: prefix + length + count * size, layout: "shape (\(match.shape))")
    }
    self.shape = shape
    values = (0..<count).map { bytes.loadUnaligned(fromByteOffset: prefix + length + $0 * size, as: Element.self) }
  }

  /// Writes version 1.0, as NumPy does: the header is padded so that the values start at a multiple of 64.
  package func write(to url: URL) throws {
    let extents = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    var header = "{'descr': '\(Self.descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let writer = try FileWriter(creating: url)
    let length = UInt16(header.utf8.count)
    try writer.append(Self.magic + [1, 0, UInt8(truncatingIfNeeded: length), UInt8(length >> 8)])
    try writer.append(header)
    try values.withUnsafeBytes { try writer.append($0) }
    try writer.close()
  }

  private static var descriptor: String { Element.descriptor }
  private static var magic: [UInt8] { [0x93] + Array("NUMPY".utf8) }
  private static var headerPattern: Regex<(Substring, descr: Substring, order: Substring, shape: Substring)> {
    /\{\s*'descr'\s*:\s*'(?<descr>[^']*)'\s*,\s*'fortran_order'\s*:\s*(?<order>True|False)\s*,\s*'shape'\s*:\s*\((?<shape>[0-9, ]*)\)\s*,?\s*\}\s*/
  }
}
