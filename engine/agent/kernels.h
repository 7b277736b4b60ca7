// The inner loops of the networks, in vector instructions. Two builds of the same source, for
// AVX2+FMA (every x86-64-v3 machine) and AVX-512; the CPU chooses once. Both give the same bits,
// since an element's value is one fixed chain of fused multiply-adds whatever the width of the
// vector.
//
// Why own kernels: see "Matrix products" in README.md (measured against OpenBLAS and Eigen).
// All arrays 64-byte aligned, all strides and counts padded as in mlp.h. No allocation.
#pragma once

// (This header includes nothing with inline functions: those would be compiled with vector
// instructions and could then be linked into code that must run without them.)
#include <cstdint>

namespace carrot {

// What follows the product, elementwise.
enum class Epilogue : uint8_t { kNone, kTanh, kRelu };

struct AdamStep {
  float gradient_scale;  // gradients are multiplied by this (norm clipping)
  float step_size;       // learning rate / (1 - beta1^t)
  float inv_sqrt_bias2;  // 1 / sqrt(1 - beta2^t)
  float beta1, beta2, eps;
};

struct Kernels {
  const char* name;

  // y[rows, out_pad] = f(x[rows, ldx] * w[in, out_pad] + bias). rows a multiple of 8.
  void (*forward)(int rows, int in, int out_pad, const float* x, int ldx, const float* w,
                  const float* bias, Epilogue f, float* y);
  // h[rows, in_pad] = (dy[rows, ldy] * wt[out, in_pad]) * f'(.), where h holds f(.) on entry.
  void (*backward_input)(int rows, int out, int in_pad, const float* dy, int ldy, const float* wt,
                         Epilogue f, float* h);
  // dw[in_pad, out_pad] = x^T dy; db[out_pad] = column sums of dy. Rows are added in order.
  void (*backward_weight)(int rows, int in_pad, int out_pad, const float* x, int ldx,
                          const float* dy, float* dw, float* db);
  // out[r] = sum over parts, in order, of parts[p][r], for n elements (multiple of 16); returns the
  // sum of out[r]^2, in f64 by a fixed order.
  double (*reduce)(int begin, int n, int num_parts, const float* const* parts, float* out);
  // Adam (Kingma and Ba 2015) as PyTorch computes it, for n elements (multiple of 16).
  void (*adam)(int n, const AdamStep& step, const float* gradient, float* m, float* v, float* p);
  // n a multiple of 16. tanh: relative error below 3e-7, never above 1 in magnitude, NaN stays NaN.
  // exp: relative error below 3e-7 within [-87, 88], clamped outside.
  void (*tanh)(int n, const float* x, float* y);
  void (*exp)(int n, const float* x, float* y);
};

// The fastest build that this CPU runs, or null if it has no AVX2 and FMA.
const Kernels* SelectKernels();
const Kernels* Avx2Kernels();    // null if the CPU cannot run them
const Kernels* Avx512Kernels();  // null if the CPU cannot run them

}  // namespace carrot
