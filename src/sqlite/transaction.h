// Transaction: all of it or nothing. Rolls back when destroyed uncommitted.
#pragma once

#include "sqlite/database.h"

namespace kernelevolve::sqlite {

class Transaction {
 public:
  // Takes the write lock at once, so that nothing fails half-way for want of
  // it.
  static Result<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null once committed or moved from
};

}  // namespace kernelevolve::sqlite
