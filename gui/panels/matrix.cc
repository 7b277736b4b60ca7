// Matrix: rows are recordings (the behaviour of a policy each), columns are rewards. Which reward
// puts the policies in the order of their success?
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "gui/panels/compare_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// The reward in use becomes that column's. What was tuned by hand is kept as a snapshot.
void Use(Ui& ui, const MatrixColumn& column) {
  const FrameView& view = ui.view;
  const auto variant = std::find_if(view.variants.begin(), view.variants.end(),
                                    [&](const VariantView& v) { return v.id == column.variant; });
  if (variant == view.variants.end()) return;
  if (variant->asked) {
    for (size_t i = 0; i < view.snapshots.size(); ++i) {
      if (view.snapshots[i].name == variant->name)
        return ui.session.Send(LoadSnapshot{static_cast<int>(i)});
    }
    return;
  }
  if (variant->path == view.reward.path) return;
  if (!SameValues(view.reward.settings, view.reward.defaults)) {
    ui.session.Send(SaveSnapshot{"before " + variant->name});
  }
  ui.session.Send(UseReward{variant->path});
}

std::string PlusMinusText(const Interval& cell) {
  if (!std::isfinite(cell.value)) return "-";
  if (!std::isfinite(cell.low)) return fmt::format("{:.5g}", cell.value);
  return fmt::format("{:.5g}  [{:.4g}, {:.4g}]", cell.value, cell.low, cell.high);
}

// The place of each cell in its column, 0 to 1: colours compare policies, not rewards.
double Share(const RewardMatrix& matrix, size_t column, double value) {
  double low = value, high = value;
  for (const MatrixRow& row : matrix.rows) {
    const double other = row.returns[column].value;
    if (!std::isfinite(other)) continue;
    low = std::min(low, other);
    high = std::max(high, other);
  }
  return high > low ? (value - low) / (high - low) : 0.5;
}

void Cell(Ui& ui, const RewardMatrix& matrix, const MatrixRow& row, size_t column) {
  const Interval& cell = row.returns[column];
  ImGui::TableNextColumn();
  if (std::isfinite(cell.value)) {
    ImGui::TableSetBgColor(
        ImGuiTableBgTarget_CellBg,
        WithAlpha(ui.palette.total, 0.04 + 0.30 * Share(matrix, column, cell.value)));
  }
  const std::string name = fmt::format("{}", column);
  const std::string text = PlusMinusText(cell);
  if (!widgets::Selectable(name.c_str(), text.c_str(), false)) {
    widgets::Tip(
        "Mean return and its 95 % interval. Click: the episode nearest to the mean, scored "
        "by this reward");
    return;
  }
  if (row.typical[column] < 0) return;
  Use(ui, matrix.columns[column]);
  ui.session.Send(Seek{row.recording, row.typical[column], 0});
}

void Row(Ui& ui, const RewardMatrix& matrix, const MatrixRow& row) {
  const std::string& name = ui.view.open[row.recording].name;
  const Scope scope(fmt::format("{}", row.recording));
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  widgets::Text("name", fmt::format("{}", name));
  widgets::Tip(ui.view.open[row.recording].path.c_str());
  ImGui::TableNextColumn();
  widgets::Muted("episodes", fmt::format("{}", row.episodes));
  for (size_t c = 0; c < matrix.columns.size(); ++c) Cell(ui, matrix, row, c);
  ImGui::TableNextColumn();
  widgets::Text("success", fmt::format("{:.2f}  [{:.2f}, {:.2f}]", row.success.value,
                                       row.success.low, row.success.high));
}

void Footer(Ui& ui, const RewardMatrix& matrix) {
  const Scope scope("rho");
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  widgets::Muted("label", "rho with success");
  widgets::Tip("Spearman's rank correlation of mean return and success over the recordings");
  ImGui::TableNextColumn();
  double best = -2;
  for (const MatrixColumn& column : matrix.columns) {
    if (std::isfinite(column.rho)) best = std::max(best, column.rho);
  }
  for (size_t c = 0; c < matrix.columns.size(); ++c) {
    const double rho = matrix.columns[c].rho;
    ImGui::TableNextColumn();
    widgets::Text(fmt::format("{}", c).c_str(),
                  std::isfinite(rho) ? fmt::format("{:+.3f}", rho) : "-",
                  rho >= best ? ui.palette.good : ui.palette.text);
  }
  ImGui::TableNextColumn();
}

}  // namespace

void DrawMatrix(Ui& ui, const RewardMatrix& matrix) {
  const Scope scope("matrix_table");
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_ScrollY |
                                     ImGuiTableFlags_PadOuterX | ImGuiTableFlags_BordersInnerV |
                                     ImGuiTableFlags_Reorderable;
  const int columns = static_cast<int>(matrix.columns.size()) + 3;
  if (!ImGui::BeginTable(fmt::format("matrix{}", columns).c_str(), columns, kFlags,
                         ImVec2(0, std::max(60.0f, ImGui::GetContentRegionAvail().y - 22)))) {
    return;
  }
  ImGui::TableSetupScrollFreeze(1, 1);
  ImGui::TableSetupColumn("recording", 0, 1.2f);
  ImGui::TableSetupColumn("episodes", ImGuiTableColumnFlags_WidthFixed, 60);
  for (const MatrixColumn& column : matrix.columns) {
    ImGui::TableSetupColumn(fmt::format("{}###{}", column.name, column.variant).c_str(), 0, 1.4f);
  }
  ImGui::TableSetupColumn("success", 0, 1.1f);
  ImGui::TableHeadersRow();
  for (const MatrixRow& row : matrix.rows) Row(ui, matrix, row);
  Footer(ui, matrix);
  ImGui::EndTable();
  widgets::Muted("honest", "same behaviour, new score: not what a retrained policy would do");
}

}  // namespace carrot
