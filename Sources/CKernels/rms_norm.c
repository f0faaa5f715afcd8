#include "arithmetic.h"

MULTIVERSION void ck_rms_norm_forward(const float *x, const float *weight, float epsilon, size_t rows, size_t columns,
                                      float *y, float *reciprocal_root) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = y + r * columns;
    float squares = 0;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) squares += in[c] * in[c];
    const float s = 1.0f / __builtin_sqrtf(squares / (float)columns + epsilon);
    VECTORIZE
    for (size_t c = 0; c < columns; c++) out[c] = in[c] * s * weight[c];
    reciprocal_root[r] = s;
  }
}

// With n = x s and h = dy * weight: dx = s (h - n mean(h n)).
MULTIVERSION void ck_rms_norm_backward(const float *dy, const float *x, const float *weight,
                                       const float *reciprocal_root, size_t rows, size_t columns, float *dx) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *g = dy + r * columns;
    const float *in = x + r * columns;
    float *out = dx + r * columns;
    const float s = reciprocal_root[r];
    float product = 0;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) product += g[c] * weight[c] * (in[c] * s);
    product /= (float)columns;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) out[c] += s * (g[c] * weight[c] - in[c] * s * product);
  }
}
