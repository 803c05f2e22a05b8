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

  // Each with what {arch} stands for in its compiler's command.
  std::map<std::string, std::string> Devices() const {
    const TomlValue* table = root_.Find("devices");
    if (!table) return {{path_.parent_path().filename().string(), ""}};
    std::map<std::string, std::string> devices;
    for (const auto& [name, arch] : table->members) devices[name] = arch.text;
    return devices;
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

std::vector<fs::path> TargetFiles(const fs::path& data) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(data / "targets", error), end;
       !error && it != end; it.increment(error))
    if (fs::exists(it->path() / "target.toml", error))
      files.push_back(it->path() / "target.toml");
  std::sort(files.begin(), files.end());
  return files;
}

// The device's own mistakes are told by name; a broken file hides only itself.
struct FoundDevice {
  TargetFile file;
  std::string arch;
};
Result<std::optional<FoundDevice>> FindDevice(const std::string& device,
                                              const fs::path& data) {
  for (const fs::path& path : TargetFiles(data)) {
    auto file = TargetFile::Read(path);
    if (!file && path.parent_path().filename() == device)
      return Fail(file.error());
    if (!file) continue;
    const auto devices = file->Devices();
    if (const auto it = devices.find(device); it != devices.end())
      return FoundDevice{std::move(*file), it->second};
  }
  return std::nullopt;
}

void Fill(const std::string& arch, std::vector<std::string>& argv) {
  constexpr std::string_view kPlace = "{arch}";
  for (std::string& word : argv)
    for (size_t at; (at = word.find(kPlace)) != std::string::npos;)
      word.replace(at, kPlace.size(), arch);
}

tl::unexpected<Error> UnknownTarget(const std::string& name,
                                    const fs::path& data) {
  const std::vector<std::string> known = KnownTargets(data);
  // Another architecture is no correction: its kernels do not run on this one.
  constexpr std::string_view kNvidia = "@sm_";
  const std::string nearest = name.find(kNvidia) == std::string::npos
                                  ? Nearest(name, known)
                                  : "";
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
  ASSIGN_OR_RETURN(const std::optional<FoundDevice> found,
                   FindDevice(target.device, data));
  if (!found) return UnknownTarget(name, data);
  const std::vector<std::string> languages = found->file.Languages();
  if (std::find(languages.begin(), languages.end(), target.language) ==
      languages.end())
    return UnknownTarget(name, data);
  ASSIGN_OR_RETURN(target.device_kind, found->file.Kind());
  ASSIGN_OR_RETURN(target.compile, found->file.Rule(target.language));
  Fill(found->arch, target.compile.argv);
  return target;
}

std::vector<std::string> KnownTargets(const fs::path& data) {
  std::vector<std::string> names;
  for (const fs::path& path : TargetFiles(data)) {
    const auto file = TargetFile::Read(path);
    if (!file) continue;
    for (const auto& [device, unused] : file->Devices())
      for (const std::string& language : file->Languages())
        names.push_back(language + "@" + device);
  }
  return names;
}

}  // namespace kernelevolve
