// Measures what two numbers of `scripts/bench` are shares of: float32 fused multiply-adds and reading of memory, by as many
// threads as are given. Prints GFLOP/s and GB/s, the best of twenty repetitions.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { lanes = 16, chains = 20, steps = 2000000, bytes = 1 << 28, repetitions = 20 };
typedef float vector __attribute__((vector_size(lanes * sizeof(float))));

static pthread_barrier_t barrier;
static volatile float sink;
static double best_flops, best_bytes;
static int threads;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/// Independent chains hide the latency of each other's additions.
static float multiply_add(void) {
  vector sums[chains], a, b;
  for (int c = 0; c < chains; c++) sums[c] = (vector){0} + (float)c;
  a = (vector){0} + 0.999f;
  b = (vector){0} + 1e-3f;
  for (int i = 0; i < steps; i++) {
    __asm__ volatile("" : "+v"(a), "+v"(b));
    for (int c = 0; c < chains; c++) sums[c] = sums[c] * a + b;
  }
  float total = 0;
  for (int c = 0; c < chains; c++) for (int l = 0; l < lanes; l++) total += sums[c][l];
  return total;
}

static void *work(void *memory) {
  const vector *words = memory;
  for (int r = 0; r < repetitions; r++) {
    pthread_barrier_wait(&barrier);
    double start = now();
    sink = multiply_add();
    pthread_barrier_wait(&barrier);
    double flops = 2.0 * lanes * chains * steps * threads / (now() - start);
    pthread_barrier_wait(&barrier);
    start = now();
    vector sums[8] = {0};
    for (size_t i = 0; i < bytes / sizeof(vector); i += 8) for (int c = 0; c < 8; c++) sums[c] += words[i + c];
    float total = 0;
    for (int c = 0; c < 8; c++) for (int l = 0; l < lanes; l++) total += sums[c][l];
    sink = total;
    pthread_barrier_wait(&barrier);
    double read = (double)bytes * threads / (now() - start);
    // All threads write the same.
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
      if (flops > best_flops) best_flops = flops;
      if (read > best_bytes) best_bytes = read;
    }
  }
  return NULL;
}

int main(int count, char **arguments) {
  threads = count > 1 ? atoi(arguments[1]) : 2;
  if (threads < 1 || threads > 1024) return fprintf(stderr, "usage: bench-peak [THREADS]\n"), 64;
  pthread_t *handles = calloc(threads, sizeof *handles);
  pthread_barrier_init(&barrier, NULL, threads);
  for (int t = 0; t < threads; t++) {
    void *memory = aligned_alloc(64, bytes);
    if (!memory) return perror("bench-peak"), 1;
    memset(memory, t, bytes);
    if (pthread_create(&handles[t], NULL, work, memory)) return perror("bench-peak"), 1;
  }
  for (int t = 0; t < threads; t++) pthread_join(handles[t], NULL);
  printf("{\"flops\": %.4g, \"read\": %.4g}\n", best_flops, best_bytes);
}
