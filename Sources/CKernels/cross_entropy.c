#include "arithmetic.h"

// scale > 0, so that the largest logit stays the largest.
MULTIVERSION double ck_cross_entropy(float *logits, size_t columns, size_t target, float scale, float smoothing,
                                     float weight) {
  REASSOCIATE
  const float target_logit = logits[target] * scale;
  const float maximum = row_maximum(logits, columns) * scale;
  double logit_sum = 0;
  if (smoothing > 0) {
    VECTORIZE
    for (size_t c = 0; c < columns; c++) logit_sum += (double)(logits[c] * scale);
  }
  float sum = 0;
  VECTORIZE
  for (size_t c = 0; c < columns; c++) {
    const float e = fast_exp(logits[c] * scale - maximum);
    logits[c] = e;
    sum += e;
  }
  const double log_sum_exp = (double)maximum + __builtin_log((double)sum);
  const float factor = weight * scale / sum;
  const float uniform = weight * scale * smoothing / (float)columns;
  VECTORIZE
  for (size_t c = 0; c < columns; c++) logits[c] = logits[c] * factor - uniform;
  logits[target] -= weight * scale * (1.0f - smoothing);
  const double negative_log_likelihood = log_sum_exp - (double)target_logit;
  if (smoothing <= 0) return negative_log_likelihood;
  const double mean_loss = log_sum_exp - logit_sum / (double)columns;
  return (1.0 - (double)smoothing) * negative_log_likelihood + (double)smoothing * mean_loss;
}

MULTIVERSION size_t ck_sample(const float *logits, size_t columns, float scale, double uniform) {
  REASSOCIATE
  const float maximum = row_maximum(logits, columns) * scale;
  float sum = 0;
  VECTORIZE
  for (size_t c = 0; c < columns; c++) sum += fast_exp(logits[c] * scale - maximum);
  double left = uniform * (double)sum;
  size_t last = 0;
  for (size_t c = 0; c < columns; c++) {
    const float e = fast_exp(logits[c] * scale - maximum);
    // fast_exp never reaches zero; what is this unlikely is not drawn by a rounding error at either end.
    if (e < 1e-30f) continue;
    last = c;
    left -= (double)e;
    if (left < 0) break;
  }
  return last;
}
