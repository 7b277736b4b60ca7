// StateSpec: the typed list of fields that a task publishes. It is the one spine of the program:
// Lua views, editor stubs, the inspector, prompts, observation layouts and trace columns derive
// from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

enum class DType : uint8_t { kF64, kF32, kI32, kU8, kBool };  // kBool is stored as a byte, 0 or 1

size_t SizeOf(DType dtype);
const char* NumpyName(DType dtype);                  // "<f8", "<f4", "<i4", "|u1", "|b1"
Result<DType> DTypeFromName(std::string_view name);  // "f64" "f32" "i32" "u8" "bool"
const char* Name(DType dtype);

// What a field is for. kPose fields suffice to draw a row; kFlag fields may be named as terms;
// kActionMask (u8, one per choice, summed over the discrete action's dimensions) masks a policy.
enum class FieldRole : uint8_t { kState, kPose, kDerived, kFlag, kObservation, kActionMask };
const char* Name(FieldRole role);

struct FieldSpec {
  std::string name;  // lower_snake; unique
  DType dtype = DType::kF64;
  std::vector<int> shape;          // {} scalar, {n} vector, {h,w,c}...; row-major
  std::vector<std::string> names;  // component names of a vector, or empty
  std::vector<std::string> units;  // one per component, one for all, or empty
  double low =
      -std::numeric_limits<double>::infinity();  // declared range (documentation and lints)
  double high = std::numeric_limits<double>::infinity();
  std::string doc;
  FieldRole role = FieldRole::kState;

  int size() const;  // number of elements, 1 for a scalar
  size_t bytes() const { return SizeOf(dtype) * static_cast<size_t>(size()); }
  bool is_scalar() const { return shape.empty(); }
};

class StateSpec {
 public:
  // Fails on a duplicate or malformed name, or component names that do not fit the shape (T0xx).
  Status Add(FieldSpec field);
  const std::vector<FieldSpec>& fields() const { return fields_; }
  const FieldSpec& operator[](int index) const { return fields_[index]; }
  int size() const { return static_cast<int>(fields_.size()); }
  int Find(std::string_view name) const;             // index, or -1
  std::string Nearest(std::string_view name) const;  // did-you-mean, or ""
  std::vector<std::string> Names() const;

 private:
  std::vector<FieldSpec> fields_;
};

}  // namespace carrot
