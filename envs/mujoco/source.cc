// Source strings to addresses in mjData.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/base/suggest.h"
#include "envs/mujoco/field_plan.h"
#include "envs/mujoco/model_names.h"

namespace carrot {
namespace {

constexpr uint32_t kNone = 0;
const std::vector<std::string> kXyz = {"x", "y", "z"};
const std::vector<std::string> kWxyz = {"w", "x", "y", "z"};

#define CARROT_MEMBER(name) static_cast<uint32_t>(offsetof(mjData, name))

// Whole arrays. `rows` counts the first axis; width 1 means a flat vector.
struct ArraySource {
  const char* name;
  uint32_t member;
  mjtSize mjModel::*rows;
  int width;
  bool needs_rne;
  const char* unit;
};
constexpr ArraySource kArrays[] = {
    {"qpos", CARROT_MEMBER(qpos), &mjModel::nq, 1, false, ""},
    {"qvel", CARROT_MEMBER(qvel), &mjModel::nv, 1, false, ""},
    {"qacc", CARROT_MEMBER(qacc), &mjModel::nv, 1, false, ""},
    {"act", CARROT_MEMBER(act), &mjModel::na, 1, false, ""},
    {"ctrl", CARROT_MEMBER(ctrl), &mjModel::nu, 1, false, ""},
    {"sensordata", CARROT_MEMBER(sensordata), &mjModel::nsensordata, 1, false, ""},
    {"qfrc_actuator", CARROT_MEMBER(qfrc_actuator), &mjModel::nv, 1, false, ""},
    {"qfrc_constraint", CARROT_MEMBER(qfrc_constraint), &mjModel::nv, 1, false, ""},
    {"qfrc_passive", CARROT_MEMBER(qfrc_passive), &mjModel::nv, 1, false, ""},
    {"actuator_force", CARROT_MEMBER(actuator_force), &mjModel::nout, 1, false, ""},
    {"xpos", CARROT_MEMBER(xpos), &mjModel::nbody, 3, false, "m"},
    {"xquat", CARROT_MEMBER(xquat), &mjModel::nbody, 4, false, ""},
    {"cinert", CARROT_MEMBER(cinert), &mjModel::nbody, 10, false, ""},
    {"cvel", CARROT_MEMBER(cvel), &mjModel::nbody, 6, false, ""},
    {"cfrc_ext", CARROT_MEMBER(cfrc_ext), &mjModel::nbody, 6, true, ""},
};

// Numbers of one named part: `kind:NAME.member`.
struct PartSource {
  int type;
  const char* member_name;  // after the dot; "" for none
  uint32_t member;
  int width;
  const char* unit;
};
constexpr PartSource kParts[] = {
    {mjOBJ_BODY, "pos", CARROT_MEMBER(xpos), 3, "m"},
    {mjOBJ_BODY, "quat", CARROT_MEMBER(xquat), 4, ""},
    {mjOBJ_BODY, "mat", CARROT_MEMBER(xmat), 9, ""},
    {mjOBJ_BODY, "com", CARROT_MEMBER(subtree_com), 3, "m"},
    {mjOBJ_BODY, "vel", kNone, 3, "m/s"},
    {mjOBJ_BODY, "angvel", kNone, 3, "rad/s"},
    {mjOBJ_SITE, "pos", CARROT_MEMBER(site_xpos), 3, "m"},
    {mjOBJ_SITE, "mat", CARROT_MEMBER(site_xmat), 9, ""},
    {mjOBJ_GEOM, "pos", CARROT_MEMBER(geom_xpos), 3, "m"},
    {mjOBJ_GEOM, "mat", CARROT_MEMBER(geom_xmat), 9, ""},
    {mjOBJ_TENDON, "length", CARROT_MEMBER(ten_length), 1, ""},
    {mjOBJ_TENDON, "velocity", CARROT_MEMBER(ten_velocity), 1, ""},
    {mjOBJ_JOINT, "pos", CARROT_MEMBER(qpos), 0, ""},
    {mjOBJ_JOINT, "vel", CARROT_MEMBER(qvel), 0, ""},
    {mjOBJ_ACTUATOR, "force", CARROT_MEMBER(actuator_force), 0, ""},
    {mjOBJ_SENSOR, "", CARROT_MEMBER(sensordata), 0, ""},
};
#undef CARROT_MEMBER

tl::unexpected<Diagnostics> Unknown(const std::string& message, const std::string& word,
                                    const std::vector<std::string>& known) {
  std::vector<std::string> help;
  const std::string nearest = Suggest(word, known);
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  help.push_back(fmt::format("known: {}", fmt::join(known, ", ")));
  return Fail(MakeError("T021", message, std::move(help)));
}

std::vector<std::string> KnownSources() {
  std::vector<std::string> known = {"time", "com"};
  for (const auto& array : kArrays) known.emplace_back(array.name);
  for (const char* kind :
       {"body", "site", "geom", "joint", "sensor", "actuator", "tendon", "contact"}) {
    known.push_back(fmt::format("{}:NAME", kind));
  }
  return known;
}

struct JointLayout {
  std::vector<std::string> names, units;  // per element; names empty if some joint has none
};

// Component names and units of qpos (velocity = false) or qvel.
JointLayout DescribeJoints(const mjModel* model, bool velocity) {
  JointLayout out;
  bool all_named = true;
  auto add = [&](const std::string& name, const char* unit) {
    out.names.push_back(name);
    out.units.push_back(velocity ? std::string(unit) + "/s" : unit);
  };
  for (int j = 0; j < model->njnt; ++j) {
    const std::string name = NameOf(model, mjOBJ_JOINT, j);
    all_named &= !name.empty();
    const int type = model->jnt_type[j];
    if (type == mjJNT_SLIDE || type == mjJNT_HINGE) {
      add(name, type == mjJNT_SLIDE ? "m" : "rad");
      continue;
    }
    if (type == mjJNT_FREE) {
      for (const char* axis : {"x", "y", "z"}) add(name + (velocity ? "_v" : "_") + axis, "m");
    }
    for (const char* axis : {"w", "x", "y", "z"}) {
      if (velocity && *axis == 'w') continue;
      add(name + (velocity ? "_w" : "_q") + axis, velocity ? "rad" : "1");
    }
  }
  if (!all_named) out.names.clear();
  return out;
}

void Slice(std::vector<std::string>* list, int begin, int end) {
  if (list->empty()) return;
  *list = std::vector<std::string>(list->begin() + begin, list->begin() + end);
}

// Applies the slice to a vector source that is complete so far (begin, count, names, units).
Status ApplySlice(const SlicedName& slice, Source* source) {
  if (!slice.begin && !slice.end) return {};
  CARROT_ASSIGN_OR_RETURN(const ElementRange range, ResolveSlice(slice, source->count));
  source->begin += range.begin;
  source->count = range.end - range.begin;
  source->shape = slice.is_element ? std::vector<int>{} : std::vector<int>{source->count};
  Slice(&source->names, range.begin, range.end);
  if (source->units.size() > 1) Slice(&source->units, range.begin, range.end);
  if (slice.is_element) source->names.clear();
  if (source->qpos_begin >= 0) source->qpos_begin += range.begin;
  return {};
}

Result<Source> ResolveArray(const mjModel* model, const ArraySource& array,
                            const SlicedName& slice) {
  const int rows = static_cast<int>(model->*(array.rows));
  if (rows == 0) {
    return Fail(MakeError("T021", fmt::format("`{}` is empty in this model", array.name)));
  }
  Source source;
  source.member = array.member;
  source.needs_rne = array.needs_rne;
  if (*array.unit) source.units = {array.unit};
  if (array.width > 1) {
    CARROT_ASSIGN_OR_RETURN(const ElementRange range, ResolveSlice(slice, rows));
    source.begin = range.begin * array.width;
    source.count = (range.end - range.begin) * array.width;
    source.shape = {range.end - range.begin, array.width};
    if (slice.is_element) source.shape = {array.width};
    if (slice.is_element && array.width == 3) source.names = kXyz;
    if (slice.is_element && array.width == 4) source.names = kWxyz;
    return source;
  }
  source.count = rows;
  source.shape = {rows};
  const std::string_view name = array.name;
  if (name == "qpos" || name == "qvel") {
    JointLayout joints = DescribeJoints(model, name == "qvel");
    source.names = std::move(joints.names);
    source.units = std::move(joints.units);
    if (name == "qpos") source.qpos_begin = 0;
  } else if (name == "ctrl") {
    source.names = ControlNames(model);
  }
  CARROT_RETURN_IF_ERROR(ApplySlice(slice, &source));
  return source;
}

// Addresses of parts whose width depends on the part.
void AddressPart(const mjModel* model, const PartSource& part, int id, Source* source) {
  source->begin = id * part.width;
  source->count = part.width;
  if (part.type == mjOBJ_JOINT) {
    const bool velocity = std::string_view(part.member_name) == "vel";
    const int type = model->jnt_type[id];
    const bool scalar = type == mjJNT_SLIDE || type == mjJNT_HINGE;
    source->begin = velocity ? model->jnt_dofadr[id] : model->jnt_qposadr[id];
    source->count = scalar ? 1 : type == mjJNT_FREE ? (velocity ? 6 : 7) : (velocity ? 3 : 4);
    if (scalar)
      source->units = {
          fmt::format("{}{}", type == mjJNT_SLIDE ? "m" : "rad", velocity ? "/s" : "")};
    if (!velocity) source->qpos_begin = source->begin;
  } else if (part.type == mjOBJ_SENSOR) {
    source->begin = model->sensor_adr[id];
    source->count = model->sensor_dim[id];
  } else if (part.type == mjOBJ_ACTUATOR) {
    source->begin = model->actuator_outadr[id];
    source->count = model->actuator_outnum[id];
  }
}

Result<Source> ResolvePart(const mjModel* model, int type, const std::string& name,
                           const std::string& member, const SlicedName& slice) {
  std::vector<std::string> members;
  for (const PartSource& part : kParts) {
    if (part.type != type) continue;
    members.emplace_back(part.member_name);
    if (member != part.member_name) continue;
    CARROT_ASSIGN_OR_RETURN(const int id, FindObject(model, type, name));
    Source source;
    source.member = part.member;
    source.body = id;
    if (*part.unit) source.units = {part.unit};
    AddressPart(model, part, id, &source);
    if (part.member == kNone) {  // velocities are computed, not copied
      source.kind = member == "vel" ? SourceKind::kBodyVelocity : SourceKind::kBodySpin;
      source.begin = 0;
    }
    if (part.width == 3) source.names = kXyz;
    if (part.width == 4) source.names = kWxyz;
    if (source.count > 1) source.shape = {source.count};
    CARROT_RETURN_IF_ERROR(ApplySlice(slice, &source));
    return source;
  }
  return Unknown(fmt::format("a {} has no `{}`", KindName(type), member), member, members);
}

Result<std::vector<uint8_t>> GeomSet(const mjModel* model, const std::string& name) {
  std::vector<uint8_t> set(model->ngeom);
  if (const int geom = mj_name2id(model, mjOBJ_GEOM, name.c_str()); geom >= 0) {
    set[geom] = 1;
    return set;
  }
  if (const int body = mj_name2id(model, mjOBJ_BODY, name.c_str()); body >= 0) {
    for (int g = 0; g < model->ngeom; ++g) set[g] = model->geom_bodyid[g] == body;
    return set;
  }
  auto known = ObjectNames(model, mjOBJ_GEOM);
  for (auto& body : ObjectNames(model, mjOBJ_BODY)) known.push_back(std::move(body));
  std::vector<std::string> help;
  const std::string nearest = Suggest(name, known);
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  help.push_back(fmt::format("geoms and bodies: {}", fmt::join(known, ", ")));
  return Fail(
      MakeError("T022", fmt::format("the model has no geom or body `{}`", name), std::move(help)));
}

Result<Source> ResolveContact(const mjModel* model, const std::string& names,
                              const std::string& member, std::vector<ContactSet>* contacts) {
  Source source;
  if (member == "force") {
    source.kind = SourceKind::kContactForce;
    source.units = {"N"};
  } else if (member == "count") {
    source.kind = SourceKind::kContactCount;
  } else {
    return Unknown(fmt::format("a contact has no `{}`", member), member, {"force", "count"});
  }
  ContactSet set;
  const size_t comma = names.find(',');
  CARROT_ASSIGN_OR_RETURN(set.a, GeomSet(model, names.substr(0, comma)));
  if (comma != std::string::npos) {
    const size_t start = names.find_first_not_of(' ', comma + 1);
    CARROT_ASSIGN_OR_RETURN(set.b,
                            GeomSet(model, start == std::string::npos ? "" : names.substr(start)));
  }
  source.contact = static_cast<int>(contacts->size());
  contacts->push_back(std::move(set));
  return source;
}

constexpr std::pair<const char*, int> kPartKinds[] = {
    {"body", mjOBJ_BODY},     {"site", mjOBJ_SITE},     {"geom", mjOBJ_GEOM},
    {"joint", mjOBJ_JOINT},   {"sensor", mjOBJ_SENSOR}, {"actuator", mjOBJ_ACTUATOR},
    {"tendon", mjOBJ_TENDON},
};

}  // namespace

Result<Source> ResolveSource(const mjModel* model, const std::string& text,
                             std::vector<ContactSet>* contacts) {
  CARROT_ASSIGN_OR_RETURN(const SlicedName slice, ParseSlicedName(text));
  const bool sliced = slice.begin || slice.end;
  const std::string_view base = slice.name;
  if (base == "time" && !sliced) {
    Source source;
    source.kind = SourceKind::kTime;
    source.units = {"s"};
    return source;
  }
  if (base == "com") return ResolvePart(model, mjOBJ_BODY, "world", "com", slice);
  for (const ArraySource& array : kArrays) {
    if (base == array.name) return ResolveArray(model, array, slice);
  }
  const size_t colon = slice.name.find(':');
  if (colon == std::string::npos) {
    return Unknown(fmt::format("there is no source `{}`", text), slice.name, KnownSources());
  }
  const std::string kind = slice.name.substr(0, colon);
  std::string name = slice.name.substr(colon + 1), member;
  if (kind != "sensor") {  // a sensor has no members; its name may hold dots
    const size_t dot = name.rfind('.');
    if (dot != std::string::npos) {
      member = name.substr(dot + 1);
      name.resize(dot);
    }
  }
  if (kind == "contact" && !sliced) return ResolveContact(model, name, member, contacts);
  std::vector<std::string> kinds = {"contact"};
  for (const auto& [word, type] : kPartKinds) {
    if (kind == word) return ResolvePart(model, type, name, member, slice);
    kinds.emplace_back(word);
  }
  return Unknown(fmt::format("there is no source `{}`", text), kind, kinds);
}

}  // namespace carrot
