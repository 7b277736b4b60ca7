// Mlp: the shape of a fully connected network and its passes over blocks of rows. It owns no
// numbers: parameters, activations and gradients are the caller's arrays, so that workers share
// nothing.
//
// Widths are padded (inputs to 4, hidden and output widths to 16 or 8) with zeros, which stay zero
// under training; so kernels have no remainder loops. Parameters of layer l, in this order:
//
//   weight [in_pad, out_pad] row-major (y = x W + b), bias [out_pad]
//
// Every output element is one chain of fused multiply-adds over the inputs, in order: its bits
// depend neither on the number of rows nor on the place of a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/agent/ppo_config.h"

namespace carrot {

inline constexpr int kTileRows = 8;    // inference
inline constexpr int kBlockRows = 64;  // training: partial gradients are per block

struct DenseLayer {
  int in = 0, out = 0;          // true widths
  int in_pad = 0, out_pad = 0;  // stored widths
  size_t weight = 0, bias = 0;  // offsets into the parameters
  size_t transposed = 0;        // offset into the transposed weights (not for layer 0)
};

class Mlp {
 public:
  Mlp() = default;
  Mlp(int inputs, const std::vector<int>& hidden, int outputs, Activation activation);

  const std::vector<DenseLayer>& layers() const { return layers_; }
  Activation activation() const { return activation_; }
  int input_stride() const { return layers_.front().in_pad; }
  int output_stride() const { return layers_.back().out_pad; }
  size_t parameter_count() const { return parameters_; }  // stored, with padding
  size_t activation_count(int rows) const { return activations_ * static_cast<size_t>(rows); }
  size_t transposed_count() const { return transposed_; }
  double flops_per_row() const;  // multiply-adds * 2 of a forward pass, true widths

  // Orthogonal weights (rows or columns orthonormal, times gain), zero biases. `key` names the
  // stream.
  void Initialize(uint64_t key, double hidden_gain, double output_gain, float* parameters) const;

  // x: [rows, input_stride()], rows a multiple of kTileRows. activations: [activation_count(rows)],
  // layer by layer, each [rows, out_pad]; the last one is the output (no activation function).
  // Returns the output.
  float* Forward(const float* parameters, const float* x, int rows, float* activations) const;

  // Gradient of a loss with respect to the parameters, summed over rows. d_output: [rows,
  // output_stride()], zero in rows that do not count and in padding. activations: as Forward left
  // them; hidden ones are overwritten. transposed: see Transpose. gradient: [parameter_count()],
  // overwritten except for its padding. rows: a multiple of kTileRows.
  void Backward(const float* transposed, const float* x, int rows, float* activations,
                const float* d_output, float* gradient) const;

  // Copies weights of layers 1.. as [out_pad, in_pad], for Backward.
  void Transpose(const float* parameters, float* transposed) const;

 private:
  std::vector<DenseLayer> layers_;
  Activation activation_ = Activation::kTanh;
  size_t parameters_ = 0, activations_ = 0, transposed_ = 0;
};

}  // namespace carrot
