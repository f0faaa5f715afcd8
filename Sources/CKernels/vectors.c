#include "arithmetic.h"

MULTIVERSION void ck_add(const float *x, float *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}

MULTIVERSION void ck_multiply(const float *x, float *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] *= x[i];
}

MULTIVERSION void ck_scale(float *y, float factor, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] *= factor;
}

MULTIVERSION double ck_sum_of_squares(const float *x, size_t count) {
  REASSOCIATE
  double sum = 0;
  VECTORIZE
  for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}

MULTIVERSION void ck_widen(const float *x, double *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] = (double)x[i];
}

MULTIVERSION void ck_add_widened(const float *x, double factor, double *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] += factor * (double)x[i];
}

MULTIVERSION void ck_add_squares(const float *x, float *y, size_t count) {
  VECTORIZE
  for (size_t i = 0; i < count; i++) y[i] += x[i] * x[i];
}

MULTIVERSION void ck_add_bias(float *y, size_t ld, const float *bias, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    float *row = y + r * ld;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) row[c] += bias[c];
  }
}

MULTIVERSION void ck_row_dot(const float *a, size_t lda, const float *b, size_t ldb, size_t rows, size_t columns,
                             float *out) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *x = a + r * lda;
    const float *y = b + r * ldb;
    float sum = 0;
    VECTORIZE
    for (size_t c = 0; c < columns; c++) sum += x[c] * y[c];
    out[r] = sum;
  }
}
