#include "engine/base/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kLargestHeader = 65536;

struct TypeRow {
  NpyType type;
  const char* descr;
  size_t size;
};
constexpr std::array<TypeRow, 8> kTypes = {{{NpyType::kF8, "<f8", 8},
                                            {NpyType::kF4, "<f4", 4},
                                            {NpyType::kI8, "<i8", 8},
                                            {NpyType::kI4, "<i4", 4},
                                            {NpyType::kI2, "<i2", 2},
                                            {NpyType::kU8, "<u8", 8},
                                            {NpyType::kU1, "|u1", 1},
                                            {NpyType::kB1, "|b1", 1}}};

std::string ShapeText(std::span<const int64_t> shape) {
  std::string text = "(";
  for (int64_t n : shape) text += fmt::format("{}, ", n);
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.pop_back();  // "(7,)"
  return text + ")";
}

tl::unexpected<Diagnostics> Bad(const std::filesystem::path& path, const std::string& why) {
  Diagnostic diagnostic = MakeError("I011", fmt::format("not a readable .npy file: {}", why));
  diagnostic.where.file = path.string();
  return Fail(std::move(diagnostic));
}

tl::unexpected<Diagnostics> CannotAccess(const std::filesystem::path& path, const char* verb,
                                         const char* code = "I001") {
  Diagnostic diagnostic = MakeError(code, fmt::format("cannot {} `{}`", verb, path.string()));
  diagnostic.where.file = path.string();
  return Fail(std::move(diagnostic));
}

// The text after `'key':` up to the end of the header, or nothing.
std::optional<std::string_view> After(std::string_view dict, std::string_view key) {
  const size_t at = dict.find(fmt::format("'{}'", key));
  if (at == std::string_view::npos) return std::nullopt;
  const size_t colon = dict.find(':', at);
  if (colon == std::string_view::npos) return std::nullopt;
  const size_t value = dict.find_first_not_of(' ', colon + 1);
  if (value == std::string_view::npos) return std::nullopt;
  return dict.substr(value);
}

// "(7, 3), ..." -> {7, 3}
std::optional<std::vector<int64_t>> ParseShape(std::string_view text) {
  const size_t end = text.find(')');
  if (text.empty() || text.front() != '(' || end == std::string_view::npos) return std::nullopt;
  text = text.substr(1, end - 1);
  std::vector<int64_t> shape;
  int64_t elements = 1;
  while (true) {
    const size_t begin = text.find_first_not_of(" ,");
    if (begin == std::string_view::npos) return shape;
    text.remove_prefix(begin);
    int64_t n = 0;
    const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || n < 0) return std::nullopt;
    if (n > 0 && elements > std::numeric_limits<int64_t>::max() / 8 / n) return std::nullopt;
    if (n > 0) elements *= n;
    shape.push_back(n);
    text.remove_prefix(static_cast<size_t>(next - text.data()));
  }
}

}  // namespace

const char* NpyDescr(NpyType type) { return kTypes[static_cast<size_t>(type)].descr; }
size_t SizeOf(NpyType type) { return kTypes[static_cast<size_t>(type)].size; }

int64_t NpyHeader::elements() const {
  int64_t product = 1;
  for (int64_t n : shape) product *= n;
  return product;
}

std::string EncodeNpyHeader(NpyType type, std::span<const int64_t> shape) {
  std::string dict = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                 NpyDescr(type), ShapeText(shape));
  constexpr size_t kDictBytes = kNpyHeaderBytes - 10;
  CARROT_CHECK(dict.size() < kDictBytes);
  dict.resize(kDictBytes - 1, ' ');
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(kDictBytes), '\x00'};
  return header + dict + '\n';
}

Result<NpyHeader> DecodeNpyHeader(std::string_view bytes, const std::filesystem::path& path) {
  if (bytes.size() < 12 || bytes.substr(0, kMagic.size()) != kMagic) {
    return Bad(path, "it does not begin with the NumPy magic");
  }
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) return Bad(path, fmt::format("unknown version {}", version));
  const size_t prefix = version == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > kLargestHeader || bytes.size() < prefix + length) {
    return Bad(path, "the header is cut off");
  }
  const std::string_view dict = bytes.substr(prefix, length);
  NpyHeader header;
  header.data_offset = prefix + length;

  const auto order = After(dict, "fortran_order");
  if (!order || !order->starts_with("False")) return Bad(path, "it is not in C order");
  const auto descr = After(dict, "descr");
  const TypeRow* found = nullptr;
  for (const TypeRow& row : kTypes) {
    if (descr && descr->size() > 4 && descr->substr(1, 3) == row.descr) found = &row;
  }
  if (found == nullptr) {
    return Bad(path, fmt::format("element type {} is not one of <f8 <f4 <i8 <i4 <i2 <u8 |u1 |b1",
                                 descr ? descr->substr(0, 6) : "?"));
  }
  header.type = found->type;
  const auto shape_text = After(dict, "shape");
  auto shape = shape_text ? ParseShape(*shape_text) : std::nullopt;
  if (!shape) return Bad(path, "the shape is malformed");
  header.shape = std::move(*shape);
  return header;
}

Status WriteNpy(const std::filesystem::path& path, NpyType type, std::span<const int64_t> shape,
                const void* data) {
  NpyHeader header{type, {shape.begin(), shape.end()}, kNpyHeaderBytes};
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  const std::string bytes = EncodeNpyHeader(type, shape);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(header.data_bytes()));
  file.close();
  if (!file) return CannotAccess(path, "write", "I007");
  return {};
}

Result<NpyArray> ReadNpy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return CannotAccess(path, "read");
  const auto file_bytes = static_cast<size_t>(file.tellg());
  std::string start(std::min(file_bytes, kLargestHeader + 12), '\0');
  file.seekg(0);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!file) return CannotAccess(path, "read");
  CARROT_ASSIGN_OR_RETURN(NpyHeader header, DecodeNpyHeader(start, path));
  if (file_bytes - header.data_offset < header.data_bytes()) {
    return Bad(path, fmt::format("the header claims {} bytes of data, the file holds {}",
                                 header.data_bytes(), file_bytes - header.data_offset));
  }
  NpyArray array{header, std::vector<std::byte>(header.data_bytes())};
  file.seekg(static_cast<std::streamoff>(header.data_offset));
  file.read(reinterpret_cast<char*>(array.data.data()),
            static_cast<std::streamsize>(array.data.size()));
  if (!file) return CannotAccess(path, "read");
  return array;
}

Result<NpyArray> ReadNpy(const std::filesystem::path& path, NpyType type,
                         std::span<const int64_t> shape) {
  CARROT_ASSIGN_OR_RETURN(NpyArray array, ReadNpy(path));
  bool fits = array.header.type == type && array.header.shape.size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] < 0 || shape[i] == array.header.shape[i];
  }
  if (!fits) {
    return Bad(path, fmt::format("expected {} {}, found {} {}", NpyDescr(type), ShapeText(shape),
                                 NpyDescr(array.header.type), ShapeText(array.header.shape)));
  }
  return array;
}

}  // namespace carrot
