#include "arithmetic.h"

MULTIVERSION void ck_layer_norm_forward(const float *x, const float *weight, const float *bias, float epsilon,
                                        size_t rows, size_t columns, float *y, float *mean,
                                        float *reciprocal_deviation) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = y + r * columns;
    float sum = 0;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) sum += in[c];
    const float m = sum / (float)columns;
    float squares = 0;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) {
      const float d = in[c] - m;
      squares += d * d;
    }
    const float s = 1.0f / __builtin_sqrtf(squares / (float)columns + epsilon);
    VECTORIZE
    for (size_t c = 0; c < columns; c++) out[c] = (in[c] - m) * s * weight[c] + bias[c];
    mean[r] = m;
    reciprocal_deviation[r] = s;
  }
}

// With n = (x - mean) s and h = dy * weight: dx = s (h - mean(h) - n mean(h n)).
MULTIVERSION void ck_layer_norm_backward(const float *dy, const float *x, const float *weight, const float *mean,
                                         const float *reciprocal_deviation, size_t rows, size_t columns, float *dx) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *g = dy + r * columns;
    const float *in = x + r * columns;
    float *out = dx + r * columns;
    const float m = mean[r];
    const float s = reciprocal_deviation[r];
    float sum = 0;
    float product = 0;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) {
      const float h = g[c] * weight[c];
      sum += h;
      product += h * ((in[c] - m) * s);
    }
    sum /= (float)columns;
    product /= (float)columns;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) out[c] += s * (g[c] * weight[c] - sum - (in[c] - m) * s * product);
  }
}
