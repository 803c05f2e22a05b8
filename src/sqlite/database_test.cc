#include "sqlite/database.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/check.h"
#include "sqlite/faults.h"
#include "sqlite/transaction.h"

namespace kernelevolve::sqlite {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<Database> Open(DatabaseOptions options = {}) {
    auto database = Database::Open(temp_->path() / "a.db", options, nullptr);
    CHECK(database.has_value());
    return *std::move(database);
  }
  int64_t Count(Database& database) {
    auto row = database.Query("SELECT COUNT(*) FROM t");
    CHECK(row.has_value() && row->Step().value());
    return row->Integer(0);
  }
  Result<TempFolder> temp_ = TempFolder::Create("database");
};

TEST_F(DatabaseTest, BindsAndReadsEveryType) {
  auto database = Open();
  ASSERT_TRUE(database->Run("CREATE TABLE t (i INTEGER, r REAL, s TEXT)"));
  const std::string text("a\0'; DROP TABLE t; --", 21);
  const int64_t large = int64_t{1} << 62;
  ASSERT_TRUE(
      database->Run("INSERT INTO t VALUES (?1, ?2, ?3)", large, 0.1, text));
  auto row = database->Query("SELECT i, r, s FROM t");
  ASSERT_TRUE(row.has_value());
  ASSERT_TRUE(row->Step().value());
  EXPECT_EQ(row->Integer(0), large);
  EXPECT_EQ(row->Real(1), 0.1);
  EXPECT_EQ(row->Text(2), text);
  EXPECT_FALSE(row->Step().value());
}

TEST_F(DatabaseTest, NumbersThatAreNoneBecomeZero) {
  auto database = Open();
  ASSERT_TRUE(database->Run("CREATE TABLE t (r REAL NOT NULL)"));
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL})
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES (?1)", value));
  auto row = database->Query("SELECT SUM(r), COUNT(r) FROM t");
  ASSERT_TRUE(row->Step().value());
  EXPECT_EQ(row->Real(0), 0);
  EXPECT_EQ(row->Integer(1), 3);
}

TEST_F(DatabaseTest, AStatementInUseDoesNotHinderItsTwin) {
  auto database = Open();
  ASSERT_TRUE(database->Run("CREATE TABLE t (i INTEGER)"));
  for (int i = 1; i <= 3; ++i)
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES (?1)", i));
  constexpr std::string_view kSelect = "SELECT i FROM t ORDER BY i";
  auto outer = database->Query(kSelect);
  int pairs = 0;
  while (outer->Step().value()) {
    auto inner = database->Query(kSelect);
    while (inner->Step().value()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
}

TEST_F(DatabaseTest, AnUncommittedTransactionLeavesNothing) {
  auto database = Open();
  ASSERT_TRUE(database->Run("CREATE TABLE t (i INTEGER)"));
  {
    auto transaction = Transaction::Begin(*database);
    ASSERT_TRUE(transaction.has_value());
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(Count(*database), 0);
  {
    auto transaction = Transaction::Begin(*database);
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES (1)"));
    ASSERT_TRUE(transaction->Commit());
  }
  EXPECT_EQ(Count(*database), 1);
}

TEST_F(DatabaseTest, ASecondConnectionsWriteLockIsAnErrorThatMayPass) {
  DatabaseOptions impatient;
  impatient.busy_timeout_ms = 0;
  auto first = Open(), second = Open(impatient);
  ASSERT_TRUE(first->Run("CREATE TABLE t (i INTEGER)"));
  auto transaction = Transaction::Begin(*first);
  ASSERT_TRUE(transaction.has_value());
  const auto refused = Transaction::Begin(*second);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_NE(refused.error().message.find("locked by another program"),
            std::string::npos);
  EXPECT_EQ(Count(*second), 0);  // readers do not wait
}

TEST_F(DatabaseTest, AReadOnlyConnectionCannotWrite) {
  ASSERT_TRUE(Open()->Run("CREATE TABLE t (i INTEGER)"));
  DatabaseOptions options;
  options.read_only = true;
  auto database = Open(options);
  EXPECT_FALSE(database->Run("INSERT INTO t VALUES (1)").has_value());
}

TEST_F(DatabaseTest, AMistakeInSqlIsAnErrorNotACrash) {
  const auto wrong = Open()->Prepare("SELEC 1");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_NE(wrong.error().message.find("syntax error"), std::string::npos);
}

TEST_F(DatabaseTest, InMemoryNothingIsSharedAndNoFileIsMade) {
  auto first = Database::OpenInMemory(), second = Database::OpenInMemory();
  ASSERT_TRUE(first.has_value() && second.has_value());
  ASSERT_TRUE((*first)->Run("CREATE TABLE t (i INTEGER)"));
  ASSERT_TRUE((*first)->Run("INSERT INTO t VALUES (1)"));
  EXPECT_EQ(Count(**first), 1);
  EXPECT_FALSE((*second)->Run("INSERT INTO t VALUES (1)").has_value());
  EXPECT_FALSE(fs::exists(":memory:"));
}

TEST_F(DatabaseTest, AnInjectedFaultReplacesTheStatement) {
  class Full : public StatementFaults {
    int OnStatement(std::string_view sql) override {
      return sql.starts_with("INSERT") ? SQLITE_FULL : 0;
    }
  } full;
  auto database = Database::Open(temp_->path() / "a.db", {}, &full);
  ASSERT_TRUE(database.has_value());
  ASSERT_TRUE((*database)->Run("CREATE TABLE t (i INTEGER)"));
  const Status refused = (*database)->Run("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("disk is full"), std::string::npos);
  EXPECT_EQ(Count(**database), 0);
}

}  // namespace
}  // namespace kernelevolve::sqlite
