/// What the kernels share: how a function is compiled once per vector width, and the few transcendental functions
/// that have to vectorise. Polynomial coefficients are this project's own fits (see `docs/design.md`, "Kernels").
#ifndef CKERNELS_ARITHMETIC_H
#define CKERNELS_ARITHMETIC_H

#include "CKernels.h"

#if defined(__x86_64__)
#define MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSION
#endif

#define INLINE static inline __attribute__((always_inline))
#define REASSOCIATE _Pragma("clang fp contract(fast) reassociate(on)")
#define VECTORIZE _Pragma("clang loop vectorize(enable) interleave(enable)")

typedef union {
  float f;
  int32_t i;
} float_bits;

/// e^x to 1 ulp or so: x = n ln 2 + r with |r| <= ln 2 / 2, Taylor to degree 7 (relative remainder 5e-9).
INLINE float fast_exp(float x) {
#pragma clang fp contract(fast)
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float n = __builtin_rintf(x * 1.44269504f);
  float r = x - n * 0.693359375f;  // ln 2 in two parts, the first exact in n * part
  r = r + n * 2.12194440e-4f;
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  float_bits power = {.i = ((int32_t)n + 127) << 23};
  return p * power.f;
}

/// erf(x) to 1.5e-7 absolute: x Q(x^2) up to 1, beyond that 1 - exp(-P(x)) with P fitted to -log erfc on [1, 4].
INLINE float fast_erf(float x) {
#pragma clang fp contract(fast)
  float t = __builtin_fabsf(x);
  const float s = t * t;
  float q = -9.67359e-06f;
  q = q * s + 1.1268254e-4f;
  q = q * s - 8.4843964e-4f;
  q = q * s + 5.2210535e-3f;
  q = q * s - 2.6865438e-2f;
  q = q * s + 1.1283783e-1f;
  q = q * s - 3.7612638e-1f;
  q = q * s + 1.1283792f;
  const float small = q * t;
  t = t > 4.0f ? 4.0f : t;
  float p = 6.582859e-08f;
  p = p * t - 3.0952049e-06f;
  p = p * t + 6.0068796e-05f;
  p = p * t - 6.7333755e-04f;
  p = p * t + 5.021045e-03f;
  p = p * t - 2.6999498e-02f;
  p = p * t + 1.1090742e-01f;
  p = p * t + 6.3108885e-01f;
  p = p * t + 1.1306045f;
  p = p * t - 4.0050052e-04f;
  const float large = 1.0f - fast_exp(-p);
  const float magnitude = t <= 1.0f ? small : large;
  return __builtin_copysignf(magnitude, x);
}

INLINE float fast_sigmoid(float x) { return 1.0f / (1.0f + fast_exp(-x)); }

/// tanh through the exponential; the difference of nearly equal numbers near 0 is avoided by an odd polynomial.
INLINE float fast_tanh(float x) {
#pragma clang fp contract(fast)
  const float t = __builtin_fabsf(x);
  const float s = x * x;
  // The series to degree 11: |x| < 0.35 leaves 2e-8 relative.
  const float small =
      t * (1.0f + s * (-3.33333333e-1f + s * (1.33333333e-1f + s * (-5.39682540e-2f + s * (2.18694885e-2f + s * -8.8632355e-3f)))));
  const float large = 1.0f - 2.0f / (fast_exp(2.0f * t) + 1.0f);
  return __builtin_copysignf(t < 0.35f ? small : large, x);
}

INLINE float row_maximum(const float *x, size_t count) {
  // A maximum does not vectorise from a plain loop (NaN rules); explicit lanes do.
  enum { LANES = 16 };
  float lanes[LANES];
  size_t i = 0;
  float maximum = x[0];
  if (count >= LANES) {
    for (int l = 0; l < LANES; l++) lanes[l] = x[l];
    for (i = LANES; i + LANES <= count; i += LANES) {
      for (int l = 0; l < LANES; l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
    }
    for (int l = 0; l < LANES; l++) maximum = lanes[l] > maximum ? lanes[l] : maximum;
  }
  for (; i < count; i++) maximum = x[i] > maximum ? x[i] : maximum;
  return maximum;
}

#endif
