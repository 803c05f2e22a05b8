#include "store/schema.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace kernelevolve::sqlite {
namespace {

std::unique_ptr<Database> Empty() {
  auto database = Database::OpenInMemory();
  CHECK(database.has_value());
  return *std::move(database);
}

TEST(Schema, AFileWithoutTablesHasVersionZero) {
  auto database = Empty();
  EXPECT_EQ(ReadVersions(*database)->version, 0);
  ASSERT_TRUE(CreateSchema(*database).has_value());
  EXPECT_EQ(ReadVersions(*database)->version, kSchemaVersion);
  EXPECT_EQ(ReadVersions(*database)->lowest_compatible, kLowestCompatible);
}

TEST(Schema, AHalfMadeSchemaIsNotLeftBehind) {
  auto database = Empty();
  ASSERT_TRUE(database->Run("CREATE TABLE nodes (i INTEGER)"));
  EXPECT_FALSE(CreateSchema(*database).has_value());
  EXPECT_EQ(ReadVersions(*database)->version, 0);
}

}  // namespace
}  // namespace kernelevolve::sqlite
