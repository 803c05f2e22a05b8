#include "core/profile_json.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/device_profile_json.h"

namespace kernelevolve {
namespace {

struct CountKey {
  const char* key;
  int InstructionMix::*count;
};
constexpr std::array<CountKey, 14> kCounts = {{
    {"instructions", &InstructionMix::instructions},
    {"vector128", &InstructionMix::vector128},
    {"vector256", &InstructionMix::vector256},
    {"vector512", &InstructionMix::vector512},
    {"scalar_fp", &InstructionMix::scalar_fp},
    {"fma", &InstructionMix::fma},
    {"divides", &InstructionMix::divides},
    {"loads", &InstructionMix::loads},
    {"stores", &InstructionMix::stores},
    {"streams", &InstructionMix::streams},
    {"gathers", &InstructionMix::gathers},
    {"shuffles", &InstructionMix::shuffles},
    {"calls", &InstructionMix::calls},
    {"spills", &InstructionMix::spills},
}};

double Number(const Json& object, std::string_view key, double otherwise = 0) {
  const double value = GetNumber(object, key).value_or(otherwise);
  return std::isfinite(value) ? value : otherwise;
}

// A count that fits; hostile records hold others.
int ReadCount(const Json& json) {
  if (!json.is_number_integer()) return 0;
  return static_cast<int>(
      std::clamp<int64_t>(json.get<int64_t>(), 0, 1'000'000));
}

int Count(const Json& object, std::string_view key) {
  return ReadCount(GetMember(object, key));
}

std::string Text(const Json& object, std::string_view key) {
  return GetString(object, key).value_or("");
}

BoundClass Bound(const Json& object) {
  return ParseBound(Text(object, "bound")).value_or(BoundClass::kUnknown);
}

template <typename T, typename Read>
std::vector<T> List(const Json& object, std::string_view key,
                    const Read& read) {
  std::vector<T> list;
  const Json& array = GetMember(object, key);
  if (!array.is_array()) return list;
  for (const Json& item : array) list.push_back(read(item));
  return list;
}

std::vector<std::string> Texts(const Json& object, std::string_view key) {
  return List<std::string>(object, key, [](const Json& item) {
    return item.is_string() ? item.get<std::string>() : std::string();
  });
}

template <typename T, typename Write>
Json Array(const std::vector<T>& list, const Write& write) {
  Json array = Json::array();
  for (const T& item : list) array.push_back(write(item));
  return array;
}

Json ShapeToJson(const ShapeProfile& shape) {
  return {{"name", shape.name},
          {"weight", shape.weight},
          {"memory", shape.memory},
          {"compute", shape.compute},
          {"bound", BoundName(shape.bound)},
          {"why", shape.why}};
}

ShapeProfile ShapeFromJson(const Json& json) {
  return {.name = Text(json, "name"),
          .weight = Number(json, "weight", 1),
          .memory = Number(json, "memory"),
          .compute = Number(json, "compute"),
          .bound = Bound(json),
          .why = Text(json, "why")};
}

// Counts that are 0 are left out: most are.
Json LoopToJson(const HotLoop& loop) {
  Json mix = Json::object();
  for (const auto& [key, count] : kCounts)
    if (loop.mix.*count != 0) mix[key] = loop.mix.*count;
  return {{"function", loop.function}, {"offset", loop.offset},
          {"depth", loop.depth},       {"share", loop.share},
          {"mix", std::move(mix)},     {"callees", loop.callees},
          {"lines", loop.lines}};
}

HotLoop LoopFromJson(const Json& json) {
  HotLoop loop;
  loop.function = Text(json, "function");
  loop.offset = static_cast<uint64_t>(
      std::max<int64_t>(0, GetInteger(json, "offset").value_or(0)));
  loop.depth = std::max(1, Count(json, "depth"));
  loop.share = Number(json, "share");
  const Json& mix = GetMember(json, "mix");
  for (const auto& [key, count] : kCounts) loop.mix.*count = Count(mix, key);
  loop.callees = Texts(json, "callees");
  loop.lines = List<int>(json, "lines", ReadCount);
  return loop;
}

ProfileRoofs RoofsFromJson(const Json& json) {
  return {.bytes_per_s = Number(json, "bytes_per_s"),
          .flops_per_s = Number(json, "flops_per_s"),
          .cold = GetBool(json, "cold").value_or(true)};
}

}  // namespace

Json ToJson(const Profile& profile) {
  const auto counter = [](const ProfileCounter& item) -> Json {
    return {{"name", item.name}, {"per_call", item.per_call}};
  };
  Json json = {{"full", profile.full},
               {"bound", BoundName(profile.bound)},
               {"roofs",
                {{"bytes_per_s", profile.roofs.bytes_per_s},
                 {"flops_per_s", profile.roofs.flops_per_s},
                 {"cold", profile.roofs.cold}}},
               {"shapes", Array(profile.shapes, ShapeToJson)},
               {"loops", Array(profile.loops, LoopToJson)},
               {"library_share", profile.library_share},
               {"remarks", profile.remarks},
               {"counters", Array(profile.counters, counter)},
               {"lost", profile.lost}};
  if (profile.device) json["device"] = ToJson(*profile.device);
  return json;
}

std::optional<Profile> ProfileFromJson(const Json& json) {
  if (!json.is_object() || json.empty()) return std::nullopt;
  Profile profile;
  profile.full = GetBool(json, "full").value_or(false);
  profile.bound = Bound(json);
  profile.roofs = RoofsFromJson(GetMember(json, "roofs"));
  profile.shapes = List<ShapeProfile>(json, "shapes", ShapeFromJson);
  profile.loops = List<HotLoop>(json, "loops", LoopFromJson);
  profile.library_share = Number(json, "library_share");
  profile.remarks = Texts(json, "remarks");
  profile.counters =
      List<ProfileCounter>(json, "counters", [](const Json& item) {
        return ProfileCounter{Text(item, "name"), Number(item, "per_call")};
      });
  profile.device = DeviceProfileFromJson(GetMember(json, "device"));
  profile.lost = Texts(json, "lost");
  return profile;
}

}  // namespace kernelevolve
