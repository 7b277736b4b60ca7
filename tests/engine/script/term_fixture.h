// A state of twelve numbers and some of every kind, in columns that tests fill, and terms compiled
// from text.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/rng.h"
#include "engine/core/state_batch.h"
#include "engine/script/term_program.h"

namespace carrot {

inline FieldSpec Field(std::string name, std::vector<int> shape = {}, DType dtype = DType::kF64,
                       std::vector<std::string> names = {}, std::string unit = "") {
  FieldSpec field;
  field.name = std::move(name);
  field.shape = std::move(shape);
  field.dtype = dtype;
  field.names = std::move(names);
  if (!unit.empty()) field.units = {std::move(unit)};
  return field;
}

inline StateSpec TestState() {
  StateSpec state;
  for (const FieldSpec& field :
       {Field("height", {}, DType::kF64, {}, "m"), Field("pitch"),
        Field("pos", {3}, DType::kF64, {"x", "y", "z"}),
        Field("vel", {3}, DType::kF64, {"x", "y", "z"}), Field("quat", {4}),
        Field("cells", {4, 6}, DType::kU8), Field("alive", {}, DType::kBool),
        Field("count", {}, DType::kI32), Field("speed", {}, DType::kF32),
        Field("flags", {3}, DType::kBool), Field("out")}) {
    EXPECT_TRUE(state.Add(field));
  }
  return state;
}

inline TermContext TestContext() {
  TermContext context;
  context.state = TestState();
  context.action.names = {"hip", "knee"};
  context.action.low = {-1, -1};
  context.action.high = {1, 1};
  context.params.resize(1);
  context.params[0].name = "target";
  context.params[0].value = 2;
  context.memory = {{"best", 1, 0, true}, {"last", 3, 1, false}};
  context.memory_width = 4;
  context.dt = 0.5;
  context.horizon = 100;
  context.task_name = "test";
  return context;
}

// Rows of seeded random state.
struct TestRows {
  explicit TestRows(int n, uint64_t seed = 1)
      : batch(TestState(), n),
        action(2 * n),
        step(n),
        terminated(n),
        seeds(n),
        memory(4 * n),
        flags(n) {
    Rng rng(Key(seed, RngDomain::kTest));
    for (int f = 0; f < batch.spec().size(); ++f) {
      for (auto columns : {batch.next(), batch.prev()}) Fill(columns[f], batch.spec()[f], n, rng);
    }
    for (auto& a : action) a = rng.Uniform(-1, 1);
    for (int r = 0; r < n; ++r) step[r] = r + 1, seeds[r] = 1000 + r;
  }
  static void Fill(void* column, const FieldSpec& field, int n, Rng& rng) {
    for (int i = 0; i < n * field.size(); ++i) {
      const double x = rng.Uniform(-2, 2);
      switch (field.dtype) {
        case DType::kF64:
          static_cast<double*>(column)[i] = x;
          break;
        case DType::kF32:
          static_cast<float*>(column)[i] = static_cast<float>(x);
          break;
        case DType::kI32:
          static_cast<int32_t*>(column)[i] = static_cast<int>(x * 10);
          break;
        case DType::kU8:
          static_cast<uint8_t*>(column)[i] = static_cast<uint8_t>(rng.Below(7));
          break;
        case DType::kBool:
          static_cast<uint8_t*>(column)[i] = x > 0;
          break;
      }
    }
  }
  TransitionBatch Batch() {
    TransitionBatch rows;
    rows.end = batch.num_envs();
    rows.next = batch.next();
    rows.prev = batch.prev();
    rows.action = action.data();
    rows.step = step.data();
    rows.terminated = terminated.data();
    rows.world_seed = seeds.data();
    rows.memory = memory.data();
    return rows;
  }
  template <typename T>
  T* Next(const char* name) {
    return static_cast<T*>(batch.next()[batch.spec().Find(name)]);
  }
  template <typename T>
  T* Prev(const char* name) {
    return static_cast<T*>(batch.prev()[batch.spec().Find(name)]);
  }

  StateBatch batch;
  std::vector<double> action;
  std::vector<int32_t> step;
  std::vector<uint8_t> terminated;
  std::vector<uint64_t> seeds;
  std::vector<double> memory;
  std::vector<uint8_t> flags;
};

// Terms from the body of a table: Terms("function(s) return s.height end, ...").
struct TestProgram {
  std::shared_ptr<const LuaScript> script;
  std::shared_ptr<const TermProgram> program;
  std::unique_ptr<TermRunner> runner;
  Diagnostics errors;
  int count = 0;

  explicit TestProgram(const std::string& source, ScriptOptions options = {},
                       TermContext context = TestContext()) {
    options.makers = {"term"};
    options.library_dirs = {std::string(CARROT_SOURCE_DIR) + "/rewards/lib"};
    auto loaded = LuaScript::FromSource(source, "test.lua", options);
    if (!loaded) {
      errors = loaded.error();
      return;
    }
    script = *loaded;
    std::vector<TermDecl> decls;
    for (const LuaValue& item : script->root().array) {
      TermDecl decl;
      decl.name = "t" + std::to_string(decls.size() + 1);
      decl.what = "term";
      decl.function = item.function;
      decl.where = item.where;
      if (item.is_string()) decl.field = context.state.Find(item.string);
      decls.push_back(decl);
    }
    count = static_cast<int>(decls.size());
    auto compiled = TermProgram::Compile(script, context, decls);
    if (!compiled) {
      errors = compiled.error();
      return;
    }
    program = *compiled;
    auto made = program->NewRunner();
    if (!made)
      errors = made.error();
    else
      runner = std::move(*made);
  }
  // Values [row][term].
  std::vector<std::vector<double>> Run(TransitionBatch rows, uint8_t* flags = nullptr) {
    std::vector<double> out(rows.end * count, -777.0);
    std::vector<TermColumn> columns;
    for (int k = 0; k < count; ++k) columns.push_back({out.data() + k, DType::kF64, count});
    runner->Run(0, rows, columns, flags);
    std::vector<std::vector<double>> result;
    for (int64_t r = 0; r < rows.end; ++r) {
      result.emplace_back(out.begin() + r * count, out.begin() + (r + 1) * count);
    }
    return result;
  }
  std::string Text() const { return Format(errors); }
};

}  // namespace carrot
