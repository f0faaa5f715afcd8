#include "arithmetic.h"

MULTIVERSION void ck_bf16_to_float(const uint16_t *x, float *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float_bits bits = {.i = (int32_t)((uint32_t)x[i] << 16)};
    y[i] = bits.f;
  }
}

/// Round to nearest, ties to even; a NaN stays a NaN.
MULTIVERSION void ck_float_to_bf16(const float *x, uint16_t *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float_bits bits = {.f = x[i]};
    const uint32_t u = (uint32_t)bits.i;
    const uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    const uint32_t nan = (u >> 16) | 0x40u;
    y[i] = (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
  }
}

/// Exponent and fraction shifted into place read as a float32 that is 2^112 times too small, subnormals included; the
/// product is exact. What was infinite or NaN comes out as 65536 or more and gets its exponent back.
MULTIVERSION void ck_half_to_float(const uint16_t *x, float *y, size_t count) {
  const float_bits scale = {.i = (127 + 112) << 23};
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    float_bits bits = {.i = (int32_t)((uint32_t)(x[i] & 0x7fff) << 13)};
    bits.f *= scale.f;
    const uint32_t exponent = bits.f >= 65536.0f ? 0x7f800000u : 0u;
    bits.i = (int32_t)((uint32_t)bits.i | exponent | (uint32_t)(x[i] & 0x8000) << 16);
    y[i] = bits.f;
  }
}

/// Round to nearest, ties to even; what is too large becomes infinite, a NaN stays one. Normal values are rounded by an
/// addition to the bits, subnormal ones by adding a number whose last place is that of a subnormal binary16.
MULTIVERSION void ck_float_to_half(const float *x, uint16_t *y, size_t count) {
  const float_bits magic = {.i = ((127 - 15) + (23 - 10) + 1) << 23};
  VECTORIZE
  for (size_t i = 0; i < count; i++) {
    const float_bits bits = {.f = x[i]};
    const uint32_t magnitude = (uint32_t)bits.i & 0x7fffffffu;
    float_bits small = {.i = (int32_t)magnitude};
    small.f += magic.f;
    const uint32_t subnormal = (uint32_t)small.i - (uint32_t)magic.i;
    const uint32_t normal = (magnitude - ((127u - 15u) << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
    const uint32_t special = magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;
    uint32_t half = magnitude < 0x38800000u ? subnormal : normal;
    half = magnitude >= 0x47800000u ? special : half;
    y[i] = (uint16_t)(half | ((uint32_t)bits.i & 0x80000000u) >> 16);
  }
}

MULTIVERSION void ck_int8_blocks_to_float(const int8_t *x, const float *scales, size_t block, float *y, size_t count) {
  for (size_t start = 0; start < count; start += block) {
    const float scale = scales[start / block];
    const size_t own = count - start < block ? count - start : block;
    VECTORIZE
    for (size_t i = 0; i < own; i++) y[start + i] = scale * (float)x[start + i];
  }
}

MULTIVERSION void ck_int4_blocks_to_float(const uint8_t *x, const float *scales, const float *minima, size_t block,
                                          float *y, size_t count) {
  const size_t half = block / 2;
  for (size_t start = 0; start < count; start += block) {
    const float scale = scales[start / block];
    const float minimum = minima[start / block];
    const uint8_t *bytes = x + start / 2;
    const size_t left = count - start;
    const size_t low = left < half ? left : half;
    const size_t high = left <= half ? 0 : (left < block ? left : block) - half;
    VECTORIZE
    for (size_t i = 0; i < low; i++) y[start + i] = minimum + scale * (float)(bytes[i] & 15);
    VECTORIZE
    for (size_t i = 0; i < high; i++) y[start + half + i] = minimum + scale * (float)(bytes[i] >> 4);
  }
}
