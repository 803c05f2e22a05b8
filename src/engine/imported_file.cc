#include "engine/imported_file.h"

#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr size_t kMostText = 600;

std::string OneLine(const Json& json, const char* key) {
  return Shortened(GetString(json, key).value_or(""), kMostText);
}

}  // namespace

Json ToJson(const ImportedFile& file) {
  Json json;
  json["file"] = file.file.string();
  json["admitted"] = file.admitted;
  if (!file.admitted) {
    json["kind"] = file.kind;
    json["why"] = file.why;
    return json;
  }
  json["name"] = file.name;
  json["folder"] = file.folder.string();
  json["notes"] = file.notes;
  if (file.agreement) json["agreement"] = *file.agreement;
  return json;
}

Result<ImportedFile> ImportedFromText(std::string_view text,
                                      const fs::path& path) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  ImportedFile file;
  file.file = path;
  file.admitted = GetBool(json, "admitted").value_or(false);
  file.kind = OneLine(json, "kind");
  file.why = OneLine(json, "why");
  file.name = OneLine(json, "name");
  file.folder = GetString(json, "folder").value_or("");
  file.agreement = GetNumber(json, "agreement");
  for (const Json& note : GetMember(json, "notes"))
    if (note.is_string())
      file.notes.push_back(Shortened(note.get<std::string>(), kMostText));
  return file;
}

}  // namespace kernelevolve
