#include "core/evaluation_json.h"

#include <cmath>

#include "base/format.h"
#include "core/profile_json.h"

namespace kernelevolve {
namespace {

Json ToJson(const Interval& interval) {
  return Json::array({interval[0], interval[1]});
}

Json ToJson(const ShapeResult& shape) {
  Json panel = Json::object();
  for (const PanelTime& entry : shape.panel)
    panel[entry.name] = {{"time_us", entry.time_us}};
  return {{"name", shape.name},
          {"time_us", shape.time_us},
          {"ci_us", ToJson(shape.ci_us)},
          {"speedup", shape.speedup},
          {"speedup_ci", ToJson(shape.speedup_ci)},
          {"speed_of_light", shape.speed_of_light},
          {"bound_us", shape.bound_us},
          {"weight", shape.weight},
          {"panel", std::move(panel)}};
}

Json ToJson(const PhaseTimes& phases) {
  return {{"build", phases.build},
          {"correctness", phases.correctness},
          {"timing", phases.timing},
          {"profile", phases.profile},
          {"device_exclusive", phases.device_exclusive},
          {"compiler", phases.compiler},
          {"kernel", phases.kernel},
          {"cpu", phases.cpu}};
}

Json ToJson(const std::vector<Metric>& metrics) {
  Json array = Json::array();
  for (const Metric& metric : metrics)
    array.push_back({{"name", metric.name},
                     {"value", metric.value},
                     {"unit", metric.unit}});
  return array;
}

Json ToJson(const std::vector<EnvironmentFact>& environment) {
  Json object = Json::object();
  for (const EnvironmentFact& fact : environment)
    std::visit([&](const auto& value) { object[fact.name] = value; },
               fact.value);
  return object;
}

// JSON has no NaN or infinity (they are written as null): read back as 0,
// which everywhere here means "none".
double NumberOr0(const Json& object, std::string_view key) {
  const double value = GetNumber(object, key).value_or(0);
  return std::isfinite(value) ? value : 0;
}

Interval IntervalFrom(const Json& json) {
  Interval interval{};
  if (!json.is_array() || json.size() != 2) return interval;
  for (size_t i = 0; i < 2; ++i)
    if (json[i].is_number()) interval[i] = json[i].get<double>();
  return interval;
}

template <typename T, typename Read>
std::vector<T> ListFrom(const Json& array, const Read& read) {
  std::vector<T> list;
  if (!array.is_array()) return list;
  for (const Json& item : array) list.push_back(read(item));
  return list;
}

std::vector<PanelTime> PanelFrom(const Json& object) {
  std::vector<PanelTime> panel;
  if (!object.is_object()) return panel;
  for (const auto& [name, entry] : object.items())
    panel.push_back({name, NumberOr0(entry, "time_us")});
  return panel;
}

ShapeResult ShapeFrom(const Json& json) {
  return {.name = TextOf(json, "name"),
          .time_us = NumberOr0(json, "time_us"),
          .ci_us = IntervalFrom(GetMember(json, "ci_us")),
          .speedup = NumberOr0(json, "speedup"),
          .speedup_ci = IntervalFrom(GetMember(json, "speedup_ci")),
          .speed_of_light = NumberOr0(json, "speed_of_light"),
          .bound_us = NumberOr0(json, "bound_us"),
          .weight = GetNumber(json, "weight").value_or(1),
          .panel = PanelFrom(GetMember(json, "panel"))};
}

PhaseTimes PhasesFrom(const Json& json) {
  return {.build = NumberOr0(json, "build"),
          .correctness = NumberOr0(json, "correctness"),
          .timing = NumberOr0(json, "timing"),
          .profile = NumberOr0(json, "profile"),
          .device_exclusive = NumberOr0(json, "device_exclusive"),
          .compiler = NumberOr0(json, "compiler"),
          .kernel = NumberOr0(json, "kernel"),
          .cpu = NumberOr0(json, "cpu")};
}

Metric MetricFrom(const Json& json) {
  return {TextOf(json, "name"), NumberOr0(json, "value"), TextOf(json, "unit")};
}

std::vector<EnvironmentFact> EnvironmentFrom(const Json& object) {
  std::vector<EnvironmentFact> environment;
  if (!object.is_object()) return environment;
  for (const auto& [name, value] : object.items())
    if (value.is_number())
      environment.push_back({name, value.get<double>()});
    else if (value.is_string())
      environment.push_back({name, value.get<std::string>()});
  return environment;
}

// A look-up that must succeed: an evaluation without a known status, code and
// stage says nothing.
template <typename T>
Result<T> Named(const Json& json, std::string_view key,
                std::optional<T> (*parse)(std::string_view)) {
  const std::string name = TextOf(json, key);
  if (const std::optional<T> value = parse(name)) return *value;
  return BadInput(
      format("evaluation: unknown {} \"{}\"", key, name.substr(0, 64)));
}

// What the optional members hold; status, code and stage are read before.
void ReadOptional(const Json& json, Evaluation& evaluation) {
  evaluation.candidate_id = TextOf(json, "id");
  evaluation.failed_check = TextOf(json, "check");
  evaluation.message = TextOf(json, "message");
  const std::string tier = TextOf(json, "tier");
  if (tier == "K") evaluation.tier = 'K';
  evaluation.baseline = TextOf(json, "baseline");
  evaluation.speedup = NumberOr0(json, "speedup");
  evaluation.speedup_ci = IntervalFrom(GetMember(json, "speedup_ci"));
  evaluation.decision = ParseDecision(TextOf(json, "decision"));
  evaluation.environment = EnvironmentFrom(GetMember(json, "environment"));
  evaluation.shapes =
      ListFrom<ShapeResult>(GetMember(json, "shapes"), ShapeFrom);
  evaluation.phases = PhasesFrom(GetMember(json, "phases_ms"));
  evaluation.metrics = ListFrom<Metric>(GetMember(json, "metrics"), MetricFrom);
  evaluation.notes =
      ListFrom<std::string>(GetMember(json, "notes"), [](const Json& note) {
        return note.is_string() ? note.get<std::string>() : std::string();
      });
  evaluation.log = TextOf(json, "log");
  evaluation.process_log_ratios = ListFrom<double>(
      GetMember(json, "process_log_ratios"),
      [](const Json& r) { return r.is_number() ? r.get<double>() : 0.0; });
  evaluation.profile = ProfileFromJson(GetMember(json, "profile"));
}

}  // namespace

std::string TextOf(const Json& object, std::string_view key) {
  return GetString(object, key).value_or("");
}

Json ToJson(const Evaluation& evaluation) {
  Json shapes = Json::array();
  for (const ShapeResult& shape : evaluation.shapes)
    shapes.push_back(ToJson(shape));
  Json secondary = Json::array();
  for (const Code code : evaluation.secondary)
    secondary.push_back(CodeName(code));
  Json json = {{"candidate", ShortId(evaluation.candidate_id)},
               {"id", evaluation.candidate_id},
               {"status", StatusName(evaluation.status)},
               {"code", CodeName(evaluation.code)},
               {"message", evaluation.message},
               {"check", evaluation.failed_check},
               {"secondary", std::move(secondary)},
               {"stage", StageName(evaluation.stage)},
               {"tier", std::string(1, evaluation.tier)},
               {"baseline", evaluation.baseline},
               {"speedup", evaluation.speedup},
               {"speedup_ci", ToJson(evaluation.speedup_ci)},
               {"shapes", std::move(shapes)},
               {"phases_ms", ToJson(evaluation.phases)},
               {"metrics", ToJson(evaluation.metrics)},
               {"notes", evaluation.notes},
               {"process_log_ratios", evaluation.process_log_ratios},
               {"log", evaluation.log}};
  if (evaluation.decision) json["decision"] = DecisionName(*evaluation.decision);
  if (!evaluation.environment.empty())
    json["environment"] = ToJson(evaluation.environment);
  if (evaluation.profile) json["profile"] = ToJson(*evaluation.profile);
  return json;
}

Json ToJson(const Evaluation& evaluation, const std::string& label) {
  Json json = ToJson(evaluation);
  if (!label.empty()) json["candidate"] = label;
  return json;
}

Result<Evaluation> EvaluationFromJson(const Json& json) {
  if (!json.is_object()) return BadInput("evaluation: expected a JSON object");
  Evaluation evaluation;
  ASSIGN_OR_RETURN(evaluation.status, Named(json, "status", ParseStatus));
  ASSIGN_OR_RETURN(evaluation.code, Named(json, "code", ParseCode));
  ASSIGN_OR_RETURN(evaluation.stage, Named(json, "stage", ParseStage));
  ReadOptional(json, evaluation);
  const Json& secondary = GetMember(json, "secondary");
  if (secondary.is_array())
    for (const Json& name : secondary)
      if (name.is_string())
        if (const auto code = ParseCode(name.get<std::string>()))
          evaluation.secondary.push_back(*code);
  return evaluation;
}

}  // namespace kernelevolve
