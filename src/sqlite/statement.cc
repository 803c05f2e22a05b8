#include "sqlite/statement.h"

#include <cmath>

#include "base/check.h"
#include "sqlite/database.h"

namespace kernelevolve::sqlite {

Statement::Statement(Database* database, std::string_view sql,
                     StatementHandle handle)
    : database_(database), sql_(sql), handle_(std::move(handle)) {}

Statement::~Statement() {
  if (handle_) database_->Recycle(sql_, std::move(handle_));
}

void Statement::Bind(int position, int64_t value) {
  CHECK(sqlite3_bind_int64(handle_.get(), position, value) == SQLITE_OK);
}

void Statement::Bind(int position, double value) {
  if (!std::isfinite(value)) value = 0;
  CHECK(sqlite3_bind_double(handle_.get(), position, value) == SQLITE_OK);
}

void Statement::Bind(int position, std::string_view value) {
  // A null pointer would bind NULL, which no column admits.
  const char* text = value.data() ? value.data() : "";
  CHECK(sqlite3_bind_text64(handle_.get(), position, text, value.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK);
}

Result<bool> Statement::Step() {
  if (const int fault = database_->Fault(sql_)) return database_->Fail(fault);
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->Fail(code);
}

Status Statement::Finish() {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return {};
  }
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

double Statement::Real(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}

std::string_view Statement::Text(int column) const {
  const auto* text =
      reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (!text) return {};
  return {text,
          static_cast<size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace kernelevolve::sqlite
