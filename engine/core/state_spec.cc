#include "engine/core/state_spec.h"

#include <fmt/format.h>

#include <cctype>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

bool IsIdentifier(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

}  // namespace

size_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return 8;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kU8:
    case DType::kBool:
      return 1;
  }
  return 0;
}

const char* NumpyName(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "<f8";
    case DType::kF32:
      return "<f4";
    case DType::kI32:
      return "<i4";
    case DType::kU8:
      return "|u1";
    case DType::kBool:
      return "|b1";
  }
  return "";
}

const char* Name(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "f64";
    case DType::kF32:
      return "f32";
    case DType::kI32:
      return "i32";
    case DType::kU8:
      return "u8";
    case DType::kBool:
      return "bool";
  }
  return "";
}

Result<DType> DTypeFromName(std::string_view name) {
  for (DType dtype : {DType::kF64, DType::kF32, DType::kI32, DType::kU8, DType::kBool}) {
    if (name == Name(dtype)) return dtype;
  }
  return Fail(MakeError("T002", fmt::format("unknown dtype '{}'", name),
                        {"use one of f64, f32, i32, u8, bool"}));
}

const char* Name(FieldRole role) {
  switch (role) {
    case FieldRole::kState:
      return "state";
    case FieldRole::kPose:
      return "pose";
    case FieldRole::kDerived:
      return "derived";
    case FieldRole::kFlag:
      return "flag";
    case FieldRole::kObservation:
      return "observation";
    case FieldRole::kActionMask:
      return "action_mask";
  }
  return "";
}

int FieldSpec::size() const {
  int count = 1;
  for (int extent : shape) count *= extent;
  return count;
}

Status StateSpec::Add(FieldSpec field) {
  if (!IsIdentifier(field.name)) {
    return Fail(MakeError("T001", fmt::format("'{}' is not a field name", field.name),
                          {"use letters, digits and underscores, e.g. torso_height"}));
  }
  if (Find(field.name) >= 0) {
    return Fail(MakeError("T001", fmt::format("field '{}' is declared twice", field.name),
                          {"rename or remove one of them"}));
  }
  const int size = field.size();
  if (!field.names.empty() && static_cast<int>(field.names.size()) != size) {
    return Fail(MakeError("T001", fmt::format("field '{}' has {} elements but {} component names",
                                              field.name, size, field.names.size())));
  }
  if (field.units.size() > 1 && static_cast<int>(field.units.size()) != size) {
    return Fail(MakeError("T001",
                          fmt::format("field '{}' has {} elements but {} units", field.name, size,
                                      field.units.size()),
                          {"give one unit for all, or one for each element"}));
  }
  fields_.push_back(std::move(field));
  return {};
}

int StateSpec::Find(std::string_view name) const {
  for (int i = 0; i < size(); ++i) {
    if (fields_[i].name == name) return i;
  }
  return -1;
}

std::vector<std::string> StateSpec::Names() const {
  std::vector<std::string> names;
  for (const auto& field : fields_) names.push_back(field.name);
  return names;
}

std::string StateSpec::Nearest(std::string_view name) const { return Suggest(name, Names()); }

}  // namespace carrot
