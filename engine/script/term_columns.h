// Values between f64 scratch and columns of any type. Internal to engine/script.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/script/term_program.h"

namespace carrot {

// Part of the key of math.random (FNV-1a, 64 bit); values are part of recorded results.
uint64_t HashName(std::string_view name);

// Writes `rows` rows of `width` packed values to the column's rows from `first` on.
void StoreColumn(const double* from, int width, const TermColumn& column, int64_t first,
                 int64_t rows);

// Reads a scalar column's rows from `first` on.
void LoadColumn(const void* column, DType dtype, int64_t first, int64_t rows, double* to);

}  // namespace carrot
