#include "engine/agent/mlp.h"

#include <cmath>

#include "engine/agent/aligned_floats.h"
#include "engine/agent/kernels.h"
#include "engine/base/check.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

Epilogue EpilogueOf(Activation activation) {
  return activation == Activation::kTanh ? Epilogue::kTanh : Epilogue::kRelu;
}

// Rows of `matrix` [rows, cols] (rows <= cols) become orthonormal: modified Gram-Schmidt, twice, in
// f64. Each keeps the sign of its own draw, so the result is uniform over orthogonal matrices.
void Orthonormalize(int rows, int cols, std::vector<double>& matrix) {
  for (int i = 0; i < rows; ++i) {
    double* row = &matrix[static_cast<size_t>(i) * cols];
    for (int pass = 0; pass < 2; ++pass) {
      for (int j = 0; j < i; ++j) {
        const double* other = &matrix[static_cast<size_t>(j) * cols];
        double dot = 0;
        for (int k = 0; k < cols; ++k) dot += row[k] * other[k];
        for (int k = 0; k < cols; ++k) row[k] -= dot * other[k];
      }
    }
    double norm = 0;
    for (int k = 0; k < cols; ++k) norm += row[k] * row[k];
    norm = std::sqrt(norm);
    for (int k = 0; k < cols; ++k) row[k] /= norm;
  }
}

void InitializeWeight(const DenseLayer& layer, uint64_t key, double gain, float* weight) {
  const bool wide = layer.in <= layer.out;
  const int rows = wide ? layer.in : layer.out, cols = wide ? layer.out : layer.in;
  std::vector<double> matrix(static_cast<size_t>(rows) * cols);
  Rng rng(key);
  for (double& x : matrix) x = rng.Normal();
  Orthonormalize(rows, cols, matrix);
  for (int i = 0; i < layer.in; ++i) {
    for (int o = 0; o < layer.out; ++o) {
      const size_t at =
          wide ? static_cast<size_t>(i) * cols + o : static_cast<size_t>(o) * cols + i;
      weight[static_cast<size_t>(i) * layer.out_pad + o] = static_cast<float>(gain * matrix[at]);
    }
  }
}

}  // namespace

Mlp::Mlp(int inputs, const std::vector<int>& hidden, int outputs, Activation activation)
    : activation_(activation) {
  int in = inputs, in_pad = RoundUp(inputs, 4);
  for (size_t l = 0; l <= hidden.size(); ++l) {
    const bool last = l == hidden.size();
    DenseLayer layer;
    layer.in = in;
    layer.in_pad = in_pad;
    layer.out = last ? outputs : hidden[l];
    layer.out_pad = last && layer.out <= 8 ? 8 : RoundUp(layer.out, 16);
    layer.weight = parameters_;
    // Offsets stay multiples of 16 floats (64 bytes).
    layer.bias = layer.weight + RoundUp(layer.in_pad * layer.out_pad, 16);
    parameters_ = layer.bias + RoundUp(layer.out_pad, 16);
    if (l > 0) {
      layer.transposed = transposed_;
      transposed_ += RoundUp(layer.in_pad * layer.out_pad, 16);
    }
    activations_ += layer.out_pad;
    layers_.push_back(layer);
    in = layer.out;
    in_pad = layer.out_pad;
  }
}

double Mlp::flops_per_row() const {
  double flops = 0;
  for (const DenseLayer& layer : layers_) flops += 2.0 * layer.in * layer.out;
  return flops;
}

void Mlp::Initialize(uint64_t key, double hidden_gain, double output_gain,
                     float* parameters) const {
  for (size_t l = 0; l < layers_.size(); ++l) {
    const double gain = l + 1 == layers_.size() ? output_gain : hidden_gain;
    InitializeWeight(layers_[l], Mix64(key + l), gain, parameters + layers_[l].weight);
  }
}

float* Mlp::Forward(const float* parameters, const float* x, int rows, float* activations) const {
  const Kernels& kernels = *SelectKernels();
  int stride = input_stride();
  for (size_t l = 0; l < layers_.size(); ++l) {
    const DenseLayer& layer = layers_[l];
    const Epilogue f = l + 1 == layers_.size() ? Epilogue::kNone : EpilogueOf(activation_);
    kernels.forward(rows, layer.in, layer.out_pad, x, stride, parameters + layer.weight,
                    parameters + layer.bias, f, activations);
    x = activations;
    stride = layer.out_pad;
    activations += static_cast<size_t>(rows) * layer.out_pad;
  }
  return activations - static_cast<size_t>(rows) * stride;
}

void Mlp::Backward(const float* transposed, const float* x, int rows, float* activations,
                   const float* d_output, float* gradient) const {
  const Kernels& kernels = *SelectKernels();
  const float* dy = d_output;
  float* end = activations + activation_count(rows) -
               static_cast<size_t>(rows) * layers_.back().out_pad;  // start of the last layer's
  for (size_t l = layers_.size(); l-- > 0;) {
    const DenseLayer& layer = layers_[l];
    // The layer's input: the activations before it, or x.
    float* h = l == 0 ? nullptr : end - static_cast<size_t>(rows) * layer.in_pad;
    kernels.backward_weight(rows, layer.in_pad, layer.out_pad, l == 0 ? x : h, layer.in_pad, dy,
                            gradient + layer.weight, gradient + layer.bias);
    if (l == 0) break;
    kernels.backward_input(rows, layer.out, layer.in_pad, dy, layer.out_pad,
                           transposed + layer.transposed, EpilogueOf(activation_), h);
    dy = h;
    end = h;
  }
}

void Mlp::Transpose(const float* parameters, float* transposed) const {
  for (size_t l = 1; l < layers_.size(); ++l) {
    const DenseLayer& layer = layers_[l];
    const float* w = parameters + layer.weight;
    float* wt = transposed + layer.transposed;
    for (int o = 0; o < layer.out; ++o) {
      for (int i = 0; i < layer.in_pad; ++i) {
        wt[static_cast<size_t>(o) * layer.in_pad + i] =
            w[static_cast<size_t>(i) * layer.out_pad + o];
      }
    }
  }
}

}  // namespace carrot
