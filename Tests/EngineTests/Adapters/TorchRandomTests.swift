import Testing

@testable import Engine

/// Against torch 2.15 on a CPU after `torch.manual_seed(42)`.
struct TorchRandomTests {
  @Test func uniformNumbersAreThoseOfTorch() {
    var random = TorchRandom(seed: 42)
    let values = FloatStorage(count: 4)
    random.fillUniform(values, bound: 0.3)
    #expect(
      values.matrix(1, 4).toArray() == [
        0.22936156392097473, 0.2490023821592331, -0.0702817440032959, 0.2755833864212036,
      ])
  }

  /// Fewer than a block of 16, and one block with the start of the next.
  @Test(
    arguments: [
      [0.08417259156703949, 0.032202351838350296, 0.05861559137701988, 0.05758325755596161, -0.28071409463882446],
      [
        0.48172882199287415, 0.37182101607322693, 0.2251792997121811, 0.10989731550216675, -0.1895327866077423,
        0.2695794105529785, 0.2002001404762268, 0.4201551377773285, 0.08896497637033463, -0.17165574431419373,
        -0.12333908677101135, 0.33368444442749023, -0.05790608003735542, 0.010439872741699219, -0.0628938227891922,
        0.2149646282196045, -0.07743169367313385, -0.09892762452363968, 0.20085233449935913,
      ],
    ] as [[Float]])
  func normalNumbersAreThoseOfTorch(expected: [Float]) {
    var random = TorchRandom(seed: 42)
    let values = FloatStorage(count: expected.count)
    random.fillNormal(values, deviation: 0.25)
    for (own, other) in zip(values.matrix(1, expected.count).toArray(), expected) {
      #expect(abs(own - other) <= 2 * other.ulp, "\(own), \(other)")
    }
  }
}
