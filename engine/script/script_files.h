// The files of a script, found without running it, so that a script that does not load (or requires
// a module that is yet to be written) can be watched as well.
#pragma once

#include <string>
#include <vector>

namespace carrot {

// Where `require "name"` looks, in order: each library folder, then `folder` (the script's own).
std::vector<std::string> ModulePaths(const std::string& name,
                                     const std::vector<std::string>& library_dirs,
                                     const std::string& folder);

// `path` itself and, over all modules that it requires by a literal name, the file that is found;
// for a module that does not exist, every file that would be. In the order of first mention.
std::vector<std::string> ScriptFiles(const std::string& path,
                                     std::vector<std::string> library_dirs = {});

// Regular files only: a pipe would block for ever and a device never ends. A byte order mark, which
// some editors write, is dropped.
bool ReadScriptText(const std::string& path, std::string* text);

}  // namespace carrot
