import Testing

@testable import Engine

struct MatrixTests {
  /// 0, 1, 2 ... in rows.
  private func counting(_ rows: Int, _ columns: Int) -> FloatStorage {
    FloatStorage((0..<rows * columns).map(Float.init))
  }

  @Test func viewsOfRowsAndColumnsShareTheMemory() {
    let storage = counting(4, 5)
    let inner = storage.matrix(4, 5).rows(1..<3).columns(2..<4)
    #expect(inner.toArray() == [7, 8, 12, 13])
    #expect(!inner.isContiguous)
    inner[1, 0] = -1
    #expect(storage.base[12] == -1)
  }

  @Test func aSingleRowIsContiguousWhateverItsStride() {
    #expect(counting(4, 5).matrix(4, 5).columns(1..<3).rows(2..<3).isContiguous)
  }

  @Test func copyAndFillLeaveWhatLiesBetweenTheRows() {
    let storage = counting(3, 4)
    let view = storage.matrix(3, 4).columns(0..<2)
    let source = FloatStorage([-1, -2, -3, -4, -5, -6])
    view.copy(from: source.matrix(3, 2))
    #expect(storage.matrix(3, 4).toArray() == [-1, -2, 2, 3, -3, -4, 6, 7, -5, -6, 10, 11])
    view.fill(9)
    #expect(storage.matrix(3, 4).toArray() == [9, 9, 2, 3, 9, 9, 6, 7, 9, 9, 10, 11])
  }

  @Test(arguments: [1, 3, 7, 17, 33, 65, 130]) func additionIsEntryByEntry(count: Int) {
    var random = RandomValues(seed: 1)
    let (a, b) = (random.floats(count), random.floats(count))
    let sum = FloatStorage(a)
    let addend = FloatStorage(b)
    sum.matrix(1, count).add(addend.matrix(1, count))
    #expect(sum.matrix(1, count).toArray() == zip(a, b).map { $0 + $1 })
  }

  @Test func storageStartsAtZeroOnACacheLine() {
    for count in [0, 1, 17, 1000] {
      let storage = FloatStorage(count: count)
      #expect(UInt(bitPattern: storage.base) % 64 == 0)
      #expect((0..<count).allSatisfy { storage.base[$0] == 0 })
    }
  }

  @Test func rowsBeyondTheEndAreAMistake() async {
    await #expect(processExitsWith: .failure) { _ = FloatStorage(count: 6).matrix(2, 3).rows(1..<3) }
  }

  @Test func columnsBeyondTheEndAreAMistake() async {
    await #expect(processExitsWith: .failure) { _ = FloatStorage(count: 6).matrix(2, 3).columns(1..<4) }
  }

  @Test func aMatrixLargerThanItsStorageIsAMistake() async {
    await #expect(processExitsWith: .failure) { _ = FloatStorage(count: 5).matrix(2, 3) }
  }
}
