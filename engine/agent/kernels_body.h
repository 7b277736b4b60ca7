// Body of kernels_avx2.cc and kernels_avx512.cc (not a header for anyone else).
//
// Matrix products are made of register tiles of R rows x V vectors: 4 x 2 for wide outputs, 8 x 1
// for narrow heads, so that at least 8 independent chains hide the latency of the multiply-add.
// Operands of 64 rows x 64 floats lie in the first-level cache as they are; packing them, as a BLAS
// does, costs more than it saves at this size.
#include <immintrin.h>

#include "engine/agent/kernels.h"

#define UNROLL _Pragma("GCC unroll 16")

namespace carrot::CARROT_KERNELS {
namespace {

struct F8 {
  static constexpr int kWidth = 8;
  __m256 v;
  static F8 Load(const float* p) { return {_mm256_load_ps(p)}; }
  static F8 Set(float x) { return {_mm256_set1_ps(x)}; }
  void Store(float* p) const { _mm256_store_ps(p, v); }
};
inline F8 operator+(F8 a, F8 b) { return {_mm256_add_ps(a.v, b.v)}; }
inline F8 operator-(F8 a, F8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline F8 operator*(F8 a, F8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline F8 operator/(F8 a, F8 b) { return {_mm256_div_ps(a.v, b.v)}; }
inline F8 Fma(F8 a, F8 b, F8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
inline F8 NegFma(F8 a, F8 b, F8 c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }  // c - a * b
inline F8 Sqrt(F8 a) { return {_mm256_sqrt_ps(a.v)}; }
// The second operand is returned if either is not a number (x86 min and max), so NaN in x survives.
inline F8 Min(F8 limit, F8 x) { return {_mm256_min_ps(limit.v, x.v)}; }
inline F8 Max(F8 limit, F8 x) { return {_mm256_max_ps(limit.v, x.v)}; }
inline F8 Round(F8 x) {
  return {_mm256_round_ps(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
// 2^n for whole n in [-126, 127].
inline F8 PowerOfTwo(F8 n) {
  const __m256i bits = _mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(bits, 23))};
}
inline F8 KeepIfPositive(F8 x, F8 gate) {
  return {_mm256_and_ps(x.v, _mm256_cmp_ps(gate.v, _mm256_setzero_ps(), _CMP_GT_OQ))};
}

#if CARROT_KERNELS_WIDE
struct F16 {
  static constexpr int kWidth = 16;
  __m512 v;
  static F16 Load(const float* p) { return {_mm512_load_ps(p)}; }
  static F16 Set(float x) { return {_mm512_set1_ps(x)}; }
  void Store(float* p) const { _mm512_store_ps(p, v); }
};
inline F16 operator+(F16 a, F16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F16 operator-(F16 a, F16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F16 operator*(F16 a, F16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F16 operator/(F16 a, F16 b) { return {_mm512_div_ps(a.v, b.v)}; }
inline F16 Fma(F16 a, F16 b, F16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline F16 NegFma(F16 a, F16 b, F16 c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline F16 Sqrt(F16 a) { return {_mm512_sqrt_ps(a.v)}; }
inline F16 Min(F16 limit, F16 x) { return {_mm512_min_ps(limit.v, x.v)}; }
inline F16 Max(F16 limit, F16 x) { return {_mm512_max_ps(limit.v, x.v)}; }
inline F16 Round(F16 x) {
  return {_mm512_roundscale_ps(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
inline F16 PowerOfTwo(F16 n) {
  const __m512i bits = _mm512_add_epi32(_mm512_cvtps_epi32(n.v), _mm512_set1_epi32(127));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(bits, 23))};
}
inline F16 KeepIfPositive(F16 x, F16 gate) {
  return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate.v, _mm512_setzero_ps(), _CMP_GT_OQ), x.v)};
}
using Wide = F16;
#else
using Wide = F8;
#endif

// x P(x^2) / Q(x^2), minimax in relative error on [0, 8] (6.4e-9 before rounding; fitted by
// iteratively reweighted least squares). Beyond 8 the result is 0.99999976, which is tanh
// within 2.4e-7.
template <typename F>
inline F Tanh(F x) {
  x = Max(F::Set(-8.0f), Min(F::Set(8.0f), x));
  const F u = x * x;
  F p = F::Set(1.52303751e-08f);
  p = Fma(p, u, F::Set(2.18946314e-05f));
  p = Fma(p, u, F::Set(0.00357159617f));
  p = Fma(p, u, F::Set(0.134444964f));
  p = Fma(p, u, F::Set(1.0f));
  F q = F::Set(8.52242923e-07f);
  q = Fma(q, u, F::Set(0.000341128898f));
  q = Fma(q, u, F::Set(0.0261644359f));
  q = Fma(q, u, F::Set(0.467778237f));
  q = Fma(q, u, F::Set(1.0f));
  return x * p / q;
}

// 2^n exp(r), r within half of log 2; exp(r) = 1 + r + r^2 p(r), minimax (3.1e-9 before rounding).
template <typename F>
inline F Exp(F x) {
  x = Max(F::Set(-87.0f), Min(F::Set(88.0f), x));
  const F n = Round(x * F::Set(1.44269504f));
  F r = NegFma(n, F::Set(0.693359375f), x);
  r = NegFma(n, F::Set(-2.12194440e-4f), r);
  F p = F::Set(0.00138145936f);
  p = Fma(p, r, F::Set(0.00836871927f));
  p = Fma(p, r, F::Set(0.0416683883f));
  p = Fma(p, r, F::Set(0.166665206f));
  p = Fma(p, r, F::Set(0.499999934f));
  p = Fma(p * r, r, r) + F::Set(1.0f);
  return p * PowerOfTwo(n);
}

template <Epilogue kF, typename F>
inline F Activate(F x) {
  if constexpr (kF == Epilogue::kTanh) return Tanh(x);
  if constexpr (kF == Epilogue::kRelu) return Max(F::Set(0.0f), x);
  return x;
}

// d * f'(.), given h = f(.)
template <Epilogue kF, typename F>
inline F Differentiate(F d, F h) {
  if constexpr (kF == Epilogue::kTanh) return d * NegFma(h, h, F::Set(1.0f));
  if constexpr (kF == Epilogue::kRelu) return KeepIfPositive(d, h);
  return d;
}

// acc[i][v] += sum over k of a[i * row_stride + k * depth_stride] * b[k * ldb + v * width]
template <typename F, int R, int V>
inline void Accumulate(int depth, const float* a, size_t row_stride, size_t depth_stride,
                       const float* b, size_t ldb, F (&acc)[R][V]) {
  for (int k = 0; k < depth; ++k) {
    F column[V];
    UNROLL for (int v = 0; v < V; ++v) column[v] = F::Load(b + v * F::kWidth);
    UNROLL for (int i = 0; i < R; ++i) {
      const F x = F::Set(a[i * row_stride]);
      UNROLL for (int v = 0; v < V; ++v) acc[i][v] = Fma(x, column[v], acc[i][v]);
    }
    a += depth_stride;
    b += ldb;
  }
}

template <Epilogue kF, typename F, int R, int V>
void ForwardTiles(int rows, int in, int out_pad, const float* x, int ldx, const float* w,
                  const float* bias, float* y) {
  for (int n = 0; n < out_pad; n += V * F::kWidth) {
    for (int m = 0; m < rows; m += R) {
      F acc[R][V];
      UNROLL for (int i = 0; i < R; ++i) {
        UNROLL for (int v = 0; v < V; ++v) acc[i][v] = F::Load(bias + n + v * F::kWidth);
      }
      Accumulate<F, R, V>(in, x + static_cast<size_t>(m) * ldx, ldx, 1, w + n, out_pad, acc);
      float* out = y + static_cast<size_t>(m) * out_pad + n;
      UNROLL for (int i = 0; i < R; ++i) {
        UNROLL for (int v = 0; v < V; ++v) {
          Activate<kF>(acc[i][v]).Store(out + i * out_pad + v * F::kWidth);
        }
      }
    }
  }
}

template <Epilogue kF>
void ForwardAs(int rows, int in, int out_pad, const float* x, int ldx, const float* w,
               const float* bias, float* y) {
  if (out_pad % (2 * Wide::kWidth) == 0) {
    ForwardTiles<kF, Wide, 4, 2>(rows, in, out_pad, x, ldx, w, bias, y);
  } else if (out_pad % Wide::kWidth == 0) {
    ForwardTiles<kF, Wide, 8, 1>(rows, in, out_pad, x, ldx, w, bias, y);
  } else {
    ForwardTiles<kF, F8, 8, 1>(rows, in, out_pad, x, ldx, w, bias, y);
  }
}

void Forward(int rows, int in, int out_pad, const float* x, int ldx, const float* w,
             const float* bias, Epilogue f, float* y) {
  switch (f) {
    case Epilogue::kNone:
      return ForwardAs<Epilogue::kNone>(rows, in, out_pad, x, ldx, w, bias, y);
    case Epilogue::kTanh:
      return ForwardAs<Epilogue::kTanh>(rows, in, out_pad, x, ldx, w, bias, y);
    case Epilogue::kRelu:
      return ForwardAs<Epilogue::kRelu>(rows, in, out_pad, x, ldx, w, bias, y);
  }
}

template <Epilogue kF, int R, int V>
void BackwardInputTiles(int rows, int out, int in_pad, const float* dy, int ldy, const float* wt,
                        float* h) {
  for (int n = 0; n < in_pad; n += V * Wide::kWidth) {
    for (int m = 0; m < rows; m += R) {
      Wide acc[R][V] = {};
      Accumulate<Wide, R, V>(out, dy + static_cast<size_t>(m) * ldy, ldy, 1, wt + n, in_pad, acc);
      float* at = h + static_cast<size_t>(m) * in_pad + n;
      UNROLL for (int i = 0; i < R; ++i) {
        UNROLL for (int v = 0; v < V; ++v) {
          float* p = at + i * in_pad + v * Wide::kWidth;
          Differentiate<kF>(acc[i][v], Wide::Load(p)).Store(p);
        }
      }
    }
  }
}

template <Epilogue kF>
void BackwardInputAs(int rows, int out, int in_pad, const float* dy, int ldy, const float* wt,
                     float* h) {
  if (in_pad % (2 * Wide::kWidth) == 0) {
    BackwardInputTiles<kF, 4, 2>(rows, out, in_pad, dy, ldy, wt, h);
  } else {
    BackwardInputTiles<kF, 8, 1>(rows, out, in_pad, dy, ldy, wt, h);
  }
}

void BackwardInput(int rows, int out, int in_pad, const float* dy, int ldy, const float* wt,
                   Epilogue f, float* h) {
  if (f == Epilogue::kTanh)
    return BackwardInputAs<Epilogue::kTanh>(rows, out, in_pad, dy, ldy, wt, h);
  return BackwardInputAs<Epilogue::kRelu>(rows, out, in_pad, dy, ldy, wt, h);
}

template <typename F, int R, int V>
void WeightTiles(int rows, int in_pad, int out_pad, const float* x, int ldx, const float* dy,
                 float* dw) {
  for (int n = 0; n < out_pad; n += V * F::kWidth) {
    for (int m = 0; m < in_pad; m += R) {
      F acc[R][V] = {};
      Accumulate<F, R, V>(rows, x + m, 1, ldx, dy + n, out_pad, acc);
      float* out = dw + static_cast<size_t>(m) * out_pad + n;
      UNROLL for (int i = 0; i < R; ++i) {
        UNROLL for (int v = 0; v < V; ++v) acc[i][v].Store(out + i * out_pad + v * F::kWidth);
      }
    }
  }
}

// Several columns at a time, as each sum waits for its own last addition.
template <typename F, int V>
void ColumnSums(int rows, int out_pad, const float* dy, float* db) {
  for (int n = 0; n < out_pad; n += V * F::kWidth) {
    F sum[V] = {};
    for (int r = 0; r < rows; ++r) {
      const float* row = dy + static_cast<size_t>(r) * out_pad + n;
      UNROLL for (int v = 0; v < V; ++v) sum[v] = sum[v] + F::Load(row + v * F::kWidth);
    }
    UNROLL for (int v = 0; v < V; ++v) sum[v].Store(db + n + v * F::kWidth);
  }
}

void BackwardWeight(int rows, int in_pad, int out_pad, const float* x, int ldx, const float* dy,
                    float* dw, float* db) {
  if (out_pad % (2 * Wide::kWidth) == 0) {
    WeightTiles<Wide, 4, 2>(rows, in_pad, out_pad, x, ldx, dy, dw);
  } else if (out_pad % Wide::kWidth == 0) {
    WeightTiles<Wide, 4, 1>(rows, in_pad, out_pad, x, ldx, dy, dw);
  } else if (in_pad % 8 == 0) {
    WeightTiles<F8, 8, 1>(rows, in_pad, out_pad, x, ldx, dy, dw);
  } else {
    WeightTiles<F8, 4, 1>(rows, in_pad, out_pad, x, ldx, dy, dw);
  }
  if (out_pad % (4 * Wide::kWidth) == 0) {
    ColumnSums<Wide, 4>(rows, out_pad, dy, db);
  } else {
    ColumnSums<F8, 1>(rows, out_pad, dy, db);
  }
}

// Squares are added in f64, in four lanes whatever the vector width, so that both builds agree.
double Reduce(int begin, int n, int num_parts, const float* const* parts, float* out) {
  __m256d squares[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()};
  for (int i = begin; i < begin + n; i += 8) {
    F8 sum = F8::Load(parts[0] + i);
    for (int p = 1; p < num_parts; ++p) sum = sum + F8::Load(parts[p] + i);
    sum.Store(out + i);
    const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(sum.v));
    const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(sum.v, 1));
    squares[0] = _mm256_fmadd_pd(low, low, squares[0]);
    squares[1] = _mm256_fmadd_pd(high, high, squares[1]);
  }
  alignas(32) double lanes[4];
  _mm256_store_pd(lanes, _mm256_add_pd(squares[0], squares[1]));
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

void Adam(int n, const AdamStep& step, const float* gradient, float* m, float* v, float* p) {
  const Wide scale = Wide::Set(step.gradient_scale), size = Wide::Set(step.step_size);
  const Wide beta1 = Wide::Set(step.beta1), rest1 = Wide::Set(1.0f - step.beta1);
  const Wide beta2 = Wide::Set(step.beta2), rest2 = Wide::Set(1.0f - step.beta2);
  const Wide bias2 = Wide::Set(step.inv_sqrt_bias2), eps = Wide::Set(step.eps);
  for (int i = 0; i < n; i += Wide::kWidth) {
    const Wide g = Wide::Load(gradient + i) * scale;
    const Wide mean = Fma(beta1, Wide::Load(m + i), rest1 * g);
    const Wide square = Fma(beta2, Wide::Load(v + i), rest2 * g * g);
    mean.Store(m + i);
    square.Store(v + i);
    NegFma(size, mean / Fma(Sqrt(square), bias2, eps), Wide::Load(p + i)).Store(p + i);
  }
}

void TanhArray(int n, const float* x, float* y) {
  for (int i = 0; i < n; i += Wide::kWidth) Tanh(Wide::Load(x + i)).Store(y + i);
}
void ExpArray(int n, const float* x, float* y) {
  for (int i = 0; i < n; i += Wide::kWidth) Exp(Wide::Load(x + i)).Store(y + i);
}

}  // namespace

extern const Kernels kKernels;
const Kernels kKernels = {CARROT_KERNELS_WIDE ? "avx512" : "avx2",
                          Forward,
                          BackwardInput,
                          BackwardWeight,
                          Reduce,
                          Adam,
                          TanhArray,
                          ExpArray};

}  // namespace carrot::CARROT_KERNELS
