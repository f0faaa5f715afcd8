#include <float.h>

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

// The others' softmax is taken without the target, whose own share may be all of it to the last bit.
MULTIVERSION double ck_log_odds(float *logits, size_t columns, size_t target, float scale, float weight) {
  REASSOCIATE
  const float target_logit = logits[target] * scale;
  logits[target] = -FLT_MAX;
  const float maximum = row_maximum(logits, columns) * scale;
  float sum = 0;
  VECTORIZE
  for (size_t c = 0; c < columns; c++) {
    const float e = fast_exp(logits[c] * scale - maximum);
    logits[c] = e;
    sum += e;
  }
  const double log_sum_exp = (double)maximum + __builtin_log((double)sum);
  const float factor = weight * scale / sum;
  VECTORIZE
  for (size_t c = 0; c < columns; c++) logits[c] *= factor;
  logits[target] = -weight * scale;
  return log_sum_exp - (double)target_logit;
}

// With p = softmax(z), d = z - r and c = sum p d: the divergence is c - (log sum exp z - log sum exp r), and its gradient
// p (d - c), in which the two normalisations cancel.
MULTIVERSION double ck_divergence(float *logits, const float *reference, size_t columns, float scale, float weight) {
  REASSOCIATE
  const float maximum = row_maximum(logits, columns) * scale;
  const float reference_maximum = row_maximum(reference, columns) * scale;
  double sum = 0, reference_sum = 0, weighted = 0;
  VECTORIZE
  for (size_t c = 0; c < columns; c++) {
    const float e = fast_exp(logits[c] * scale - maximum);
    sum += (double)e;
    reference_sum += (double)fast_exp(reference[c] * scale - reference_maximum);
    weighted += (double)(e * (logits[c] - reference[c]));
  }
  const float mean = (float)(weighted / sum);
  const float factor = (float)((double)(weight * scale * scale) / sum);
  VECTORIZE
  for (size_t c = 0; c < columns; c++) {
    logits[c] = fast_exp(logits[c] * scale - maximum) * factor * (logits[c] - reference[c] - mean);
  }
  const double normalisations = (double)(maximum - reference_maximum) + __builtin_log(sum / reference_sum);
  const double divergence = (double)scale * (weighted / sum) - normalisations;
  // Never negative but for rounding; NaN stays.
  return divergence < 0 ? 0 : divergence;
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
