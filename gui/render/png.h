// PNG files.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "gui/render/image.h"

namespace carrot {

// Writes `image` to `path`. The file appears whole or not at all (a file beside it is renamed over
// it), so a reader or a killed program never leaves half a picture. Missing parent folders are an
// error, not made. Errors: I010 the picture cannot be written (with the system's reason: full,
// read-only, no such folder). The same pixels give the same bytes. Thread-safe for different paths.
Status WritePng(const std::string& path, const Image& image);

// Reads an 8-bit RGB or RGBA picture (alpha is dropped). Errors: I011.
Result<Image> ReadPng(const std::string& path);

}  // namespace carrot
