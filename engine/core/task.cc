#include "engine/core/task.h"

#include <algorithm>

namespace carrot {
namespace {

template <typename T>
double* GatherItem(const ObservationItem& item, const T* row, double* out) {
  if (!item.one_hot.empty()) {
    // Cleared at once: many items are images, of which few inputs are set.
    double* const end = out + item.width();
    std::fill(out, end, 0.0);
    const size_t period = item.one_hot.size();
    size_t which = 0;
    for (int i = item.begin; i < item.end; ++i) {
      const int choices = item.one_hot[which];
      if (++which == period) which = 0;
      const int code = static_cast<int>(row[i]);
      if (code >= 0 && code < choices) out[code] = 1.0;
      out += choices;
    }
    return end;
  }
  for (int i = item.begin; i < item.end; ++i) {
    double value = static_cast<double>(row[i]);
    if (item.clip > 0) value = std::clamp(value, -item.clip, item.clip);
    *out++ = item.scale == 1.0 ? value : value * item.scale;
  }
  return out;
}

}  // namespace

int ObservationItem::width() const {
  const int elements = end - begin, period = static_cast<int>(one_hot.size());
  if (period == 0) return elements;
  int width = 0;
  for (int i = 0; i < period; ++i) {
    width += one_hot[i] * (elements / period + (i < elements % period ? 1 : 0));
  }
  return width;
}

void GatherObservation(const TaskSpec& task, std::span<void* const> columns, int64_t row,
                       double* out) {
  for (const ObservationItem& item : task.observation) {
    const FieldSpec& field = task.state[item.field];
    const int64_t at = row * field.size();
    const void* column = columns[item.field];
    switch (field.dtype) {
      case DType::kF64:
        out = GatherItem(item, static_cast<const double*>(column) + at, out);
        break;
      case DType::kF32:
        out = GatherItem(item, static_cast<const float*>(column) + at, out);
        break;
      case DType::kI32:
        out = GatherItem(item, static_cast<const int32_t*>(column) + at, out);
        break;
      case DType::kU8:
      case DType::kBool:
        out = GatherItem(item, static_cast<const uint8_t*>(column) + at, out);
        break;
    }
  }
}

}  // namespace carrot
