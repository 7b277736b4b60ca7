#include "engine/apps/eval_store.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/json_text.h"
#include "engine/session/evaluation_json.h"

namespace carrot {

namespace fs = std::filesystem;

Result<std::unique_ptr<EvalStore>> EvalStore::Open(const fs::path& folder, bool resume) {
  const fs::path cells = folder / "cells.jsonl";
  std::error_code ec;
  if (!resume && fs::exists(cells, ec)) {
    return Fail(MakeError("I008", fmt::format("{} holds an evaluation already", folder.string()),
                          {"--resume goes on with it; another --out starts anew"}));
  }
  auto store = std::make_unique<EvalStore>();
  store->folder_ = folder;
  CARROT_RETURN_IF_ERROR(MakeFolder(folder));
  off_t whole = 0;  // bytes of whole lines: a killed process may have left half of one
  if (std::ifstream in{cells}) {
    std::string line;
    while (std::getline(in, line) && !in.eof()) {
      const Json cell = TryParseJson<Json>(line);
      EvaluateResult result;
      const bool good = cell.is_object() && cell.contains("key") && cell.contains("result") &&
                        ResultFromJson(cell["result"], &result);
      if (!good) break;
      store->known_[cell["key"].get<std::string>()] = std::move(result);
      whole += static_cast<off_t>(line.size() + 1);
    }
  }
  CARROT_ASSIGN_OR_RETURN(store->cells_, OutputFile::Open(cells, SystemFileOps(), true));
  if (store->cells_.size() > whole) CARROT_RETURN_IF_ERROR(store->cells_.Truncate(whole));
  return store;
}

bool EvalStore::Find(const std::string& key, EvaluateResult* result) const {
  const auto found = known_.find(key);
  if (found == known_.end()) return false;
  *result = found->second;
  return true;
}

Status EvalStore::Add(const std::string& key, const EvaluateResult& result) {
  const Json cell = {{"key", key}, {"result", ResultToJson(result)}};
  CARROT_RETURN_IF_ERROR(cells_.Append(JsonText(cell) + "\n"));
  return cells_.Sync();
}

Status EvalStore::WriteDocument(const Json& document) {
  Json whole = {{"schema", "carrot.eval/1"}};
  whole.update(document);
  return ReplaceFile(folder_ / "eval.json", JsonText(whole, 2) + "\n", SystemFileOps());
}

}  // namespace carrot
