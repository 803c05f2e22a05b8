#include "core/target.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/toml.h"

namespace kernelevolve {
namespace {

// What a target file says, as errors name it.
class TargetFile {
 public:
  static Result<TargetFile> Read(const fs::path& path) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 1 << 20));
    auto root = ParseToml(text);
    if (!root)
      return BadInput(format("{}:{}: {}", path.string(), root.error().line,
                             root.error().message));
    return TargetFile(path, *std::move(root));
  }

  Result<std::string> Kind() const {
    const TomlValue* kind = root_.Find("kind");
    if (!kind || kind->kind != TomlValue::Kind::kString)
      return Mistake(kind, "kind", "\"cpu\", \"gpu\" or the chip's name");
    return kind->text;
  }

  std::vector<std::string> Languages() const {
    std::vector<std::string> names;
    if (const TomlValue* table = root_.Find("languages"))
      for (const auto& [name, unused] : table->members) names.push_back(name);
    return names;
  }

  Result<CompileRule> Rule(const std::string& language) const {
    const TomlValue& table = *root_.Find("languages")->Find(language);
    const std::string prefix = "languages." + language;
    CompileRule rule;
    const TomlValue* extension = table.Find("extension");
    if (!extension || !extension->text.starts_with("."))
      return Mistake(extension, prefix + ".extension",
                     "a text such as \".cc\"");
    rule.extension = extension->text;
    ASSIGN_OR_RETURN(rule.argv,
                     Argv(table.Find("compile"), prefix + ".compile"));
    if (const TomlValue* precompile = table.Find("precompile")) {
      ASSIGN_OR_RETURN(rule.precompile,
                       Argv(precompile, prefix + ".precompile"));
    }
    for (const auto& [key, field] :
         {std::pair{"timeout_s", &rule.timeout_s},
          std::pair{"memory_mb", &rule.memory_mb},
          std::pair{"artefact_mb", &rule.artefact_mb}}) {
      const TomlValue* limit = table.Find(key);
      if (!limit) continue;
      if (limit->kind != TomlValue::Kind::kInteger || limit->integer < 1 ||
          limit->integer > 1'000'000)
        return Mistake(limit, format("{}.{}", prefix, key),
                       "a whole number from 1 to 1000000");
      *field = static_cast<int>(limit->integer);
    }
    return rule;
  }

 private:
  TargetFile(fs::path path, TomlValue root)
      : path_(std::move(path)), root_(std::move(root)) {}

  Result<std::vector<std::string>> Argv(const TomlValue* value,
                                        const std::string& key) const {
    std::vector<std::string> argv;
    if (!value || value->items.empty())
      return Mistake(value, key, "the compiler's command as an array of texts");
    for (const TomlValue& item : value->items) {
      if (item.kind != TomlValue::Kind::kString)
        return Mistake(&item, key, "an array of texts");
      argv.push_back(item.text);
    }
    return argv;
  }

  tl::unexpected<Error> Mistake(const TomlValue* value, std::string_view key,
                                std::string_view expected) const {
    return BadInput(format("{}:{}: {}: found {}, expected {}", path_.string(),
                           value ? value->line : 1, key,
                           value ? value->Describe() : "nothing", expected));
  }

  fs::path path_;
  TomlValue root_;
};

std::vector<std::string> KnownDevices(const fs::path& data) {
  std::vector<std::string> devices;
  std::error_code error;
  for (fs::directory_iterator it(data / "targets", error), end;
       !error && it != end; it.increment(error))
    if (fs::exists(it->path() / "target.toml", error))
      devices.push_back(it->path().filename().string());
  std::sort(devices.begin(), devices.end());
  return devices;
}

tl::unexpected<Error> UnknownTarget(const std::string& name,
                                    const fs::path& data) {
  const std::vector<std::string> known = KnownTargets(data);
  const std::string nearest = Nearest(name, known);
  return BadInput(
      format("unknown target \"{}\"{}; known targets: {}", Sanitize(name, 64),
             nearest.empty() ? "" : "; did you mean " + nearest + "?",
             known.empty() ? "none" : Join(known, ", ")));
}

}  // namespace

Result<Target> FindTarget(const std::string& name, const fs::path& data) {
  const size_t at = name.find('@');
  if (at == std::string::npos) return UnknownTarget(name, data);
  Target target{.language = name.substr(0, at), .device = name.substr(at + 1)};
  const std::vector<std::string> devices = KnownDevices(data);
  if (std::find(devices.begin(), devices.end(), target.device) == devices.end())
    return UnknownTarget(name, data);
  ASSIGN_OR_RETURN(
      const TargetFile file,
      TargetFile::Read(data / "targets" / target.device / "target.toml"));
  const std::vector<std::string> languages = file.Languages();
  if (std::find(languages.begin(), languages.end(), target.language) ==
      languages.end())
    return UnknownTarget(name, data);
  ASSIGN_OR_RETURN(target.device_kind, file.Kind());
  ASSIGN_OR_RETURN(target.compile, file.Rule(target.language));
  return target;
}

std::vector<std::string> KnownTargets(const fs::path& data) {
  std::vector<std::string> names;
  for (const std::string& device : KnownDevices(data)) {
    const auto file =
        TargetFile::Read(data / "targets" / device / "target.toml");
    if (!file) continue;
    for (const std::string& language : file->Languages())
      names.push_back(language + "@" + device);
  }
  return names;
}

}  // namespace kernelevolve
