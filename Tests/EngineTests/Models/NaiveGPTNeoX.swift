import Foundation

@testable import Engine

/// The oracle of `GPTNeoX`: one document at a time, in float64, from the definition, without a thought for speed.
struct NaiveGPTNeoX {
  let model: TinyGPTNeoX
  var weights: [String: DoubleMatrix]

  private func weight(_ name: String) -> DoubleMatrix {
    guard let weight = weights[name] else { preconditionFailure("no weight '\(name)'") }
    return weight
  }

  /// Logits [S, V] of a document.
  func logits(_ tokens: [Int32]) -> DoubleMatrix {
    let embedding = weight("gpt_neox.embed_in.weight")
    var x = DoubleMatrix(tokens.count, TinyGPTNeoX.hidden) { embedding[Int(tokens[$0]), $1] }
    for layer in 0..<TinyGPTNeoX.layers {
      let name = "gpt_neox.layers.\(layer)"
      let attention = attention(norm(x, "\(name).input_layernorm"), "\(name).attention")
      let middle = model.parallelResidual ? x : x + attention
      let up = linear(norm(middle, "\(name).post_attention_layernorm"), "\(name).mlp.dense_h_to_4h")
      let activated = DoubleMatrix(up.rows, up.columns, up.values.map(activate))
      x = x + attention + linear(activated, "\(name).mlp.dense_4h_to_h")
    }
    let head = weight(model.tiedEmbeddings ? "gpt_neox.embed_in.weight" : "embed_out.weight")
    return norm(x, "gpt_neox.final_layer_norm") * head.transposed
  }

  /// Sum over the positions of -log p(next token).
  func loss(_ tokens: [Int32]) -> Double {
    let logits = logits(tokens)
    return zip(0..<tokens.count, tokens.dropFirst()).reduce(0) { sum, pair in
      let row = logits.row(pair.0)
      return sum + log(row.reduce(0) { $0 + exp($1) }) - row[Int(pair.1)]
    }
  }

  private func linear(_ x: DoubleMatrix, _ name: String) -> DoubleMatrix {
    var y = x * weight("\(name).weight").transposed
    guard let bias = weights["\(name).bias"] else { return y }
    for r in 0..<y.rows {
      for c in 0..<y.columns { y[r, c] += bias[c, 0] }
    }
    return y
  }

  private func norm(_ x: DoubleMatrix, _ name: String) -> DoubleMatrix {
    let (scale, shift) = (weight("\(name).weight"), weight("\(name).bias"))
    var y = x
    for r in 0..<x.rows {
      let row = x.row(r)
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      for c in row.indices {
        y[r, c] = (row[c] - mean) / (variance + TinyGPTNeoX.epsilon).squareRoot() * scale[c, 0] + shift[c, 0]
      }
    }
    return y
  }

  private func attention(_ x: DoubleMatrix, _ name: String) -> DoubleMatrix {
    let qkv = linear(x, "\(name).query_key_value")
    let d = TinyGPTNeoX.hidden / model.heads
    var context = DoubleMatrix(x.rows, TinyGPTNeoX.hidden)
    for head in 0..<model.heads {
      let start = head * 3 * d
      func part(_ index: Int, _ row: Int) -> [Double] { (0..<d).map { qkv[row, start + index * d + $0] } }
      let queries = (0..<x.rows).map { turned(part(0, $0), $0) }
      let keys = (0..<x.rows).map { turned(part(1, $0), $0) }
      for row in 0..<x.rows {
        let weights = (0...row).map { column in
          exp(zip(queries[row], keys[column]).reduce(0) { $0 + $1.0 * $1.1 } / Double(d).squareRoot())
        }
        let sum = weights.reduce(0, +)
        for column in 0...row {
          for (i, value) in part(2, column).enumerated() { context[row, head * d + i] += weights[column] / sum * value }
        }
      }
    }
    return linear(context, "\(name).dense")
  }

  private func turned(_ x: [Double], _ position: Int) -> [Double] {
    let half = Int(Double(x.count) * model.rotaryFraction) / 2
    var y = x
    for i in 0..<half {
      let angle = Double(position) / pow(10_000, Double(i) / Double(half))
      y[i] = x[i] * cos(angle) - x[i + half] * sin(angle)
      y[i + half] = x[i + half] * cos(angle) + x[i] * sin(angle)
    }
    return y
  }

  private func activate(_ x: Double) -> Double {
    switch model.activation {
    case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .geluNew, .geluFast, .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .silu: x / (1 + exp(-x))
    case .relu: max(x, 0)
    }
  }
}
