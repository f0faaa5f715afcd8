#include "arithmetic.h"

/// Turns columns (i, i + half) of every row by the row's angle i, or back for a direction of -1.
INLINE void rotate(float *x, size_t ld, const float *cosines, const float *sines, float direction, size_t rows,
                   size_t half) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *first = x + r * ld;
    float *second = first + half;
    const float *c = cosines + r * half;
    const float *s = sines + r * half;
    VECTORIZE
    for (size_t i = 0; i < half; i++) {
      const float a = first[i];
      const float b = second[i];
      const float sine = direction * s[i];
      first[i] = a * c[i] - b * sine;
      second[i] = b * c[i] + a * sine;
    }
  }
}

MULTIVERSION void ck_rotary_forward(float *x, size_t ld, const float *cosines, const float *sines, size_t rows,
                                    size_t half) {
  rotate(x, ld, cosines, sines, 1.0f, rows, half);
}

MULTIVERSION void ck_rotary_backward(float *dx, size_t ld, const float *cosines, const float *sines, size_t rows,
                                     size_t half) {
  rotate(dx, ld, cosines, sines, -1.0f, rows, half);
}

MULTIVERSION void ck_causal_softmax_forward(float *scores, size_t ld, float scale, size_t first, size_t rows,
                                            size_t columns, float *log_sum_exp) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    float *row = scores + r * ld;
    const size_t seen = first + r + 1;
    const float maximum = row_maximum(row, seen) * scale;
    float sum = 0;
    VECTORIZE
    for (size_t c = 0; c < seen; c++) {
      const float e = fast_exp(row[c] * scale - maximum);
      row[c] = e;
      sum += e;
    }
    const float reciprocal = 1.0f / sum;
    VECTORIZE
    for (size_t c = 0; c < seen; c++) row[c] *= reciprocal;
    for (size_t c = seen; c < columns; c++) row[c] = 0;
    log_sum_exp[r] = maximum + __builtin_logf(sum);
  }
}

MULTIVERSION void ck_causal_softmax_again(float *scores, size_t ld, float scale, size_t first, size_t rows,
                                          size_t columns, const float *log_sum_exp) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *row = scores + r * ld;
    const size_t seen = first + r + 1;
    const float shift = log_sum_exp[r];
    VECTORIZE
    for (size_t c = 0; c < seen; c++) row[c] = fast_exp(row[c] * scale - shift);
    for (size_t c = seen; c < columns; c++) row[c] = 0;
  }
}

MULTIVERSION void ck_causal_softmax_backward(const float *p, float *dp, size_t ld, float scale, const float *delta,
                                             size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *probability = p + r * ld;
    float *row = dp + r * ld;
    const float shift = delta[r];
    VECTORIZE
    for (size_t c = 0; c < columns; c++) row[c] = scale * probability[c] * (row[c] - shift);
  }
}

MULTIVERSION void ck_soft_cap_forward(float *x, size_t ld, float scale, float limit, size_t rows, size_t columns) {
#pragma clang fp contract(fast)
  const float inner = scale / limit;
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * ld;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) row[c] = limit * fast_tanh(inner * row[c]);
  }
}

// y = limit tanh(scale x / limit): dx = dy scale (1 - (y / limit)^2).
MULTIVERSION void ck_soft_cap_backward(const float *y, float *dy, size_t ld, float scale, float limit, size_t rows,
                                       size_t columns) {
#pragma clang fp contract(fast)
  const float reciprocal = 1.0f / limit;
  for (size_t r = 0; r < rows; r++) {
    const float *out = y + r * ld;
    float *row = dy + r * ld;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) {
      const float t = out[c] * reciprocal;
      row[c] *= scale * (1.0f - t * t);
    }
  }
}
