#include "store/object_folder.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace kernelevolve {
namespace {

class ObjectFolderTest : public testing::Test {
 protected:
  ObjectFolder Open() {
    return ObjectFolder(temp_->path() / "objects", nullptr);
  }
  size_t Files() const {
    size_t count = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator(temp_->path() / "objects"))
      count += entry.is_regular_file();
    return count;
  }
  Result<TempFolder> temp_ = TempFolder::Create("object-folder");
};

TEST_F(ObjectFolderTest, GivesBackWhatItWasGiven) {
  const std::string source(100000, 'x');
  const std::string binary("\0\xff\n", 3);
  ObjectFolder objects = Open();
  const std::string a = *objects.Put(source), b = *objects.Put(binary);
  EXPECT_EQ(a, HexDigest(source));
  EXPECT_EQ(*objects.Get(a), source);
  EXPECT_EQ(*Open().Get(b), binary);
  EXPECT_LT(fs::file_size(objects.PathOf(a)), 1000u);
}

TEST_F(ObjectFolderTest, KeepsEqualContentOnce) {
  ObjectFolder objects = Open();
  EXPECT_EQ(*objects.Put("same"), *objects.Put("same"));
  EXPECT_EQ(*Open().Put("same"), HexDigest("same"));
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ObjectFolderTest, EmptyContentNeedsNoFile) {
  ObjectFolder objects = Open();
  EXPECT_EQ(*objects.Put(""), "");
  EXPECT_EQ(*objects.Get(""), "");
  EXPECT_FALSE(fs::exists(temp_->path() / "objects"));
}

TEST_F(ObjectFolderTest, SaysThatAnObjectIsMissing) {
  const auto missing = Open().Get(HexDigest("never put"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kInfrastructure);
}

TEST_F(ObjectFolderTest, NoticesDamageAndHealsItByTheNextPut) {
  const std::string digest = *Open().Put("content");
  const fs::path path = Open().PathOf(digest);
  const std::string other = *Open().Put("other content");
  const std::string whole = *ReadFile(path);
  const std::string stranger = *ReadFile(Open().PathOf(other));
  const std::string halves[] = {"", whole.substr(0, whole.size() / 2), "text",
                                stranger};
  for (const std::string& bytes : halves) {
    ASSERT_TRUE(WriteFileAtomic(path, bytes).has_value());
    const auto damaged = Open().Get(digest);
    ASSERT_FALSE(damaged.has_value());
    EXPECT_NE(damaged.error().message.find("is damaged"), std::string::npos);
    EXPECT_EQ(*Open().Put("content"), digest);
    EXPECT_EQ(*Open().Get(digest), "content");
  }
}

}  // namespace
}  // namespace kernelevolve
