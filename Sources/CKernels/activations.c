#include "arithmetic.h"

#define SQRT_HALF 0.70710678f
#define RECIPROCAL_SQRT_TWO_PI 0.39894228f

// GELU (Hendrycks & Gimpel 2016): x Phi(x), Phi the normal distribution function.

MULTIVERSION void ck_gelu_forward(const float *x, float *y, size_t count) {
#pragma clang fp contract(fast)
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1.0f + fast_erf(x[i] * SQRT_HALF));
}

MULTIVERSION void ck_gelu_backward(const float *x, float *dy, size_t count) {
#pragma clang fp contract(fast)
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float v = x[i];
    const float distribution = 0.5f * (1.0f + fast_erf(v * SQRT_HALF));
    const float density = RECIPROCAL_SQRT_TWO_PI * fast_exp(-0.5f * v * v);
    dy[i] *= distribution + v * density;
  }
}

// Its tanh approximation: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).

#define SQRT_TWO_OVER_PI 0.79788456f
#define CUBIC 0.044715f

MULTIVERSION void ck_gelu_tanh_forward(const float *x, float *y, size_t count) {
#pragma clang fp contract(fast)
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float v = x[i];
    y[i] = 0.5f * v * (1.0f + fast_tanh(SQRT_TWO_OVER_PI * (v + CUBIC * v * v * v)));
  }
}

MULTIVERSION void ck_gelu_tanh_backward(const float *x, float *dy, size_t count) {
#pragma clang fp contract(fast)
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float v = x[i];
    const float t = fast_tanh(SQRT_TWO_OVER_PI * (v + CUBIC * v * v * v));
    const float inner = SQRT_TWO_OVER_PI * (1.0f + 3.0f * CUBIC * v * v);
    dy[i] *= 0.5f * (1.0f + t) + 0.5f * v * (1.0f - t * t) * inner;
  }
}

MULTIVERSION void ck_silu_forward(const float *x, float *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] = x[i] * fast_sigmoid(x[i]);
}

MULTIVERSION void ck_silu_backward(const float *x, float *dy, size_t count) {
#pragma clang fp contract(fast)
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float s = fast_sigmoid(x[i]);
    dy[i] *= s * (1.0f + x[i] * (1.0f - s));
  }
}

MULTIVERSION void ck_relu_forward(const float *x, float *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] = x[i] <= 0.0f ? 0.0f : x[i];  // a NaN stays one
}

MULTIVERSION void ck_relu_backward(const float *x, float *dy, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) dy[i] = x[i] <= 0.0f ? 0.0f : dy[i];
}
