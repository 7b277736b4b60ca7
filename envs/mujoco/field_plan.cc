#include "envs/mujoco/field_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

namespace carrot {
namespace {

bool IsIdentifier(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

// Names taken from the model are only a help: drop them if a script could not write them.
void KeepUsableNames(std::vector<std::string>* names) {
  const std::set<std::string> unique(names->begin(), names->end());
  if (unique.size() != names->size() || !std::all_of(names->begin(), names->end(), IsIdentifier)) {
    names->clear();
  }
}

// "m,m,rad" or ["m", "m", "rad"].
std::vector<std::string> StringList(const nlohmann::json& value) {
  std::vector<std::string> list;
  if (value.is_array()) {
    for (const auto& item : value) list.push_back(item.is_string() ? item.get<std::string>() : "");
  } else if (value.is_string()) {
    std::string word;
    for (char c : value.get<std::string>() + ",") {
      if (c == ',') {
        list.push_back(std::move(word));
        word.clear();
      } else if (c != ' ') {
        word += c;
      }
    }
  }
  return list;
}

Result<FieldRole> RoleFromName(const std::string& name) {
  for (FieldRole role : {FieldRole::kState, FieldRole::kPose, FieldRole::kDerived, FieldRole::kFlag,
                         FieldRole::kObservation}) {
    if (name == Name(role)) return role;
  }
  return Fail(MakeError("T001", fmt::format("a field of a mujoco world has no role `{}`", name),
                        {"use state, pose or observation"}));
}

Result<FieldSpec> Describe(const nlohmann::json& field, const Source& source) {
  FieldSpec spec;
  spec.name = field.value("name", "");
  spec.doc = field.value("doc", "");
  spec.shape = source.shape;
  spec.names = source.names;
  spec.units = source.units;
  KeepUsableNames(&spec.names);
  if (field.contains("names")) spec.names = StringList(field["names"]);
  if (field.contains("unit")) spec.units = StringList(field["unit"]);
  spec.low = field.value("min", spec.low);
  spec.high = field.value("max", spec.high);
  if (field.contains("role")) {
    CARROT_ASSIGN_OR_RETURN(spec.role, RoleFromName(field.value("role", "")));
  }
  if (field.contains("dtype")) {
    CARROT_ASSIGN_OR_RETURN(const DType dtype, DTypeFromName(field.value("dtype", "")));
    if (dtype != DType::kF64) {
      return Fail(MakeError("T002", fmt::format("field '{}': MuJoCo's numbers are f64", spec.name),
                            {"leave dtype out"}));
    }
  }
  return spec;
}

inline const double* Address(const mjData* data, uint32_t member) {
  const double* array;
  std::memcpy(&array, reinterpret_cast<const char*>(data) + member, sizeof(array));
  return array;
}

bool Touches(const ContactSet& set, const mjContact& contact) {
  const int g0 = contact.geom[0], g1 = contact.geom[1];
  if (g0 < 0 || g1 < 0 || contact.efc_address < 0) return false;  // flexes, inactive contacts
  if (set.b.empty()) return set.a[g0] || set.a[g1];
  return (set.a[g0] && set.b[g1]) || (set.a[g1] && set.b[g0]);
}

}  // namespace

Result<FieldPlan> FieldPlan::Build(const mjModel* model, const nlohmann::json& fields) {
  FieldPlan plan;
  for (const auto& field : fields) {
    Op op;
    op.field = plan.spec_.size();
    op.clip = field.value("clip", 0.0);
    auto source = ResolveSource(model, field.value("source", ""), &plan.contacts_);
    if (!source) {
      Diagnostics errors = std::move(source).error();
      for (auto& error : errors) {
        error.message = fmt::format("field '{}': {}", field.value("name", ""), error.message);
      }
      return Fail(std::move(errors));
    }
    op.source = std::move(*source);
    CARROT_ASSIGN_OR_RETURN(FieldSpec spec, Describe(field, op.source));
    CARROT_RETURN_IF_ERROR(plan.spec_.Add(std::move(spec)));
    plan.needs_rne_ |= op.source.needs_rne;
    plan.ops_.push_back(std::move(op));
  }
  return plan;
}

void FieldPlan::Publish(const mjModel* model, const mjData* data, std::span<void* const> columns,
                        int64_t env) const {
  for (const Op& op : ops_) {
    const int count = op.source.count;
    double* out = static_cast<double*>(columns[op.field]) + env * count;
    if (op.source.kind == SourceKind::kArray) {
      std::memcpy(out, Address(data, op.source.member) + op.source.begin, count * sizeof(double));
    } else {
      PublishSpecial(op, model, data, out);
    }
    if (op.clip > 0) {
      for (int i = 0; i < count; ++i) out[i] = std::clamp(out[i], -op.clip, op.clip);
    }
  }
}

void FieldPlan::PublishSpecial(const Op& op, const mjModel* model, const mjData* data,
                               double* out) const {
  const Source& source = op.source;
  switch (source.kind) {
    case SourceKind::kArray:
      return;
    case SourceKind::kTime:
      out[0] = data->time;
      return;
    case SourceKind::kBodySpin:
      std::memcpy(out, data->cvel + 6 * source.body + source.begin, source.count * sizeof(double));
      return;
    case SourceKind::kBodyVelocity: {
      // cvel is the velocity at the centre of mass of the body's tree: v(p) = v(c) + w x (p - c).
      const double* w = data->cvel + 6 * source.body;
      const double* p = data->xpos + 3 * source.body;
      const double* c = data->subtree_com + 3 * model->body_rootid[source.body];
      for (int k = 0; k < source.count; ++k) {
        const int i = source.begin + k, j = (i + 1) % 3, l = (i + 2) % 3;
        out[k] = w[3 + i] + (w[j] * (p[l] - c[l]) - w[l] * (p[j] - c[j]));
      }
      return;
    }
    case SourceKind::kContactForce:
    case SourceKind::kContactCount: {
      const ContactSet& set = contacts_[source.contact];
      double sum = 0;
      for (int i = 0; i < data->ncon; ++i) {
        if (!Touches(set, data->contact[i])) continue;
        if (source.kind == SourceKind::kContactCount) {
          sum += 1;
        } else {
          double force[6];
          mj_contactForce(model, data, i, force);
          sum += force[0];
        }
      }
      out[0] = sum;
      return;
    }
  }
}

bool FieldPlan::ReadPose(std::span<void* const> columns, int64_t row, double* qpos) const {
  bool any = false;
  for (const Op& op : ops_) {
    if (op.source.qpos_begin < 0 || op.clip > 0) continue;
    const int count = op.source.count;
    std::memcpy(qpos + op.source.qpos_begin,
                static_cast<const double*>(columns[op.field]) + row * count,
                count * sizeof(double));
    any = true;
  }
  return any;
}

}  // namespace carrot
