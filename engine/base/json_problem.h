// What is wrong with a JSON file, in words for people.
#pragma once

#include <exception>
#include <string>

namespace carrot {

// Of an exception caught while a file was parsed and read: "`format` is missing", "it ends too
// early (line 3, column 12)". No text of the JSON library.
std::string JsonProblem(const std::exception& error);

}  // namespace carrot
