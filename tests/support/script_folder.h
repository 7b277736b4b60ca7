// A folder of scripts that a test writes and rewrites, gone with the test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace carrot::testing {

class ScriptFolder {
 public:
  ScriptFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carrot-scripts-XXXXXX");
    path_ = mkdtemp(pattern.data());
  }
  ~ScriptFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ScriptFolder(const ScriptFolder&) = delete;
  ScriptFolder& operator=(const ScriptFolder&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary | std::ios::trunc) << text;
    return Path(name);
  }
  // As editors do: a new file takes the old one's name.
  void Replace(const std::string& name, const std::string& text) const {
    Write(name + ".new", text);
    std::filesystem::rename(Path(name + ".new"), Path(name));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace carrot::testing
