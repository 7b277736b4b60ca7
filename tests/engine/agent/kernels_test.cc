#include "engine/agent/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "engine/agent/aligned_floats.h"
#include "engine/agent/mlp.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

AlignedFloats RandomFloats(size_t n, uint64_t seed) {
  AlignedFloats out(n);
  Rng rng(Key(seed, RngDomain::kTest));
  for (float& x : out.span()) x = static_cast<float>(rng.Normal());
  return out;
}

bool SameBits(const AlignedFloats& a, const AlignedFloats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<const Kernels*> Available() {
  std::vector<const Kernels*> all;
  for (const Kernels* k : {Avx2Kernels(), Avx512Kernels()}) {
    if (k != nullptr) all.push_back(k);
  }
  return all;
}

// Without this, the stated error of tanh could be untrue somewhere: every 223rd float of [0, 12] on
// both sides, and the special values.
TEST(KernelsTest, TanhIsAccurate) {
  for (const Kernels* kernels : Available()) {
    AlignedFloats x(1024), y(1024);
    uint32_t bits = 0;
    double worst = 0, largest = 0;
    const uint32_t last = 0x41400000;  // 12.0f
    while (bits < last) {
      for (size_t i = 0; i < x.size(); ++i, bits += 223) {
        float value;
        std::memcpy(&value, &bits, sizeof value);
        x[i] = i % 2 ? -value : value;
      }
      kernels->tanh(1024, x.data(), y.data());
      for (size_t i = 0; i < x.size(); ++i) {
        const double exact = std::tanh(static_cast<double>(x[i]));
        largest = std::max(largest, std::abs(static_cast<double>(y[i])));
        if (std::abs(x[i]) < 1e-37) continue;  // results near the smallest normal number
        worst = std::max(worst, std::abs(y[i] - exact) / std::abs(exact));
      }
    }
    EXPECT_LT(worst, 3e-7) << kernels->name;
    EXPECT_LE(largest, 1.0) << kernels->name;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float inf = std::numeric_limits<float>::infinity();
    x[0] = inf, x[1] = -inf, x[2] = nan, x[3] = 0;
    kernels->tanh(16, x.data(), y.data());
    EXPECT_NEAR(y[0], 1, 3e-7);
    EXPECT_NEAR(y[1], -1, 3e-7);
    EXPECT_TRUE(std::isnan(y[2]));
    EXPECT_EQ(y[3], 0);
  }
}

// Without this, a CPU with AVX-512 would train to other bits than one without.
TEST(KernelsTest, BothBuildsGiveTheSameBits) {
  if (Avx512Kernels() == nullptr) GTEST_SKIP() << "this CPU has no AVX-512";
  const Kernels &a = *Avx2Kernels(), &b = *Avx512Kernels();
  for (int out_pad : {8, 16, 48, 64}) {
    const int rows = 64, in = 11, in_pad = 12;
    const AlignedFloats x = RandomFloats(rows * in_pad, 1), w = RandomFloats(in_pad * out_pad, 2);
    const AlignedFloats bias = RandomFloats(out_pad, 3);
    AlignedFloats ya(rows * out_pad), yb(rows * out_pad);
    for (Epilogue f : {Epilogue::kNone, Epilogue::kTanh, Epilogue::kRelu}) {
      a.forward(rows, in, out_pad, x.data(), in_pad, w.data(), bias.data(), f, ya.data());
      b.forward(rows, in, out_pad, x.data(), in_pad, w.data(), bias.data(), f, yb.data());
      EXPECT_TRUE(SameBits(ya, yb)) << out_pad;
    }
    AlignedFloats dwa(in_pad * out_pad), dwb(in_pad * out_pad), dba(out_pad), dbb(out_pad);
    a.backward_weight(rows, in_pad, out_pad, x.data(), in_pad, ya.data(), dwa.data(), dba.data());
    b.backward_weight(rows, in_pad, out_pad, x.data(), in_pad, yb.data(), dwb.data(), dbb.data());
    EXPECT_TRUE(SameBits(dwa, dwb) && SameBits(dba, dbb)) << out_pad;
    for (Epilogue f : {Epilogue::kTanh, Epilogue::kRelu}) {
      AlignedFloats ha = RandomFloats(rows * 64, 4), hb = ha;
      const AlignedFloats wt = RandomFloats(out_pad * 64, 5);
      a.backward_input(rows, out_pad - 3, 64, ya.data(), out_pad, wt.data(), f, ha.data());
      b.backward_input(rows, out_pad - 3, 64, yb.data(), out_pad, wt.data(), f, hb.data());
      EXPECT_TRUE(SameBits(ha, hb)) << out_pad;
    }
  }
  const AlignedFloats g = RandomFloats(1024, 6), other = RandomFloats(1024, 7);
  AlignedFloats suma(1024), sumb(1024);
  const float* parts[] = {g.data(), other.data(), g.data()};
  EXPECT_EQ(a.reduce(16, 1008, 3, parts, suma.data()), b.reduce(16, 1008, 3, parts, sumb.data()));
  EXPECT_TRUE(SameBits(suma, sumb));
  const AdamStep step{0.5f, 1e-3f, 3.0f, 0.9f, 0.999f, 1e-5f};
  AlignedFloats ma(1024), va(1024), pa = other, mb(1024), vb(1024), pb = other;
  a.adam(1024, step, g.data(), ma.data(), va.data(), pa.data());
  b.adam(1024, step, g.data(), mb.data(), vb.data(), pb.data());
  EXPECT_TRUE(SameBits(ma, mb) && SameBits(va, vb) && SameBits(pa, pb));
  a.tanh(1024, g.data(), suma.data());
  b.tanh(1024, g.data(), sumb.data());
  EXPECT_TRUE(SameBits(suma, sumb));
}

// Without this, a policy's action could depend on how many environments act together.
TEST(MlpTest, RowsDoNotDependOnEachOther) {
  for (const std::vector<int>& hidden : {std::vector<int>{64, 64}, {20}, {}}) {
    const Mlp net(7, hidden, 5, Activation::kTanh);
    AlignedFloats parameters(net.parameter_count());
    net.Initialize(1, 1.4, 1.0, parameters.data());
    const AlignedFloats x = RandomFloats(64 * net.input_stride(), 2);
    AlignedFloats all(net.activation_count(64)), one(net.activation_count(8));
    const float* expected = net.Forward(parameters.data(), x.data(), 64, all.data());
    for (int row = 0; row < 64; ++row) {
      AlignedFloats tile(8 * net.input_stride());
      const int place = row * 5 % 8;
      std::copy_n(x.data() + row * net.input_stride(), net.input_stride(),
                  tile.data() + place * net.input_stride());
      const float* y = net.Forward(parameters.data(), tile.data(), 8, one.data());
      for (int o = 0; o < 5; ++o) {
        EXPECT_EQ(y[place * net.output_stride() + o], expected[row * net.output_stride() + o]);
      }
    }
  }
}

// Without this, "orthogonal" could be scaled wrongly or not be orthogonal: products of the shorter
// side's vectors are gain^2 times the identity.
TEST(MlpTest, InitialWeightsAreOrthogonal) {
  const Mlp net(11, {64, 32}, 3, Activation::kTanh);
  AlignedFloats parameters(net.parameter_count());
  net.Initialize(5, std::sqrt(2.0), 0.01, parameters.data());
  for (const DenseLayer& layer : net.layers()) {
    const double gain = &layer == &net.layers().back() ? 1e-4 : 2.0;  // squared
    const bool by_row = layer.in <= layer.out;
    const int vectors = by_row ? layer.in : layer.out, length = by_row ? layer.out : layer.in;
    const auto at = [&](int vector, int i) {
      const int row = by_row ? vector : i, col = by_row ? i : vector;
      return static_cast<double>(parameters[layer.weight + row * layer.out_pad + col]);
    };
    for (int a = 0; a < vectors; ++a) {
      for (int b = 0; b <= a; ++b) {
        double dot = 0;
        for (int i = 0; i < length; ++i) dot += at(a, i) * at(b, i);
        EXPECT_NEAR(dot, a == b ? gain : 0, 1e-6 * gain);
      }
    }
  }
}

}  // namespace
}  // namespace carrot
