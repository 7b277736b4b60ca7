// The folder of `eval --out`: cells.jsonl (one line a finished cell, appended and synced) and
// eval.json (the document, replaced whole). A killed evaluation keeps its finished cells.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "engine/apps/console.h"
#include "engine/base/result.h"
#include "engine/session/evaluate.h"
#include "engine/trace/file_ops.h"

namespace carrot {

class EvalStore {
 public:
  // I008: the folder holds cells and `resume` is false. I006, I007.
  static Result<std::unique_ptr<EvalStore>> Open(const std::filesystem::path& folder, bool resume);
  // The stored result of that cell.
  bool Find(const std::string& key, EvaluateResult* result) const;
  Status Add(const std::string& key, const EvaluateResult& result);
  Status WriteDocument(const Json& document);

 private:
  std::filesystem::path folder_;
  OutputFile cells_;
  std::map<std::string, EvaluateResult> known_;
};

}  // namespace carrot
