/// Elementwise kernels of the engine, in C because a compiler vectorises float reductions only when it is told that
/// it may reassociate them, which Swift has no way to say.
///
/// Matrices are row-major float32; `rows` x `columns` are contiguous unless a leading dimension `ld` is given. Kernels
/// never allocate and never fail. Every forward has its backward beside it.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Processor

/// Width in bits of the widest vectors that the processor and the operating system offer, of those that matter here.
int ck_vector_bits(void);

// Vectors

/// y += x
void ck_add(const float *x, float *y, size_t count);
/// y *= x, elementwise
void ck_multiply(const float *x, float *y, size_t count);
/// y *= factor
void ck_scale(float *y, float factor, size_t count);
/// Sum of squares, accumulated in double.
double ck_sum_of_squares(const float *x, size_t count);
/// y = x as double
void ck_widen(const float *x, double *y, size_t count);
/// y += factor * x as double
void ck_add_widened(const float *x, double factor, double *y, size_t count);
/// y += x^2, elementwise
void ck_add_squares(const float *x, float *y, size_t count);

// Linear

/// Adds `bias[columns]` to every row.
void ck_add_bias(float *y, size_t ld, const float *bias, size_t rows, size_t columns);

// Layer normalisation: y = (x - mean) / sqrt(var + epsilon) * weight + bias, over columns.

/// Keeps mean and 1/sqrt(var + epsilon) of every row for the backward pass.
void ck_layer_norm_forward(const float *x, const float *weight, const float *bias, float epsilon, size_t rows,
                           size_t columns, float *y, float *mean, float *reciprocal_deviation);
/// dx += gradient with respect to x.
void ck_layer_norm_backward(const float *dy, const float *x, const float *weight, const float *mean,
                            const float *reciprocal_deviation, size_t rows, size_t columns, float *dx);

// Root mean square normalisation: y = x / sqrt(mean(x^2) + epsilon) * weight, over columns.

/// Keeps 1/sqrt(mean(x^2) + epsilon) of every row for the backward pass.
void ck_rms_norm_forward(const float *x, const float *weight, float epsilon, size_t rows, size_t columns, float *y,
                         float *reciprocal_root);
/// dx += gradient with respect to x.
void ck_rms_norm_backward(const float *dy, const float *x, const float *weight, const float *reciprocal_root,
                          size_t rows, size_t columns, float *dx);

// Activations: y = f(x), and dy *= f'(x) in place.

void ck_gelu_forward(const float *x, float *y, size_t count);
void ck_gelu_backward(const float *x, float *dy, size_t count);
void ck_gelu_tanh_forward(const float *x, float *y, size_t count);
void ck_gelu_tanh_backward(const float *x, float *dy, size_t count);
void ck_silu_forward(const float *x, float *y, size_t count);
void ck_silu_backward(const float *x, float *dy, size_t count);
void ck_relu_forward(const float *x, float *y, size_t count);
void ck_relu_backward(const float *x, float *dy, size_t count);

// Rotary position embedding of one head, in place: columns (i, i + half) of each row turn by that row's angle i.

/// `cosines` and `sines` are [rows, half].
void ck_rotary_forward(float *x, size_t ld, const float *cosines, const float *sines, size_t rows, size_t half);
/// The inverse turn: a rotation's transpose.
void ck_rotary_backward(float *dx, size_t ld, const float *cosines, const float *sines, size_t rows, size_t half);

// Causal softmax of a block of score rows. Row r belongs to position first + r and sees columns 0 ... first + r; the
// columns after that, up to `columns`, are set to zero.

/// scores -> softmax(scale * scores), in place; keeps log sum exp of every row for the backward pass.
void ck_causal_softmax_forward(float *scores, size_t ld, float scale, size_t first, size_t rows, size_t columns,
                               float *log_sum_exp);
/// The same probabilities again from kept log sum exps.
void ck_causal_softmax_again(float *scores, size_t ld, float scale, size_t first, size_t rows, size_t columns,
                             const float *log_sum_exp);
/// dscores = scale * p * (dp - delta), in place in `dp`; delta[r] = sum over columns of p * dp = context . dcontext.
void ck_causal_softmax_backward(const float *p, float *dp, size_t ld, float scale, const float *delta, size_t rows,
                                size_t columns);
/// x -> limit tanh(scale x / limit), in place.
void ck_soft_cap_forward(float *x, size_t ld, float scale, float limit, size_t rows, size_t columns);
/// dy -> dx, in place, from what forward wrote; `ld` is that of both.
void ck_soft_cap_backward(const float *y, float *dy, size_t ld, float scale, float limit, size_t rows, size_t columns);
/// out[r] = sum over columns of a * b
void ck_row_dot(const float *a, size_t lda, const float *b, size_t ldb, size_t rows, size_t columns, float *out);

// Losses of one row of logits, with the gradient written over the logits.

/// Loss of `softmax(scale * logits)`, scale > 0, against (1 - smoothing) one-hot + smoothing / columns. Writes
/// weight * dloss/dlogits into `logits` and returns the (unweighted) loss.
double ck_cross_entropy(float *logits, size_t columns, size_t target, float scale, float smoothing, float weight);

/// Negative log odds of the target in `p = softmax(scale * logits)`, log (1 - p) / p. Writes weight * dloss/dlogits into
/// `logits` and returns the loss.
double ck_log_odds(float *logits, size_t columns, size_t target, float scale, float weight);

/// Kullback-Leibler divergence of `softmax(scale * logits)` from `softmax(scale * reference)`. Writes weight *
/// dloss/dlogits into `logits` and returns the loss.
double ck_divergence(float *logits, const float *reference, size_t columns, float scale, float weight);

/// An index drawn from `softmax(scale * logits)` by a number `uniform` in [0, 1).
size_t ck_sample(const float *logits, size_t columns, float scale, double uniform);

// Number formats

void ck_bf16_to_float(const uint16_t *x, float *y, size_t count);
void ck_float_to_bf16(const float *x, uint16_t *y, size_t count);
/// IEEE binary16, exactly.
void ck_half_to_float(const uint16_t *x, float *y, size_t count);
void ck_float_to_half(const float *x, uint16_t *y, size_t count);
/// y = scale * x, a scale for every `block` values.
void ck_int8_blocks_to_float(const int8_t *x, const float *scales, size_t block, float *y, size_t count);
/// y = minimum + scale * x, a scale and a minimum for every `block` values; within a block, byte i holds value i in its
/// low half and value i + block / 2 in its high half.
void ck_int4_blocks_to_float(const uint8_t *x, const float *scales, const float *minima, size_t block, float *y,
                             size_t count);

#endif
