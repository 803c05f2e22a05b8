#include "knowledge/docs/text_table.h"

#include "knowledge/docs/query_words.h"
#include "sqlite/transaction.h"

namespace kernelevolve {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

Result<std::unique_ptr<TextTable>> TextTable::Create(
    const std::vector<TextRow>& rows) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::OpenInMemory());
  RETURN_IF_ERROR(database->RunScript(
      "CREATE VIRTUAL TABLE texts USING fts5("
      "title, summary, keywords, body, tokenize = 'porter unicode61')"));
  {
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database));
    int64_t id = 0;
    for (const TextRow& row : rows)
      RETURN_IF_ERROR(database->Run(
          "INSERT INTO texts (rowid, title, summary, keywords, body) "
          "VALUES (?1, ?2, ?3, ?4, ?5)",
          ++id, row.title, row.summary, row.keywords, row.body));
    RETURN_IF_ERROR(transaction.Commit());
  }
  return std::unique_ptr<TextTable>(
      new TextTable(std::move(database), rows.size()));
}

Result<std::vector<double>> TextTable::Score(
    const std::vector<std::string>& words, const Weights& weights) {
  std::vector<double> scores(rows_, 0);
  if (words.empty()) return scores;
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(
      Statement statement,
      database_->Query("SELECT rowid, -bm25(texts, ?2, ?3, ?4, ?5) "
                       "FROM texts WHERE texts MATCH ?1",
                       MatchAny(words), weights.title, weights.summary,
                       weights.keywords, weights.body));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return scores;
    scores[static_cast<size_t>(statement.Integer(0)) - 1] = statement.Real(1);
  }
}

}  // namespace kernelevolve
