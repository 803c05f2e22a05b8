#include "engine/imported_file.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

ImportedFile Read(const Json& json) {
  const auto file = ImportedFromText(DumpJson(json), "model.py");
  EXPECT_TRUE(file);
  return file ? *file : ImportedFile();
}

TEST(ImportedFileTest, WhatIsWrittenIsReadAgain) {
  ImportedFile file{.file = "model.py", .admitted = true, .name = "level1_relu"};
  file.folder = "out/level1_relu";
  file.notes = {"eval mode: dropout is off"};
  file.agreement = 1e-7;
  EXPECT_EQ(DumpJson(ToJson(Read(ToJson(file)))), DumpJson(ToJson(file)));
  ImportedFile refused{.file = "model.py", .kind = "broken", .why = "no Model"};
  EXPECT_EQ(DumpJson(ToJson(Read(ToJson(refused)))), DumpJson(ToJson(refused)));
}

TEST(ImportedFileTest, WhatAModelHadAPartInStaysOnOneLine) {
  const std::string hostile = "a\nb\x1b[31m" + std::string(5000, 'x') + "\nc";
  const ImportedFile file = Read(
      {{"kind", hostile}, {"why", hostile}, {"notes", {hostile, 7, nullptr}}});
  ASSERT_EQ(file.notes.size(), 1u);
  for (const std::string& text : {file.kind, file.why, file.notes[0]}) {
    EXPECT_EQ(text.find_first_of("\n\x1b"), text.npos) << text;
    EXPECT_TRUE(text.starts_with("a b")) << text;
    EXPECT_LE(text.size(), 600u);
  }
}

TEST(ImportedFileTest, WhatIsNoAnswerIsRefusedOrEmpty) {
  EXPECT_FALSE(ImportedFromText("not JSON", "model.py"));
  EXPECT_FALSE(Read({{"admitted", "yes"}, {"notes", "none"}}).admitted);
  EXPECT_FALSE(Read(Json::array()).admitted);
}

}  // namespace
}  // namespace kernelevolve
