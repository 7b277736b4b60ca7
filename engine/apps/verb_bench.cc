#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/apps/benchmarks.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/progress.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/monotonic.h"
#include "engine/session/evaluation_json.h"

namespace carrot {
namespace {

class BenchVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"--filter", "TEXT",
             "only benchmarks whose name contains TEXT (script, simulation, ...)", &filter_},
            {"--list", "", "name the benchmarks, run nothing", &list_}};
  }

  ExitCode Run(Console& console) override {
    if (list_) return List(console);
    const double start = MonotonicSeconds();
    std::vector<BenchRow> rows;
    {
      Progress progress(console, "bench", static_cast<double>(Benchmarks().size()), "parts");
      double done = 0;
      for (const Benchmark& benchmark : Benchmarks()) {
        progress.Update(done++, benchmark.name);
        if (!MayContain(benchmark.name) || Interrupted().load()) continue;
        Result<std::vector<BenchRow>> result = benchmark.run([this](const std::string& name) {
          return Wanted(name) || filter_.rfind(name + "/", 0) == 0;
        });
        if (!result) return console.Fail(result.error());
        for (BenchRow& row : *result) {
          if (Wanted(row.name)) rows.push_back(std::move(row));
        }
      }
    }
    if (rows.empty() && !Interrupted().load()) {
      return console.Fail(
          {MakeError("U002", fmt::format("no benchmark is named like `{}`", filter_),
                     {"carrot bench --list names them"})});
    }
    const double seconds = MonotonicSeconds() - start;
    if (console.json()) {
      PrintAsJson(console, rows, seconds);
    } else {
      PrintAsText(console, rows);
    }
    return Interrupted().load() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

 private:
  bool Wanted(const std::string& row) const { return row.find(filter_) != std::string::npos; }
  // Rows begin with the name of their part: "hopper" may be in any, "simulation/ant" in one only.
  bool MayContain(const std::string& part) const {
    const std::string first = filter_.substr(0, filter_.find('/'));
    for (const Benchmark& benchmark : Benchmarks()) {
      if (std::string(benchmark.name).find(first) != std::string::npos) {
        return part.find(first) != std::string::npos;
      }
    }
    return true;
  }
  ExitCode List(Console& console) const {
    Json names = Json::array();
    for (const Benchmark& benchmark : Benchmarks()) names.push_back(benchmark.name);
    if (console.json()) {
      console.PrintJson({{"benchmarks", names}});
    } else {
      for (const Benchmark& benchmark : Benchmarks()) {
        console.Print(std::string(benchmark.name) + "\n");
      }
    }
    return ExitCode::kOk;
  }
  static void PrintAsJson(Console& console, const std::vector<BenchRow>& rows, double seconds) {
    Json document;
    document["results"] = Json::array();
    for (const BenchRow& row : rows) {
      Json entry = {{"name", row.name}};
      PutNumber(entry, "value", row.value);
      entry["unit"] = row.unit;
      const bool has_baseline = row.baseline > 0;
      entry["baseline"] = has_baseline ? Json(row.baseline) : Json(nullptr);
      entry["ratio"] = has_baseline ? Json(row.ratio) : Json(nullptr);
      entry["against"] = row.against;
      document["results"].push_back(std::move(entry));
    }
    document["timing"] = TimingJson(seconds, HardwareThreads());
    console.PrintJson(document);
  }
  static void PrintAsText(Console& console, const std::vector<BenchRow>& rows) {
    Table table({{"benchmark", Align::kLeft},
                 {"value"},
                 {"unit", Align::kLeft},
                 {"baseline"},
                 {"ratio"},
                 {"against", Align::kLeft}});
    for (const BenchRow& row : rows) {
      const bool has_baseline = row.baseline > 0;
      table.Row({row.name, Short(row.value), row.unit, has_baseline ? Short(row.baseline) : "",
                 has_baseline ? fmt::format("{:.2f}", row.ratio) : "", row.against});
    }
    console.Print(table.Render(console.out()));
    console.Print("ratio: above 1 is better than the baseline\n");
  }
  std::string filter_;
  bool list_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeBench() { return std::make_unique<BenchVerb>(); }

}  // namespace carrot
