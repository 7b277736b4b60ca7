#include "engine/script/script_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/script/lua_script.h"
#include "engine/script/tokenizer.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// Names in `require "x"` and `require("x")`.
std::vector<std::string> RequiredNames(const std::string& source) {
  std::vector<std::string> names;
  const std::vector<Token> tokens = Tokenize(source);
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].kind != Token::Kind::kName || tokens[i].text != "require") continue;
    const Token& next = tokens[i + 1].Is("(") ? tokens[i + 2] : tokens[i + 1];
    if (next.kind == Token::Kind::kString) names.push_back(StringValue(next));
  }
  return names;
}

}  // namespace

std::vector<std::string> ModulePaths(const std::string& name,
                                     const std::vector<std::string>& library_dirs,
                                     const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& dir : library_dirs) paths.push_back((fs::path(dir) / (name + ".lua")).string());
  paths.push_back((fs::path(folder.empty() ? "." : folder) / (name + ".lua")).string());
  return paths;
}

std::vector<std::string> ScriptFiles(const std::string& path,
                                     std::vector<std::string> library_dirs) {
  if (library_dirs.empty()) library_dirs = DefaultLibraryDirs();
  const std::string folder = fs::path(path).parent_path().string();
  std::vector<std::string> files{path};
  const auto add = [&files](const std::string& file) {
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  };
  for (size_t i = 0; i < files.size(); ++i) {  // grows while it runs: modules require modules
    std::string source;
    if (!ReadScriptText(files[i], &source)) continue;
    for (const std::string& name : RequiredNames(source)) {
      const std::vector<std::string> paths = ModulePaths(name, library_dirs, folder);
      std::error_code error;
      const auto found = std::find_if(paths.begin(), paths.end(), [&](const std::string& file) {
        return fs::is_regular_file(file, error);
      });
      if (found != paths.end()) {
        add(*found);
      } else {
        std::for_each(paths.begin(), paths.end(), add);
      }
    }
  }
  return files;
}

bool ReadScriptText(const std::string& path, std::string* text) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  *text = bytes.str();
  if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);
  return !file.bad();
}

}  // namespace carrot
