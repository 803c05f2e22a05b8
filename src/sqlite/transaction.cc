#include "sqlite/transaction.h"

#include <utility>

namespace kernelevolve::sqlite {

Result<Transaction> Transaction::Begin(Database& database) {
  RETURN_IF_ERROR(database.Run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // After a full disk SQLite has rolled back by itself and says so here.
  if (database_) (void)database_->Run("ROLLBACK");
}

Status Transaction::Commit() {
  RETURN_IF_ERROR(database_->Run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace kernelevolve::sqlite
