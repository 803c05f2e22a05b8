#include "worker/gpu/judge/ncu_report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "worker/gpu/judge/ncu_metrics.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kTime = "gpu__time_duration.sum";
constexpr size_t kMostRows = 4096, kMostColumns = 512, kNameBytes = 1000;
constexpr double kLeastStall = 0.02;

using Row = std::vector<std::string>;

// Fields in quotes, a quote within doubled; fields without quotes as well.
Row ReadRow(std::string_view line) {
  Row row;
  std::string field;
  bool quoted = false;
  for (size_t i = 0; i < line.size() && row.size() < kMostColumns; ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      field += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      row.push_back(std::move(field));
      field.clear();
    } else {
      field += c;
    }
  }
  row.push_back(std::move(field));
  return row;
}

// "1,234.5"; nullopt for "n/a" and the like.
std::optional<double> ReadNumber(std::string text) {
  std::erase(text, ',');
  double value = 0;
  const auto read =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// Factor to microseconds or bytes.
double Scale(std::string_view unit) {
  struct Unit {
    std::string_view name;
    double factor;
  };
  constexpr Unit kUnits[] = {
      {"ns", 1e-3},   {"nsecond", 1e-3}, {"us", 1},      {"usecond", 1},
      {"ms", 1e3},    {"msecond", 1e3},  {"s", 1e6},     {"second", 1e6},
      {"Kbyte", 1e3}, {"Mbyte", 1e6},    {"Gbyte", 1e9}, {"Tbyte", 1e12}};
  for (const Unit& known : kUnits)
    if (known.name == unit) return known.factor;
  return 1;
}

size_t Column(const Row& header, std::string_view name) {
  return static_cast<size_t>(std::find(header.begin(), header.end(), name) -
                             header.begin());
}

std::string At(const Row& row, size_t column) {
  return column < row.size() ? row[column] : "";
}

class Table {
 public:
  explicit Table(Row header) : header_(std::move(header)) {
    id_ = Column(header_, "ID");
    name_ = Column(header_, "Kernel Name");
    metric_ = Column(header_, "Metric Name");
    unit_ = Column(header_, "Metric Unit");
    value_ = Column(header_, "Metric Value");
  }

  void Add(const Row& row, std::vector<MeasuredKernel>* kernels) {
    const std::string id = At(row, id_);
    if (id.empty()) {  // the row of units
      units_ = row;
      return;
    }
    if (kernels->empty() || id != last_id_)
      kernels->push_back({At(row, name_).substr(0, kNameBytes), {}});
    last_id_ = id;
    if (metric_ < header_.size())
      return Set(At(row, metric_), At(row, unit_), At(row, value_),
                 &kernels->back());
    for (size_t i = 0; i < header_.size(); ++i)
      if (header_[i].find("__") != std::string::npos)
        Set(header_[i], At(units_, i), At(row, i), &kernels->back());
  }

 private:
  static void Set(const std::string& metric, const std::string& unit,
                  const std::string& text, MeasuredKernel* kernel) {
    if (const auto value = ReadNumber(text))
      kernel->values[metric] = *value * Scale(unit);
  }

  Row header_, units_;
  size_t id_, name_, metric_, unit_, value_;
  std::string last_id_;
};

double ValueOr(const MeasuredKernel& kernel, const std::string& metric,
               double otherwise) {
  const auto found = kernel.values.find(metric);
  return found == kernel.values.end() ? otherwise : found->second;
}

// The sum over kernels, or their mean by time; nullopt where none has it.
std::optional<double> Together(const std::vector<MeasuredKernel>& kernels,
                               const NcuMetric& metric) {
  double sum = 0, weight = 0;
  for (const MeasuredKernel& kernel : kernels) {
    const auto found = kernel.values.find(metric.metric);
    if (found == kernel.values.end()) continue;
    const double time = metric.sum ? 1 : ValueOr(kernel, kTime, 1);
    sum += time * found->second;
    weight += time;
  }
  if (!(weight > 0)) return std::nullopt;
  return metric.sum ? sum : sum / weight;
}

void AddShares(const std::vector<MeasuredKernel>& kernels,
               DeviceProfile* device) {
  double all = 0;
  for (const MeasuredKernel& kernel : kernels) {
    const double time = ValueOr(kernel, kTime, 0);
    all += time;
    auto known = std::find_if(
        device->kernels.begin(), device->kernels.end(),
        [&](const KernelProfile& one) { return one.name == kernel.name; });
    if (known == device->kernels.end()) {
      KernelProfile profile;
      profile.name = kernel.name;
      known = device->kernels.insert(known, std::move(profile));
    }
    known->share += time;
  }
  if (all > 0)
    for (KernelProfile& kernel : device->kernels) kernel.share /= all;
}

}  // namespace

NcuReport ReadNcuReport(std::string_view text) {
  NcuReport report;
  std::optional<Table> table;
  size_t rows = 0;
  for (std::string_view line : Split(text, '\n')) {
    line = Trim(line);
    if (line.starts_with("==ERROR==") && report.fault.empty())
      report.fault = Sanitize(Trim(line.substr(9)), 300);
    if (!line.starts_with('"') || ++rows > kMostRows) continue;
    Row row = ReadRow(line);
    if (!row.empty() && row[0] == "ID")
      table.emplace(std::move(row));
    else if (table)
      table->Add(row, &report.kernels);
  }
  return report;
}

DeviceProfile Summarize(const std::vector<MeasuredKernel>& kernels) {
  DeviceProfile device;
  AddShares(kernels, &device);
  double waits = 0;
  for (const NcuMetric& metric : NcuMetrics()) {
    const auto value = Together(kernels, metric);
    if (!value) continue;
    if (metric.stall) {
      device.stalls.push_back({std::string(metric.name), std::max(0.0, *value)});
      waits += std::max(0.0, *value);
    } else {
      device.counters.push_back({std::string(metric.name), *value, metric.unit});
    }
  }
  for (StallShare& stall : device.stalls) stall.share /= waits > 0 ? waits : 1;
  std::erase_if(device.stalls,
                [](const StallShare& one) { return one.share < kLeastStall; });
  std::stable_sort(
      device.stalls.begin(), device.stalls.end(),
      [](const auto& a, const auto& b) { return a.share > b.share; });
  return device;
}

}  // namespace kernelevolve::worker::gpu
